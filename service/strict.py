"""The strict check at the doors: off the event loop, and told as one OperationOutcome with places and lines."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from cds_hooks.record.strict.check import PlacedFlaw, check
from cds_hooks.refusal import Refusal
from service.outcome import JSON, Extension, Issue, encode_issues
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


async def refuse_flawed(body: bytes, vocabulary: Vocabulary, media: str = JSON) -> Response | None:
    """The refusal (422) of what has an error, with every flaw in it; None when it may be judged.

    Raises:
        Refusal: 400 when the body is not JSON in UTF-8, or nested too deeply.
    """
    flaws = await run_in_threadpool(check, body, vocabulary)
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
