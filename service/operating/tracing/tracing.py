"""Traces by OpenTelemetry, where the standard's variables ask for them; else nothing of it is loaded."""

from __future__ import annotations

import asyncio
import logging
import os
import threading
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from importlib.util import find_spec

from fastapi import FastAPI

from service.operating.tracing.spans import trace_by

log = logging.getLogger("hormone_cds")
ENDPOINTS = ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT")
PROTOCOLS = ("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "OTEL_EXPORTER_OTLP_PROTOCOL")
HTTP = "http/protobuf"
ENDING = 3.0  # seconds for the last spans: beside 10 s for open requests, less than a container is given to stop


class Tracing:
    """Traces of one process. Variables that ask for what is not there are named in the log: often others set them."""

    def __init__(self, environment: Mapping[str, str] = os.environ) -> None:
        self.is_on = _is_asked_for(environment)
        problem = _problem(environment) if self.is_on else None
        if problem is not None:
            log.warning("no traces: %s", problem)
            self.is_on = False

    def hang(self, app: FastAPI) -> None:
        """A span around every request."""
        if self.is_on:
            from service.operating.tracing.traces import Traced

            app.add_middleware(Traced)

    @asynccontextmanager
    async def keeping(self) -> AsyncIterator[None]:
        """Send spans while the service runs, and the last ones at its end."""
        if not self.is_on:
            yield
            return
        from service.operating.tracing.traces import NAME, provider

        sending = provider()
        trace_by(sending.get_tracer(NAME))
        try:
            yield
        finally:
            trace_by(None)
            await asyncio.to_thread(_end_within, ENDING, sending.shutdown)


def _end_within(seconds: float, end: Callable[[], None]) -> None:
    """End it; what is not done by then, such as waiting for a collector that is away, ends with the process."""
    ending = threading.Thread(target=end, name="end-of-traces", daemon=True)
    ending.start()
    ending.join(seconds)
    if ending.is_alive():
        log.warning("the last traces could not be sent within %s s and are lost", seconds)


def _is_asked_for(environment: Mapping[str, str]) -> bool:
    if environment.get("OTEL_SDK_DISABLED", "").strip().lower() == "true":
        return False
    return _exporter(environment) != "none" and any(environment.get(name) for name in ENDPOINTS)


def _exporter(environment: Mapping[str, str]) -> str:
    return environment.get("OTEL_TRACES_EXPORTER", "").strip().lower() or "otlp"


def _problem(environment: Mapping[str, str]) -> str | None:
    protocol = next((environment[name] for name in PROTOCOLS if environment.get(name)), HTTP)
    if _exporter(environment) != "otlp":
        return "OTEL_TRACES_EXPORTER: only otlp is offered"
    if protocol != HTTP:
        return f"OTEL_EXPORTER_OTLP_PROTOCOL: only {HTTP} is offered"
    if find_spec("opentelemetry.sdk") is None or find_spec("opentelemetry.exporter") is None:
        return "install pip install 'hormone-cds[traces]'"
    return None
