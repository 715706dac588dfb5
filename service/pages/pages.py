"""The pages that show knowledge and the API, and the files that all pages load. None of them shows a patient."""

from __future__ import annotations

from fastapi import FastAPI
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from service.pages.differential_page import PAGES, DifferentialPage
from service.pages.files import read_file, send
from service.pages.page import API_POLICY, POLICY, headers, page
from service.pages.protocol_page import ProtocolPage
from service.site.site import InForce


def lay_routes(app: FastAPI, in_force: InForce) -> None:
    """The pages; they are for people and stay out of the API's document."""

    async def show_protocols(request: Request) -> Response:
        site = in_force.site
        listed, known = site.knowledge.protocols, site.knowledge.differential
        return page(request, site, "protocols.html", ".", protocols=listed, differential=known is not None)

    async def show_protocol(request: Request) -> Response:
        site = in_force.site
        wanted, known = request.path_params["id"], site.knowledge.differential
        if wanted in PAGES and known is not None:
            told = DifferentialPage(known, site.knowledge)
            return page(request, site, f"{wanted}.html", "..", shown=told)
        protocol = site.knowledge.protocol(wanted)
        if protocol is None:
            raise HTTPException(404)
        shown = ProtocolPage(protocol, site.knowledge)
        return page(request, site, "protocol.html", "..", protocol=protocol, shown=shown, knowledge=site.knowledge)

    async def show_api(request: Request) -> Response:
        return page(request, in_force.site, "openapi.html", ".", API_POLICY)

    async def send_file(request: Request) -> Response:
        file = read_file(request.path_params["name"])
        if file is None:
            raise HTTPException(404)
        return send(file, request, headers(POLICY))

    app.add_api_route("/protocols", show_protocols, include_in_schema=False)
    app.add_api_route("/protocols/{id}", show_protocol, include_in_schema=False)
    app.add_api_route("/openapi", show_api, include_in_schema=False)
    app.add_api_route("/static/{name}", send_file, include_in_schema=False)
