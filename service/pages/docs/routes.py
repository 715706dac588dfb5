"""The addresses of the documentation."""

from __future__ import annotations

from fastapi import FastAPI
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from service.pages.docs.made import with_made
from service.pages.docs.rendering import rendered
from service.pages.docs.shelf import GROUPS, START, written
from service.pages.page import language_of, page, way_from
from service.site.site import InForce


def lay_routes(app: FastAPI, in_force: InForce) -> None:
    """The start page and all others; they are for people and stay out of the API's document."""

    def show(request: Request, name: str, root: str) -> Response:
        site, language = in_force.site, language_of(request)
        found = written(name, language.code)
        if found is None:
            raise HTTPException(404)
        base = site.settings.public_url or str(request.base_url).rstrip("/")
        words = language.words.tried
        text = with_made(found.text, site)
        told = rendered(text, base, way_from(request, root), words.copy, words.copied)
        groups = [(group, [written(one, language.code) for one in names]) for group, names in GROUPS]
        return page(request, site, "docs.html", root, shown=found, told=told, groups=groups)

    async def show_start(request: Request) -> Response:
        return show(request, START, ".")

    async def show_page(request: Request) -> Response:
        name = request.path_params["page"]
        if name == START:  # that one is at /docs
            raise HTTPException(404)
        return show(request, name, "..")

    app.add_api_route("/docs", show_start, include_in_schema=False)
    app.add_api_route("/docs/{page}", show_page, include_in_schema=False)
