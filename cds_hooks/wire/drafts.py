"""Orders that are being written, as a hook's context holds them: unfinished, and read as far as they go."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import msgspec

from cds_hooks.facts import Unread, UnreadReason
from cds_hooks.record.drafts import Drafts
from cds_hooks.record.fhir.resources import Located, resources_in, salvage

_DRUG = "MedicationRequest"
_ORDERS = frozenset({_DRUG, "ServiceRequest"})
_ABSENT = "it is selected, and no draft order has this id"


def read_drafts(raw: msgspec.Raw, place: str, selections: Sequence[str] | None) -> Drafts:
    """The drafts in a Bundle, or in one bare resource; of drug orders only the selected ones, when any are told.

    A laboratory order counts in any case: what stands in the basket need not be suggested.
    """
    resource, unread = salvage(raw, place)
    found = resources_in(resource, place) if resource is not None else []
    orders = [one for one in found if one.resource.resourceType in _ORDERS]
    medications = [one for one in found if one.resource.resourceType == "Medication"]
    listed = frozenset(one.reference for one in orders)
    if selections is None:
        return Drafts((*medications, *orders), tuple(unread), listed)
    chosen = frozenset(map(_relative, selections))
    judged = [one for one in orders if one.resource.resourceType != _DRUG or _names(one) & chosen]
    told = [one for one in unread if "/" not in one.reference or {one.reference, _bare(one.reference)} & chosen]
    missing = _missing(chosen, found, told)
    return Drafts((*medications, *judged), (*told, *missing), listed)


def _missing(chosen: frozenset[str], found: Sequence[Located], told: Sequence[Unread]) -> Iterator[Unread]:
    """What is selected, may be a drug, and stands nowhere."""
    known = {name for one in found for name in _names(one)}
    known |= {name for one in told for name in (one.reference, _bare(one.reference))}
    for reference in sorted(chosen - known):
        if reference and (reference.startswith(f"{_DRUG}/") or "/" not in reference):
            yield Unread(reference, "", UnreadReason.DRUG_UNKNOWN, _ABSENT)


def _names(order: Located) -> frozenset[str]:
    """What a selection may call it: the standard says "id" and shows a reference."""
    return frozenset({order.reference, _bare(order.reference), _relative(order.full_url or order.reference)})


def _bare(reference: str) -> str:
    """`1` of `MedicationRequest/1`."""
    return reference.rpartition("/")[2]


def _relative(reference: str) -> str:
    """`MedicationRequest/1` of an absolute or versioned address; a URN as it is."""
    if ":" not in reference or reference.startswith("urn:"):
        return reference.partition("/_history/")[0]
    return "/".join(reference.partition("/_history/")[0].rsplit("/", 2)[-2:])
