"""Renders one page: its template, its words, and the headers that keep it to its own files."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from service import __version__
from service.pages.files import address_of
from service.pages.words import Language, chosen, languages
from service.site.site import Site

if TYPE_CHECKING:
    from jinja2 import Environment
    from markupsafe import Markup

HERE = Path(__file__).parent
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
FORM_POLICY = POLICY.replace("form-action 'none'", "form-action 'self'")
# Swagger UI writes style attributes of its own.
API_POLICY = POLICY.replace("style-src 'self'", "style-src 'self' 'unsafe-inline'")
SAFETY = {
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}
# What the navigation leads to where there is such a page: its name in the words, and where it is.
PLACES = (
    ("try", ""),
    ("protocols", "protocols"),
    ("documentation", "docs"),
    ("api", "openapi"),
    ("population", "population/latest"),
    ("stats", "stats"),
)
FOR_PEOPLE = ("population", "stats")
_BLANK = re.compile(r"\{(\w+)\}")


def page(
    request: Request, site: Site, template: str, root: str, policy: str = POLICY, status: int = 200, **content: Any
) -> Response:
    """One page; `root` is the relative way to `/`, so that the service may live under any path.

    The language is the one of `?lang=`, which links then carry on, else the browser's.
    """
    language, query = language_of(request), _query(request)
    html = templates().get_template(template).render(
        root=root,
        to=_way(root, query),
        file=lambda name: f"{root}/{address_of(name)}",
        query=query,
        language=language,
        languages=languages().values(),
        words=language.words,
        places=_places(request, site),
        here=_here(request),
        version=__version__,
        digest=site.knowledge.digest,
        **content,
    )  # fmt: skip
    told = headers(policy) | {"Cache-Control": "no-cache", "Vary": "Accept-Language", "Content-Language": language.code}
    return HTMLResponse(html, status, headers=told)


def language_of(request: Request) -> Language:
    """The language of `?lang=`, else the browser's."""
    return chosen(request.query_params.get("lang"), request.headers.get("accept-language", ""))


def way_from(request: Request, root: str) -> Callable[..., str]:
    """How this page links to another of ours, as `to` does in its template."""
    return _way(root, _query(request))


def _query(request: Request) -> str:
    return f"?lang={language_of(request).code}" if "lang" in request.query_params else ""


def headers(policy: str) -> dict[str, str]:
    """Headers that keep a page to its own files."""
    return {"Content-Security-Policy": policy, **SAFETY}


def _way(root: str, query: str) -> Callable[..., str]:
    """How a page links to another of ours: the way from `root`, in the same language, to an anchor."""

    def way(path: str = "", anchor: str = "") -> str:
        return f"{root}/{path}{query}{'#' if anchor else ''}{anchor}"

    return way


def _places(request: Request, site: Site) -> list[tuple[str, str]]:
    """Where the navigation leads: pages that there are, and that this reader may see."""
    paths = {getattr(route, "path", "") for route in request.app.routes}
    sees: Callable[[Any], bool] = request.app.state.sees_what_is_for_people
    # A form of ours brings an Origin, which following a link does not.
    as_linked = {**request.scope, "headers": [pair for pair in request.scope["headers"] if pair[0] != b"origin"]}
    shown = [
        (name, path) for name, path in PLACES if f"/{path}" in paths and (name not in FOR_PEOPLE or sees(as_linked))
    ]
    return [(name, path) for name, path in shown if name != "population" or site.settings.population_dir is not None]


def _here(request: Request) -> str:
    """The place that a page belongs to."""
    first = str(request.scope["path"]).strip("/").partition("/")[0]
    return {"try": "", "timeline": "", "population": "population/latest"}.get(first, first)


@cache
def templates() -> Environment:
    """The templates, loaded with the first page: a service that only answers EHRs never needs them."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    loader = FileSystemLoader(HERE / "templates")
    found = Environment(loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    found.filters |= {
        "blanks": blanks,
        "fill": fill,
        "code": code,
        "link": link,
        "variable": variable,
        "as_text": as_text,
    }
    return found


def blanks(sentence: str) -> Markup:
    """A sentence whose placeholders, as in `{value}`, are shown as such."""
    from markupsafe import Markup, escape

    shown = _BLANK.sub(lambda found: f"<var>{found[1].replace('_', ' ')}</var>", str(escape(sentence)))
    return Markup(shown)  # noqa: S704 - escaped just here


def fill(words: str, **values: Any) -> Markup:
    """Words of the catalogue with their placeholders filled in; only what is Markup already stays markup."""
    from markupsafe import Markup, escape

    return Markup(escape(words)).format(**values)  # noqa: S704 - escaped just here


def code(text: str) -> Markup:
    """What is typed into a machine."""
    from markupsafe import Markup

    return Markup("<code>{}</code>").format(text)


def link(words: str, to: str) -> Markup:
    """Words that lead somewhere."""
    from markupsafe import Markup

    return Markup('<a href="{}">{}</a>').format(to, words)


def variable(text: str) -> Markup:
    """What is filled in from a chart."""
    from markupsafe import Markup

    return Markup("<var>{}</var>").format(text)


def as_text(text: str) -> Markup:
    """Text between tags, with no more escaped than has to be there: quotes of long JSON stay as short as they are."""
    from markupsafe import Markup

    return Markup(text.replace("&", "&amp;").replace("<", "&lt;"))  # noqa: S704 - escaped just here
