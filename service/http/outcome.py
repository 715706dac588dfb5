"""The one shape of every error: a FHIR OperationOutcome that names place and remedy and never repeats the input.

Errors are sent in the media type of the answers beside them: `application/fhir+json` under `/fhir`, elsewhere
`application/json`, since the CDS Hooks standard fixes JSON for all bodies, and some clients parse nothing else.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Literal

import msgspec
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Match

from cds_hooks.refusal import Problem, Refusal

JSON = "application/json"
FHIR_JSON = "application/fhir+json"


class Extension(msgspec.Struct, frozen=True):
    """Where in the text a problem is: its line or column, from 1, by the extensions FHIR has for them."""

    url: str
    valueInteger: int


class Issue(msgspec.Struct, frozen=True, omit_defaults=True):
    """One problem. `code` is a FHIR IssueType; `expression` the place as FHIRPath."""

    severity: Literal["fatal", "error", "warning", "information"]
    code: str
    diagnostics: str
    expression: tuple[str, ...] = ()
    extension: tuple[Extension, ...] = ()


class OperationOutcome(msgspec.Struct, frozen=True):
    """FHIR OperationOutcome, as far as this service writes it."""

    resourceType: Literal["OperationOutcome"]
    issue: tuple[Issue, ...]


def media_at(path: str) -> str:
    """The media type of every answer at an address."""
    return FHIR_JSON if path == "/fhir" or path.startswith("/fhir/") else JSON


def refuse(refusal: Refusal, media: str = JSON) -> Response:
    """A refusal as an HTTP answer, with an issue per problem."""
    return _answer(refusal.status, refusal.problems, _BESIDE.get(refusal.status), media)


def outcome(
    status: int, code: str, diagnostics: str, headers: Mapping[str, str] | None = None, media: str = JSON
) -> Response:
    """An error answer with one issue."""
    return _answer(status, (Problem(code, diagnostics),), headers, media)


def _answer(status: int, problems: Iterable[Problem], headers: Mapping[str, str] | None, media: str) -> Response:
    severity: Literal["fatal", "error"] = "fatal" if status == 500 else "error"  # fatal: the fault is ours
    issues = [Issue(severity, code, said, (place,) if place else ()) for code, said, place in problems]
    return Response(encode_issues(issues), status, dict(headers or {}), media_type=media)


def encode_issues(issues: Iterable[Issue]) -> bytes:
    """An OperationOutcome as JSON; the standard wants one issue at least."""
    return msgspec.json.encode(OperationOutcome("OperationOutcome", tuple(issues)))


async def on_refusal(request: Request, error: Exception) -> Response:
    """Answer a caller's mistake."""
    if not isinstance(error, Refusal):
        raise error
    return refuse(error, media_at(request.scope["path"]))


async def on_http_error(request: Request, error: Exception) -> Response:
    """Answer what the router refuses: no such address, no such method."""
    if not isinstance(error, HTTPException):
        raise error
    code, diagnostics = _ROUTING.get(error.status_code, ("processing", "The request cannot be served."))
    headers = _allowing(request) if error.status_code == 405 else error.headers
    return outcome(error.status_code, code, diagnostics, headers, media_at(request.scope["path"]))


def _allowing(request: Request) -> Mapping[str, str]:
    """The methods of every route at this address; where GET is answered, HEAD is too."""
    here = [route for route in request.app.routes if route.matches(request.scope)[0] is not Match.NONE]
    methods = {method for route in here for method in route.methods or ()}
    methods |= {"HEAD"} if "GET" in methods else set()
    return {"Allow": ", ".join(sorted(methods))}


# Who takes too long to send a body is not read any further.
_BESIDE = {408: {"Connection": "close"}, 503: {"Retry-After": "1"}}
_ROUTING = {
    404: ("not-found", "There is nothing at this address. GET /openapi.json lists every address."),
    405: ("not-supported", "This address does not answer that method. The Allow header lists those it answers."),
}
