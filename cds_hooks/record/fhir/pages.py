"""What a Bundle says about itself being only a part: of several pages, or of a search that failed in part."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from cds_hooks.facts import Unread, UnreadReason
from cds_hooks.record.fhir.elements import Resource

# Kinds of data go by the prefetch keys that ask for them.
_KINDS: Mapping[str, frozenset[str]] = {
    "Observation": frozenset({"labs", "context"}),
    "MedicationRequest": frozenset({"medications"}),
    "MedicationAdministration": frozenset({"administrations"}),
    "MedicationStatement": frozenset({"statements"}),
    "Procedure": frozenset({"procedures"}),
    "Condition": frozenset({"conditions"}),
    "MedicationDispense": frozenset({"medications"}),
    "ServiceRequest": frozenset({"pendingOrders"}),
    "Goal": frozenset(),  # nothing is unknown for want of a goal
}
_EVERY_KIND = frozenset[str]().union(*_KINDS.values())
_LOST = (UnreadReason.MALFORMED, UnreadReason.MODIFIED)
_LOOKED_UP = frozenset({"Condition", "Procedure"})  # that nothing of the kind is recorded is an answer
_BESIDE = frozenset({"Medication", "OperationOutcome", "Patient"})  # come along with a search for something else
_MATCH = (None, "match")
_HARMLESS = ("warning", "information", "success")


def is_incomplete(value: Resource) -> bool:
    """Whether a Bundle, or one inside it, holds only a part: a `next` link, an error or a total beyond it says so."""
    return bool(incomplete_kinds(value))


def incomplete_kinds(value: Resource) -> frozenset[str]:
    """The kinds of data that a Bundle, or one inside it, holds only in part; a search for one type tells which kind."""
    found: frozenset[str] = frozenset()
    matches, failed = 0, False
    for entry in value.entry or ():
        resource, search = entry.resource, entry.search
        if resource is not None and resource.resourceType == "OperationOutcome":
            failed = failed or _tells_of_an_error(resource)
        elif search is None or search.mode in _MATCH:
            matches += 1
        if resource is not None and resource.entry is not None:
            found |= incomplete_kinds(resource)
    return found | _kinds_of(value) if failed or _has_more(value, matches) else found


def lost_kinds(unread: Iterable[Unread]) -> frozenset[str]:
    """The kinds of data of which none is known to be missing, since one could not be read: it may be that one."""
    lost = {one.reference.partition("/")[0] for one in unread if one.reason in _LOST}
    return frozenset[str]().union(*(_KINDS[name] for name in lost & _LOOKED_UP))


def _has_more(value: Resource, matches: int) -> bool:
    if value.link and any(link.relation == "next" for link in value.link):
        return True
    total = bytes(value.total)
    return total.isdigit() and len(total) <= 18 and int(total) > matches


def _tells_of_an_error(outcome: Resource) -> bool:
    return any(issue.severity not in _HARMLESS for issue in outcome.issue or ())


def _kinds_of(value: Resource) -> frozenset[str]:
    types = {entry.resource.resourceType for entry in value.entry or () if entry.resource} - _BESIDE
    return _KINDS.get(next(iter(types)), _EVERY_KIND) if len(types) == 1 else _EVERY_KIND
