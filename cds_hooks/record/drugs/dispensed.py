"""Drugs handed over by a pharmacy: they show that a drug is taken where no order of it is there."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

from msgspec.structs import replace

from cds_hooks.facts import Moment, Therapy, Unread
from cds_hooks.record.drugs.medications import Medications
from cds_hooks.record.drugs.therapies import read_therapy
from cds_hooks.record.fhir.elements import Resource
from cds_hooks.record.moments import Calendar
from cds_hooks.record.results.numbers import positive

_HANDED_OVER = frozenset({"completed", "in-progress"})
_DAYS = frozenset({None, "", "d", "day", "days"})
_LONGEST = Decimal(3660)


def read_dispensed(
    reference: str, resource: Resource, medications: Medications, calendar: Calendar
) -> tuple[Therapy | None, Unread | None]:
    """A MedicationDispense as a therapy from the day it was handed over to the day it is used up, if that has passed.

    Neither when the drug was not handed over, not yet, or on no known day. When it is not said for how many days it
    lasts, it is open whether it is still taken.
    """
    start = calendar.known(resource.whenHandedOver)
    if resource.status not in _HANDED_OVER or start is None or calendar.is_future(start):
        return None, None
    therapy, unread = read_therapy(reference, resource, medications, calendar)
    if therapy is None:
        return None, unread
    used_up = _used_up(start, resource)
    end = used_up if used_up is not None and calendar.is_past(used_up) else None
    status = "completed" if end is not None else "active" if used_up is not None else "unknown"
    return replace(therapy, status=status, start=start, end=end, planned=False), unread


def _used_up(start: Moment, resource: Resource) -> Moment | None:
    supply = resource.daysSupply
    days = positive(supply.value) if supply is not None and {supply.code, supply.unit} <= _DAYS else None
    return Moment(start.day + timedelta(days=int(days))) if days is not None and days <= _LONGEST else None
