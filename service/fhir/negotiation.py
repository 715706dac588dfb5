"""In which format an answer is wanted: JSON is the only one, and any other is refused instead of ignored."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from cds_hooks.refusal import Refusal
from service.http.outcome import FHIR_JSON

FORMATS = ("json", "application/json", "application/fhir+json", "text/json")
GENERAL = ("_format", "_pretty")  # what every address under /fhir takes in its query
_ACCEPTED = {*FORMATS[1:], "*/*", "application/*", "text/*"}


Form = Sequence[tuple[str, str]]  # what is sent in the body counts like what is sent in the address


class FHIRResponse(JSONResponse):
    """A FHIR resource, encoded already; FastAPI would document another Response as text."""

    media_type = FHIR_JSON

    def render(self, content: bytes) -> bytes:
        """The bytes as they are."""
        return content


def require_json(request: Request, form: Form = ()) -> None:
    """Refuse (406) who asks for another format, by `_format` or, without that, by Accept."""
    asked = _sent(request, form, "_format")
    if asked:
        # A plus sign in a query may stand for a space.
        wanted = {text.replace(" ", "+").partition(";")[0].lower() for text in asked}
        is_served = wanted <= set(FORMATS)
    else:
        wanted = {part.partition(";")[0].strip().lower() for part in request.headers.get("accept", "*/*").split(",")}
        is_served = bool(wanted & _ACCEPTED) or wanted == {""}
    if not is_served:
        remedy = "Ask with Accept: application/fhir+json or _format=json."
        raise Refusal(406, "not-supported", f"Only JSON is served. {remedy}", "_format" if asked else None)


def respond(request: Request, body: bytes, form: Form = ()) -> Response:
    """An answer, laid out for a person where `_pretty=true` asks for it."""
    pretty = _sent(request, form, "_pretty")
    if not set(pretty) <= {"true", "false"}:
        raise Refusal(400, "value", "_pretty is true or false.", "_pretty")
    return FHIRResponse(msgspec.json.format(body) if body and "true" in pretty else body)


def _sent(request: Request, form: Form, name: str) -> list[str]:
    return [text for named, text in (*request.query_params.multi_items(), *form) if named == name]
