"""The start page, where anyone may try the service."""

from __future__ import annotations

import re

from fastapi import FastAPI
from fastapi.routing import APIRoute
from starlette.requests import Request
from starlette.responses import Response

from service.pages.page import FORM_POLICY, page
from service.site import InForce

_SERVICE = re.compile(r"/cds-services/[^/]+")


def lay_routes(app: FastAPI, in_force: InForce) -> None:
    """The page and what its form is sent to."""

    async def show_start(request: Request) -> Response:
        site = in_force.site
        return page(request, site, "try.html", ".", FORM_POLICY, services=services_of(app), trust=site.settings.jwt)

    app.add_api_route("/", show_start, include_in_schema=False)


def services_of(app: FastAPI) -> list[APIRoute]:
    """The CDS services, as the API's document has them."""
    return [route for route in app.routes if isinstance(route, APIRoute) and _SERVICE.fullmatch(route.path)]
