"""The addresses for whoever runs the service: probes, and numbers for Prometheus."""

from __future__ import annotations

import asyncio
import hmac

import msgspec
from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response

from cds_hooks.refusal import Problem, Refusal
from service import __version__
from service.http.outcome import JSON, outcome
from service.operating.counts.counting import Standing
from service.operating.documents import LIVE, METRICS, READY
from service.operating.readiness import Readiness
from service.people.people import is_on_this_machine
from service.site.environment import variable_of
from service.site.settings import Settings, StartRefused
from service.site.site import InForce


def lay_probes(app: FastAPI, readiness: Readiness) -> None:
    """Whether the process answers, and whether it answers calls."""

    async def live(request: Request) -> Response:
        return Response(_ALIVE, media_type=JSON)

    async def ready(request: Request) -> Response:
        found = readiness.now()
        problems = readiness.problems(found)
        if problems:
            first, *further = [Problem("transient", said, part) for part, said in problems]
            raise Refusal(503, *first, tuple(further))
        return Response(msgspec.json.encode(found), media_type=JSON)

    app.add_api_route("/health/live", live, methods=["GET"], **LIVE)
    app.add_api_route("/health/ready", ready, methods=["GET"], **READY)


def lay_metrics(app: FastAPI, in_force: InForce) -> None:
    """The numbers, for those who may see them; no address where nothing is counted."""
    settings, counting = in_force.site.settings, in_force.counting
    if not counting.is_on:
        return
    counting.ask(lambda: _standing(in_force))
    secret = settings.metrics_token
    expected = f"Bearer {secret.get_secret_value()}".encode() if secret is not None else None
    turn = asyncio.Lock()  # scrapes that come at once must not keep all threads busy

    def may_see(request: Request) -> bool:
        if settings.metrics == "open" or is_on_this_machine(request.scope):
            return True
        sent = [value for name, value in request.scope["headers"] if name == b"authorization"]
        return expected is not None and len(sent) == 1 and hmac.compare_digest(sent[0], expected)

    async def show(request: Request) -> Response:
        if not may_see(request):
            return _NOT_HERE if expected is None else _UNPROVEN
        async with turn:
            body, media_type = await asyncio.to_thread(counting.written, request.headers.get("accept", ""))
        return Response(body, headers={"Content-Type": media_type, "Cache-Control": "no-store"})

    app.add_api_route("/metrics", show, methods=["GET"], **METRICS)


def _standing(in_force: InForce) -> Standing:
    knowledge, waiting = in_force.site.knowledge, in_force.memory.waiting
    info = {
        "version": __version__,
        "knowledge": knowledge.digest,
        "code_map": str(knowledge.vocabulary.local.version),
        "terminology": knowledge.words["terminology_release"],
    }
    return Standing(len(waiting), waiting.lost, not in_force.is_storage_away, info)


def require_meant(settings: Settings) -> None:
    """Raise StartRefused where a secret is set that nobody is asked for."""
    if settings.metrics_token is not None and settings.metrics != "local":
        asked = f"{variable_of('metrics')}={settings.metrics}"
        raise StartRefused(f"{variable_of('metrics_token')}: with {asked} nobody is asked for it")


_ALIVE = msgspec.json.encode({"status": "alive"})
_SAID = "Numbers are told on the service's own machine, or to who sends HORMONE_CDS_METRICS_TOKEN as a bearer token."
_NOT_HERE = outcome(403, "forbidden", _SAID)
_UNPROVEN = outcome(401, "login", _SAID, {"WWW-Authenticate": "Bearer"})
