"""Whether the service answers, and which version of code and knowledge it stands on."""

from __future__ import annotations

import msgspec
from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response

from service import __version__
from service.http.outcome import JSON
from service.openapi.openapi import HEALTH
from service.site.site import InForce


def lay_routes(app: FastAPI, in_force: InForce) -> None:
    """The address a load balancer asks."""

    async def answer(request: Request) -> Response:
        knowledge = in_force.site.knowledge
        waiting = in_force.memory.waiting
        standing = {
            "knowledge": knowledge.digest,
            "codeMap": knowledge.vocabulary.local.version,
            "database": "away" if in_force.is_storage_away else "ok",
            "memory": {"waiting": len(waiting), "lost": waiting.lost},
            "jwt": in_force.site.settings.jwt,
        }
        return Response(msgspec.json.encode({"status": "ok", "version": __version__, **standing}), media_type=JSON)

    app.add_api_route("/health", answer, methods=["GET"], **HEALTH)
