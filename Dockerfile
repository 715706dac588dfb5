FROM python:3.11-slim-bookworm AS build
WORKDIR /src
COPY pyproject.toml constraints.txt README.md LICENSE NOTICE ./
COPY terminology terminology
COPY cds_hooks cds_hooks
COPY service service
RUN python -m venv /opt/venv \
 && /opt/venv/bin/pip install --no-cache-dir --constraint constraints.txt '.[postgresql,sign-in,population]'

FROM python:3.11-slim-bookworm
RUN useradd --uid 10001 --no-create-home --shell /usr/sbin/nologin hormone \
 && install -d -o hormone -g hormone /var/lib/hormone-cds
COPY --from=build /opt/venv /opt/venv
ENV PATH=/opt/venv/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    HOST=0.0.0.0 \
    PORT=8000 \
    HORMONE_CDS_WORKERS=2 \
    HORMONE_CDS_DATABASE_URL=sqlite:////var/lib/hormone-cds/memory.sqlite3
VOLUME /var/lib/hormone-cds
USER 10001
EXPOSE 8000
HEALTHCHECK --interval=30s --timeout=3s --start-period=5s --retries=3 \
  CMD ["python", "-c", "from urllib.request import urlopen; from service.settings import read_settings; urlopen(f'http://127.0.0.1:{read_settings().port}/health', timeout=2)"]
CMD ["python", "-m", "service"]
