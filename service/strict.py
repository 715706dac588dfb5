"""The strict check at the doors: off the event loop, and told as one OperationOutcome with places and lines."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from cds_hooks.record.strict.check import PlacedFlaw, check
from cds_hooks.record.strict.structure.releases import RELEASES, Release
from cds_hooks.refusal import Refusal
from service.http.body import content_type
from service.http.outcome import JSON, Extension, Issue, encode_issues
from terminology.vocabulary import Vocabulary

LINE = "http://hl7.org/fhir/StructureDefinition/operationoutcome-issue-line"
COLUMN = "http://hl7.org/fhir/StructureDefinition/operationoutcome-issue-col"
_BOOLEANS = {"true": True, "false": False}


def is_strict(given: Sequence[str]) -> bool:
    """Whether a caller asks for the strict check. Raises Refusal (400) for anything but one true or false."""
    if not given:
        return False
    if len(given) > 1 or given[0] not in _BOOLEANS:
        raise Refusal(400, "value", "Send strict once, as true or false.", "strict")
    return _BOOLEANS[given[0]]


def release_of(request: Request) -> Release:
    """The FHIR release that a caller says the body is of; R4 where nothing is said.

    Raises:
        Refusal: 415 for one that is read, if at all, but cannot be checked.
    """
    _, parameters = content_type(request.headers.get("content-type", ""))
    named = parameters.get("fhirversion", RELEASES[0]).strip('"')
    found = next((release for release in RELEASES if release == named), None)
    if found is None:
        said = "Only R4 and R4B can be checked: send fhirVersion=4.0 or fhirVersion=4.3 with the content type."
        raise Refusal(415, "not-supported", said)
    return found


async def refuse_flawed(
    body: bytes, vocabulary: Vocabulary, media: str = JSON, release: Release = "4.0"
) -> Response | None:
    """The refusal (422) of what has an error, with every flaw in it; None when it may be judged.

    Raises:
        Refusal: 400 when the body is not JSON in UTF-8, or nested too deeply.
    """
    flaws = await run_in_threadpool(check, body, vocabulary, release)
    if not any(one.severity == "error" for one in flaws):
        return None
    return Response(encode_issues(issues_of(flaws)), 422, media_type=media)


def issues_of(flaws: Iterable[PlacedFlaw]) -> list[Issue]:
    """Flaws as issues of an OperationOutcome."""
    return [
        Issue(
            severity=one.severity,
            code=one.code,
            diagnostics=one.said,
            expression=(one.expression,),
            extension=(Extension(LINE, one.line), Extension(COLUMN, one.column)),
        )
        for one in flaws
    ]
