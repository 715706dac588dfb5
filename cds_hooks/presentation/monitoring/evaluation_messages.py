"""What could not be judged or read, as the issues of an OperationOutcome. Silence is never ambiguous."""

from __future__ import annotations

import re
from collections.abc import Iterator

from cds_hooks.facts import UnreadReason
from cds_hooks.findings import Finding
from cds_hooks.presentation.cards.detail import reason
from cds_hooks.presentation.cards.gaps import gaps_in_therapy, partly_judged
from cds_hooks.presentation.cards.topics import unknown
from cds_hooks.presentation.markdown import plain
from cds_hooks.presentation.monitoring.detected_issues import coded
from cds_hooks.presentation.monitoring.elements import Concept
from cds_hooks.presentation.monitoring.resources import Issue
from cds_hooks.presentation.monitoring.scene import Seen
from cds_hooks.presentation.report import UnreadItem, left_out

_OURS = re.compile(r"([A-Za-z]+)/([A-Za-z0-9\-.]{1,64})")
_PLACE = re.compile(r"Bundle(\.entry\[\d+\](\.resource)?)*")
_CODES = {
    UnreadReason.UNIT_MISSING: "required",
    UnreadReason.VALUE_MISSING: "required",
    UnreadReason.EFFECTIVE_MISSING: "required",
    UnreadReason.CODE_UNKNOWN: "code-invalid",
    UnreadReason.CODE_CONFLICT: "code-invalid",
    UnreadReason.CODE_NOT_USABLE: "not-supported",
    UnreadReason.DRUG_UNKNOWN: "code-invalid",
    UnreadReason.DRUG_CONFLICT: "code-invalid",
    UnreadReason.STATUS: "business-rule",
    UnreadReason.OTHER_PATIENT: "business-rule",
    UnreadReason.HELD: "business-rule",
    UnreadReason.VERSION_CONFLICT: "conflict",
    UnreadReason.MALFORMED: "structure",
    UnreadReason.MODIFIED: "extension",
}
_EXPECTED = frozenset({UnreadReason.CODE_UNKNOWN, UnreadReason.CODE_NOT_USABLE, UnreadReason.STATUS})


def hindered(seen: Seen) -> tuple[Finding, ...]:
    """The checks that something stood in the way of: more than that no result was sent."""
    return unknown(seen.judged)


def awaiting(seen: Seen) -> list[str]:
    """The checks that only wait for data nobody sent."""
    stopped = {finding.check for finding in hindered(seen)}
    return [check for check in dict.fromkeys(seen.judged.states().get("unknown", ())) if check not in stopped]


def messages(seen: Seen) -> Iterator[Issue]:
    """Checks that were not judged, then what was not read, then why no protocol applies."""
    words = seen.knowledge.words
    for finding in hindered(seen):
        said = words["not_judged"].format(check=finding.check, reason=plain(reason(finding)))
        yield Issue("warning", "incomplete", coded(words, finding), said)
    yield from _without_therapy(seen)
    if seen.facts.incomplete:
        yield Issue("warning", "incomplete", Concept(text="history"), words["history_incomplete"])
    if waiting := awaiting(seen):
        said = words["awaiting"].format(checks=", ".join(waiting))
        yield Issue("information", "incomplete", Concept(text="awaiting"), said)
    for item in left_out(seen.judged, seen.facts):
        yield _unread(item)
    if not seen.judged.protocols:
        for line in seen.judged.considered:
            said = words["none_applies"].format(protocol=line.protocol, because=plain(line.because))
            yield Issue("information", "informational", Concept(text=line.protocol), said)


def lacks_therapy(seen: Seen) -> bool:
    """Whether no level was judged against a target, for want of a therapy that could be read."""
    return bool(partly_judged(seen.judged, seen.facts, seen.knowledge)) or _is_unclear(seen)


def _without_therapy(seen: Seen) -> Iterator[Issue]:
    words = seen.knowledge.words
    if _is_unclear(seen):
        yield Issue("warning", "incomplete", Concept(text="therapy"), words["therapy_unclear"])
    for line in partly_judged(seen.judged, seen.facts, seen.knowledge):
        said = words["partly_judged_line"].format(protocol=line.protocol, because=plain(line.because))
        yield Issue("warning", "incomplete", Concept(text=line.protocol), said)


def _is_unclear(seen: Seen) -> bool:
    """As for cards: nothing was judged, and the medication list could not be read completely."""
    return not seen.judged.protocols and bool(gaps_in_therapy(seen.facts))


def _unread(item: UnreadItem) -> Issue:
    place = _place(item.reference)
    return Issue(
        "information" if item.reason in _EXPECTED else "warning",
        _CODES.get(item.reason, "value"),
        Concept(text=item.reason.value),
        plain(f"{item.reference}: {item.detail}"),
        (place,) if place is not None else (),
    )


def _place(reference: str) -> str | None:
    """Where a resource stands in the caller's Bundle, as FHIRPath."""
    if _PLACE.fullmatch(reference):
        return reference
    named = _OURS.fullmatch(reference)
    return f"Bundle.entry.resource.ofType({named[1]}).where(id = '{named[2]}')" if named is not None else None
