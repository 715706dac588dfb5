"""Orders that are being written while the chart is read: planned drugs, and laboratory orders that count as placed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import msgspec
from msgspec.structs import replace

from cds_hooks.facts import Moment, Unread
from cds_hooks.record.fhir.resources import Located

_VOID = frozenset({"cancelled", "completed", "ended", "entered-in-error", "revoked", "stopped"})
_IN_FORCE = frozenset({"active", "completed", "ended", "on-hold", "stopped"})


class Drafts(msgspec.Struct, frozen=True, gc=False):
    """The drafts to be judged with the Medications they refer to, and what of them could not be read.

    `listed` are the references of all drafts, also of those that are not to be judged.
    """

    located: tuple[Located, ...] = ()
    unread: tuple[Unread, ...] = ()
    listed: frozenset[str] = frozenset()

    @property
    def references(self) -> frozenset[str]:
        """Of the drafts to be judged, and of those that could not be."""
        judged = [one.reference for one in self.located if one.resource.resourceType != "Medication"]
        return frozenset((*judged, *(one.reference for one in self.unread)))


NO_DRAFTS = Drafts()


def without_copies(located: Sequence[Located], drafts: Drafts) -> Sequence[Located]:
    """The chart without its own copies of these drafts; an order in force that is being rewritten stays in force."""
    if not drafts.listed:
        return located
    return [one for one in located if one.reference not in drafts.listed or one.resource.status in _IN_FORCE]


def as_written(drafts: Drafts, today: Moment) -> Iterator[Located]:
    """The drafts as the readers of orders take them: a drug is planned whatever its status, a test ordered today."""
    for one in drafts.located:
        resource = one.resource
        if resource.resourceType == "Medication":
            yield one
        elif resource.status not in _VOID:
            is_drug = resource.resourceType == "MedicationRequest"
            changes = {"status": "draft"} if is_drug else {"status": "active", "authoredOn": today.day.isoformat()}
            yield replace(one, resource=replace(resource, **changes))
