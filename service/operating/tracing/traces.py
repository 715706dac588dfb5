"""The spans themselves: one around each request, sent in groups by OTLP over HTTP.

They hold method, route, status and ids of the call; never path, query, header, body or the message of an error.
"""

from __future__ import annotations

from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter
from opentelemetry.trace import SpanKind, StatusCode
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service import __version__
from service.http.watch import METHODS, route_of
from service.operating.tracing.spans import tracer

NAME = "hormone-cds"
_PARENT = TraceContextTextMapPropagator()


def provider(exporter: SpanExporter | None = None) -> TracerProvider:
    """What makes and sends spans, by the standard's variables; no library finds it and adds its own."""
    resource = Resource.create({"service.name": NAME, "service.version": __version__})
    made = TracerProvider(resource=resource, shutdown_on_exit=False)
    made.add_span_processor(BatchSpanProcessor(exporter or OTLPSpanExporter()))
    return made


class Traced:
    """A span around every request, in the trace that `traceparent` names; `tracestate` may hold anything: left."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        by = tracer()
        if scope["type"] != "http" or by is None:
            await self.app(scope, receive, send)
            return
        sent = [value.decode("latin-1") for name, value in scope["headers"] if name == b"traceparent"]
        parent = _PARENT.extract({"traceparent": sent[0]}) if len(sent) == 1 else None
        method = scope["method"] if scope["method"] in METHODS else "_OTHER"
        status = 0

        async def send_noting_status(message: Message) -> None:
            nonlocal status
            status = message.get("status", status)
            await send(message)

        with by.start_as_current_span(
            method, parent, SpanKind.SERVER, record_exception=False, set_status_on_exception=False
        ) as span:
            await self.app(scope, receive, send_noting_status)
            route, state = route_of(scope), scope["state"]
            span.update_name(f"{method} {route}")
            told = {"request_id": state["request_id"], "hook_instance": state.get("hook_instance")}
            span.set_attributes(
                {"http.request.method": method, "http.route": route, "http.response.status_code": status}
                | {f"hormone_cds.{name}": value for name, value in told.items() if value is not None}
            )
            if status >= 500:
                span.set_status(StatusCode.ERROR)
