"""The pages and their files. They show knowledge, never a patient."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fastapi import FastAPI
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, Response
from swagger_ui_bundle import swagger_ui_path

from service import __version__
from service.pages.differential_page import PAGES, DifferentialPage
from service.pages.protocol_page import ProtocolPage
from service.site import InForce, Site

if TYPE_CHECKING:
    from jinja2 import Environment
    from markupsafe import Markup

HERE = Path(__file__).parent
SWAGGER = Path(swagger_ui_path)
FILES = {
    "style.css": HERE / "static" / "style.css",
    "openapi.js": HERE / "static" / "openapi.js",
    "swagger-ui.css": SWAGGER / "swagger-ui.css",
    "swagger-ui-bundle.js": SWAGGER / "swagger-ui-bundle.js",
}
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
FORM_POLICY = POLICY.replace("form-action 'none'", "form-action 'self'")
# Swagger UI writes style attributes of its own.
API_POLICY = POLICY.replace("style-src 'self'", "style-src 'self' 'unsafe-inline'")
_SERVICE = re.compile(r"/cds-services/[^/]+")
TRUST = {"off": "Callers prove nothing here.", "required": "Every call proves by a JWT who sends it."}
_BLANK = re.compile(r"\{(\w+)\}")


def lay_routes(app: FastAPI, in_force: InForce) -> None:
    """The pages; they are for people and stay out of the API's document."""

    async def show_index(request: Request) -> Response:
        site = in_force.site
        return page(
            site,
            "index.html",
            ".",
            protocols=site.knowledge.protocols,
            differential=site.knowledge.differential is not None,
            services=_services(app),
            trust=TRUST[site.settings.jwt],
        )

    async def show_protocol(request: Request) -> Response:
        site = in_force.site
        wanted, known = request.path_params["id"], site.knowledge.differential
        if wanted in PAGES and known is not None:
            told = DifferentialPage(known, site.knowledge)
            return page(site, f"{wanted}.html", "..", shown=told)
        protocol = site.knowledge.protocol(wanted)
        if protocol is None:
            raise HTTPException(404)
        shown = ProtocolPage(protocol, site.knowledge)
        return page(site, "protocol.html", "..", protocol=protocol, shown=shown, knowledge=site.knowledge)

    async def show_api(request: Request) -> Response:
        return HTMLResponse(templates().get_template("openapi.html").render(), headers=headers(API_POLICY))

    async def send_file(request: Request) -> Response:
        path = FILES.get(request.path_params["name"])
        if path is None:
            raise HTTPException(404)
        return FileResponse(path, headers=headers(POLICY))

    app.add_api_route("/", show_index, include_in_schema=False)
    app.add_api_route("/protocols/{id}", show_protocol, include_in_schema=False)
    app.add_api_route("/openapi", show_api, include_in_schema=False)
    app.add_api_route("/static/{name}", send_file, include_in_schema=False)


def _services(app: FastAPI) -> list[APIRoute]:
    """The CDS services, as the API's document has them."""
    return [route for route in app.routes if isinstance(route, APIRoute) and _SERVICE.fullmatch(route.path)]


def page(site: Site, template: str, root: str, policy: str = POLICY, **content: Any) -> Response:
    """One page; `root` is the relative way to `/`, so that the service may live under any path."""
    foot = {"root": root, "version": __version__, "digest": site.knowledge.digest}
    html = templates().get_template(template).render(**foot, **content)
    return HTMLResponse(html, headers=headers(policy))


def headers(policy: str) -> dict[str, str]:
    """Headers that keep a page to its own files."""
    return {"Content-Security-Policy": policy}


@cache
def templates() -> Environment:
    """The templates, loaded with the first page: a service that only answers EHRs never needs them."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    loader = FileSystemLoader(HERE / "templates")
    found = Environment(loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    found.filters["blanks"] = blanks
    return found


def blanks(sentence: str) -> Markup:
    """A sentence whose placeholders, as in `{value}`, are shown as such."""
    from markupsafe import Markup, escape

    shown = _BLANK.sub(lambda found: f"<var>{found[1].replace('_', ' ')}</var>", str(escape(sentence)))
    return Markup(shown)  # noqa: S704 - escaped just here
