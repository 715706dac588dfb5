"""Whether the service answers, and which version of code and knowledge it stands on."""

from __future__ import annotations

import msgspec
from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response

from service import __version__
from service.openapi import HEALTH
from service.outcome import JSON
from service.site import Site


def lay_routes(app: FastAPI, site: Site) -> None:
    """The address a load balancer asks."""
    body = msgspec.json.encode({"status": "ok", "version": __version__, "knowledge": site.knowledge.digest})

    async def answer(request: Request) -> Response:
        return Response(body, media_type=JSON)

    app.add_api_route("/health", answer, methods=["GET"], **HEALTH)
