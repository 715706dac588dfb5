"""Which organs the patient has: the newest inventory, and the operations that no newer inventory contradicts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import NamedTuple

from cds_hooks.facts import Condition
from cds_hooks.record.results.told import Told
from terminology.organs import ABSENT, ORGANS, PRESENT

# Only what surely takes the whole organ: not a prostatectomy of unnamed kind, nor a hysterectomy that leaves a stump.
_REMOVED: Mapping[str, str] = {
    "hysterectomy": "uterus",
    "oophorectomy": "ovaries",
    "orchiectomy": "testes",
    "radical-prostatectomy": "prostate",
}


class Organs(NamedTuple):
    """Organs recorded as present, as absent, and of the absent ones those that an operation took."""

    present: tuple[str, ...] = ()
    absent: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()


def organs_of(told: Mapping[str, Told], conditions: Iterable[Condition]) -> Organs:
    """What the chart says of each organ.

    An inventory that is newer than an operation wins over it; an older one, or one of the same day, does not undo it,
    nor does any undo an operation without a date.
    """
    operated = _operations(conditions)
    said = {organ: told[organ] for organ in ORGANS if organ in told}
    present = tuple(organ for organ, one in said.items() if one.answer == PRESENT and _is_newer(one, organ, operated))
    absent = [organ for organ, one in said.items() if one.answer == ABSENT]
    removed = tuple(organ for organ in operated if organ not in present)
    return Organs(present, tuple(dict.fromkeys((*absent, *removed))), removed)


def _is_newer(told: Told, organ: str, operated: Mapping[str, date]) -> bool:
    return organ not in operated or told.at.day > operated[organ]


def _operations(conditions: Iterable[Condition]) -> dict[str, date]:
    """The day of the last operation on each organ; of one without a date, the last day there is."""
    days: dict[str, date] = {}
    for one in conditions:
        organ = _REMOVED.get(one.concept)
        if organ is not None:
            at = one.onset or one.recorded
            day = at.day if at is not None else date.max
            days[organ] = max(days.get(organ, day), day)
    return days
