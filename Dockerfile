FROM python:3.11-slim-bookworm AS build
WORKDIR /src
RUN python -m venv --without-pip /opt/venv
COPY pyproject.toml constraints.txt README.md LICENSE NOTICE ./
COPY terminology terminology
COPY cds_hooks cds_hooks
COPY service service
RUN python -m pip --python /opt/venv/bin/python install --no-cache-dir --no-compile --constraint constraints.txt \
    '.[postgresql,population,sign-in,traces]'
# Compiled here, once: the running service may write nothing, and without bytecode a start takes nearly twice as long.
# By hash, not by time: a registry or a builder may give files other times.
RUN python -m compileall -q -j 0 --invalidation-mode unchecked-hash /opt/venv
# So is the proof of the protocols' examples: one that does not hold ends the build. What is changed later is proven at
# the start.
RUN /opt/venv/bin/hormone-cds protocols prove

FROM python:3.11-slim-bookworm
RUN useradd --uid 10001 --no-create-home --shell /usr/sbin/nologin hormone \
 && install -d -o hormone -g hormone /var/lib/hormone-cds \
 && python -m compileall -q -j 0 --invalidation-mode unchecked-hash \
    "$(python -c 'import sysconfig; print(sysconfig.get_path("stdlib"))')"
COPY --from=build /opt/venv /opt/venv
ENV PATH=/opt/venv/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    HOST=0.0.0.0 \
    PORT=8000 \
    HORMONE_CDS_WORKERS=2
# Where the database is unless DATABASE_URL or DATABASE_URL_FILE say otherwise.
WORKDIR /var/lib/hormone-cds
VOLUME /var/lib/hormone-cds
USER 10001
EXPOSE 8000
HEALTHCHECK --interval=30s --timeout=3s --start-period=10s --retries=3 \
  CMD ["python", "-c", "import os, urllib.request as web; web.urlopen('http://127.0.0.1:%s/health/live' % (os.environ.get('HORMONE_CDS_PORT') or os.environ['PORT']), timeout=2)"]
CMD ["python", "-m", "service"]
