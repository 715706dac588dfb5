"""How far an IGF-1 lies from the middle for its age: by the laboratory's Z-score, else its range, else the table."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

import msgspec

from cds_hooks.facts import Reading
from cds_hooks.judgement.chart.case import Case
from cds_hooks.judgement.chart.formulas import standard_deviations
from cds_hooks.judgement.chart.shown import number
from cds_hooks.judgement.reference.ages import Range
from cds_hooks.judgement.timing.age import age

IGF1, ZSCORE = "igf1", "igf1_zscore"
BY_LABORATORY = "the laboratory's Z-score"
BY_RANGE = "approx., from the laboratory's range"
BY_TABLE = "approx., from the table for LC-MS"


class Standing(msgspec.Struct, frozen=True, gc=False):
    """One draw in standard deviations. Without `value` nothing tells how it stands."""

    of: Reading
    value: Decimal | None
    comparator: str | None
    basis: str


def standings(case: Case, *, preliminary: bool) -> tuple[Standing, ...]:
    """Every draw's, the newest first. Of one that may not be judged the Z-score is not used either."""
    scores = case.usable(ZSCORE, preliminary=preliminary)
    held = {one.effective.day for one in case.readings.get(IGF1, ()) if (one.reference, IGF1) in case.held}
    by_day: dict[str, list[Standing]] = {}
    for score in scores:
        if score.effective.day not in held:
            standing = Standing(score, score.value, score.comparator, BY_LABORATORY)
            by_day.setdefault(score.effective.day.isoformat(), []).append(standing)
    scored = set(by_day)
    for level in case.usable(IGF1, preliminary=preliminary):
        day = level.effective.day.isoformat()
        if day not in scored:
            by_day.setdefault(day, []).append(_of_level(case, level))
    return tuple(standing for day in sorted(by_day, reverse=True) for standing in by_day[day])


def _of_level(case: Case, level: Reading) -> Standing:
    edges, basis = _edges(case, level)
    if edges is None or level.value <= 0:
        return Standing(level, None, None, "")
    return Standing(level, standard_deviations(level.value, *edges), level.comparator, basis)


def _edges(case: Case, level: Reading) -> tuple[tuple[Decimal, Decimal] | None, str]:
    if level.lower is not None and level.upper is not None and 0 < level.lower < level.upper:
        return (level.lower, level.upper), BY_RANGE
    table, patient = case.tables.igf1, case.facts.patient
    if table.method is not None and table.method not in level.notes:
        return None, ""
    found = table.range_of(case.anatomy.kind, age(patient.birth_date, level.effective.day))
    return ((found.low, found.high) if found is not None else None), BY_TABLE


def range_for(case: Case, level: Reading) -> Range | None:
    """The central 95 % that a level is read against; None where nothing gives it."""
    edges, basis = _edges(case, level)
    if edges is None:
        return None
    return Range(*edges, f"{'–'.join(map(number, edges))} {level.unit}", basis)


def of_one_draw(found: Sequence[Standing]) -> list[tuple[Standing, ...]]:
    """Standings, newest first, with those of one day together."""
    days: dict[str, list[Standing]] = {}
    for standing in found:
        days.setdefault(standing.of.effective.day.isoformat(), []).append(standing)
    return [tuple(group) for group in days.values()]
