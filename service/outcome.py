"""The one shape of every error: a FHIR OperationOutcome that names place and remedy and never repeats the input.

Errors are sent as `application/json`, like every other answer: the CDS Hooks standard fixes JSON for all bodies, and
some clients parse nothing else.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Literal

import msgspec
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from cds_hooks.refusal import Problem, Refusal

JSON = "application/json"


class Issue(msgspec.Struct, frozen=True, omit_defaults=True):
    """One problem. `code` is a FHIR IssueType; `expression` the place as FHIRPath."""

    severity: Literal["fatal", "error", "warning", "information"]
    code: str
    diagnostics: str
    expression: tuple[str, ...] = ()


class OperationOutcome(msgspec.Struct, frozen=True):
    """FHIR OperationOutcome, as far as this service writes it."""

    resourceType: Literal["OperationOutcome"]
    issue: tuple[Issue, ...]


def refuse(refusal: Refusal) -> Response:
    """A refusal as an HTTP answer, with an issue per problem."""
    # Who takes too long to send a body is not read any further.
    headers = {"Connection": "close"} if refusal.status == 408 else {}
    return _answer(refusal.status, refusal.problems, headers)


def outcome(status: int, code: str, diagnostics: str, headers: Mapping[str, str] | None = None) -> Response:
    """An error answer with one issue."""
    return _answer(status, (Problem(code, diagnostics),), headers)


def _answer(status: int, problems: Iterable[Problem], headers: Mapping[str, str] | None) -> Response:
    severity: Literal["fatal", "error"] = "fatal" if status == 500 else "error"  # fatal: the fault is ours
    issues = [Issue(severity, code, said, (place,) if place else ()) for code, said, place in problems]
    body = msgspec.json.encode(OperationOutcome("OperationOutcome", tuple(issues)))
    return Response(body, status, dict(headers or {}), media_type=JSON)


async def on_refusal(request: Request, error: Exception) -> Response:
    """Answer a caller's mistake."""
    if not isinstance(error, Refusal):
        raise error
    return refuse(error)


async def on_http_error(request: Request, error: Exception) -> Response:
    """Answer what the router refuses: no such address, no such method."""
    if not isinstance(error, HTTPException):
        raise error
    code, diagnostics = _ROUTING.get(error.status_code, ("processing", "The request cannot be served."))
    return outcome(error.status_code, code, diagnostics, _allowed(error.headers or {}))


def _allowed(headers: Mapping[str, str]) -> Mapping[str, str]:
    """Where GET is answered, HEAD is too."""
    methods = set(headers.get("Allow", "").split(", ")) - {""}
    methods |= {"HEAD"} if "GET" in methods else set()
    return {**headers, "Allow": ", ".join(sorted(methods))} if methods else headers


_ROUTING = {
    404: ("not-found", "There is nothing at this address. GET /openapi.json lists every address."),
    405: ("not-supported", "This address does not answer that method. The Allow header lists those it answers."),
}
