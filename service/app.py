"""Puts the web application together: routes, errors, CORS and logging around one site."""

from __future__ import annotations

import gc
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI
from starlette.exceptions import HTTPException

from cds_hooks.refusal import Refusal
from service import evaluation, health, hooks
from service.fhir import doors
from service.openapi import ABOUT, Documented
from service.origins import METHODS, Origins
from service.outcome import on_http_error, on_refusal
from service.pages import pages
from service.routes import RawRoute
from service.settings import Settings, read_settings
from service.site import Site, open_site
from service.watch import Watch


def create_app(settings: Settings | None = None) -> FastAPI:
    """The application; settings come from the environment unless given.

    Raises:
        StartRefused, KnowledgeError: settings or knowledge are broken, and nothing may be served.
    """
    site = open_site(settings or read_settings())
    app = Documented(
        **ABOUT,
        lifespan=_settle,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
    )
    app.router.route_class = RawRoute
    app.add_exception_handler(Refusal, on_refusal)
    app.add_exception_handler(HTTPException, on_http_error)
    _lay_routes(app, site)
    app.add_middleware(Watch, most=site.settings.max_concurrent)
    # Added last, so it stands outermost and browsers can read every answer, a 500 too.
    app.add_middleware(
        Origins,
        allow_origins=site.settings.cors_origins,
        allow_methods=METHODS,
        allow_headers=["*"],
        expose_headers=["Allow"],
    )
    return app


def _lay_routes(app: FastAPI, site: Site) -> None:
    hooks.lay_routes(app, site)
    evaluation.lay_routes(app, site)
    doors.lay_routes(app, site)
    pages.lay_routes(app, site)
    health.lay_routes(app, site)


@asynccontextmanager
async def _settle(app: FastAPI) -> AsyncIterator[None]:
    # What was built at start lives as long as the process; the collector need not look at it again.
    gc.collect()
    gc.freeze()
    yield
