"""What a caller wants of an answer: its format, its FHIR version, and how much of it.

The resources answered use only what R4 and R4B have alike, so one body is right for both; the media type names the
version that was asked for. Of `Prefer: return=`, FHIR speaks for create and update; for this operation
`representation` (the default) is everything, `minimal` leaves out the plan and the origin but never a finding, and
`OperationOutcome` is the same in words.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from starlette.requests import Request

from cds_hooks.presentation.monitoring.answer import Return
from cds_hooks.refusal import Refusal
from service.fhir.negotiation import FORMATS, require_json
from service.http.outcome import FHIR_JSON

ANSWERED = ("4.0", "4.3")  # R4, R4B
READ = (*ANSWERED, "5.0")  # R5 is read where it differs
NDJSON = "application/fhir+ndjson"
NDJSON_MEDIA = (NDJSON, "application/ndjson", "application/x-ndjson")
_ANY = {"", "*/*", "application/*"}
_RETURN = re.compile(r'return\s*=\s*"?(representation|minimal|operationoutcome)"?', re.IGNORECASE)
_RETURNS: dict[str, Return] = {
    "representation": "representation",
    "minimal": "minimal",
    "operationoutcome": "OperationOutcome",
}


class Wish(NamedTuple):
    """How one call wants to be answered."""

    media: str
    preferred: Return | None = None
    is_batch: bool = False

    @property
    def headers(self) -> dict[str, str]:
        """What the answer says of itself."""
        applied = {"Preference-Applied": f"return={self.preferred}"} if self.preferred is not None else {}
        return {"Content-Type": self.media, **applied}


def wish_of(request: Request) -> Wish:
    """How a call wants to be answered.

    Raises:
        Refusal: 415 for a body in another FHIR version, 406 for an answer in another format or version.
    """
    media, version = _content(request)
    if version is not None and version not in READ:
        said = f"Send FHIR {', '.join(READ)} (R4, R4B, R5): this fhirVersion is not read."
        raise Refusal(415, "not-supported", said)
    is_batch = media in NDJSON_MEDIA
    if is_batch:
        _require_ndjson(request)
    else:
        require_json(request)
    named = _version(request)
    base = NDJSON if is_batch else FHIR_JSON
    return Wish(f"{base}; fhirVersion={named}" if named else base, _preferred(request), is_batch)


def _content(request: Request) -> tuple[str, str | None]:
    media, parameters = _parse(request.headers.get("content-type", ""))
    return media, parameters.get("fhirversion")


def _require_ndjson(request: Request) -> None:
    asked = request.query_params.getlist("_format")
    wanted = asked or request.headers.get("accept", "*/*").split(",")
    # Who asks for JSON gets it, on each line.
    served = {"ndjson", *NDJSON_MEDIA, *FORMATS, *(() if asked else _ANY)}
    if not any(_parse(text)[0] in served for text in wanted):
        remedy = f"ask with Accept: {NDJSON} or _format=ndjson."
        raise Refusal(406, "not-supported", f"NDJSON is answered as NDJSON, a line for each line: {remedy}")


def _version(request: Request) -> str | None:
    """The first FHIR version asked for that is answered; None where any will do."""
    asked = request.query_params.getlist("_format") or request.headers.get("accept", "").split(",")
    named = [_parse(text)[1].get("fhirversion") for text in asked]
    if None in named or not named:
        return next((version for version in named if version in ANSWERED), None)
    found = next((version for version in named if version in ANSWERED), None)
    if found is None:
        said = f"Answers are in FHIR {' and '.join(ANSWERED)} (R4, R4B): ask for one of them, or for none."
        raise Refusal(406, "not-supported", said)
    return found


def _preferred(request: Request) -> Return | None:
    """What `Prefer` asks for; a preference that is not understood is no mistake (RFC 7240)."""
    for header in request.headers.getlist("prefer"):
        for preference in re.split(r"[,;]", header):
            if found := _RETURN.fullmatch(preference.strip()):
                return _RETURNS[found[1].lower()]
    return None


def _parse(text: str) -> tuple[str, dict[str, str]]:
    """A media type and its parameters. In a query a plus sign may stand for a space."""
    media, *parameters = [part.strip() for part in text.lower().split(";")]
    pairs = (parameter.partition("=")[::2] for parameter in parameters)
    return media.replace(" ", "+"), {name.strip(): value.strip().strip('"') for name, value in pairs}
