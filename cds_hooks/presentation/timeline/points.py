"""The results of one analyte as points in time, each with how far it was judged and why not further."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from cds_hooks.facts import Facts, Moment, Reading, Unread
from cds_hooks.findings import URGENCIES, Finding, Held, Urgency
from cds_hooks.judged import Judged
from cds_hooks.judgement.chart.shown import number
from cds_hooks.presentation.timeline.units import Shown
from cds_hooks.presentation.timeline.values import Mark, Point
from cds_hooks.yardsticks import Bound, Phase

_SIGNS = {"<=": "≤", ">=": "≥"}
Place = tuple[str, str]  # reference, analyte


class Marks(NamedTuple):
    """What was found out about single results, by reference and analyte."""

    held: Mapping[Place, Held]
    bounds: Mapping[Place, Bound]
    phases: Mapping[Place, Phase]
    urgencies: Mapping[Place, Urgency]
    raised: tuple[Finding, ...]  # the urgent first


def marks_of(judged: Judged) -> Marks:
    """What judging found out about single results."""
    gauges = judged.gauges
    raised = sorted(
        (one for one in judged.telling if one.state == "raised"), key=lambda one: -URGENCIES.index(one.urgency)
    )
    urgencies = {
        (evidence.reference, evidence.analyte): finding.urgency
        for finding in reversed(raised)
        for evidence in finding.evidence
    }
    return Marks(
        {(one.reference, one.analyte): one for one in judged.held},
        {(one.reference, one.analyte): one for one in gauges.bounds},
        {(one.reference, one.analyte): one for one in gauges.phases},
        urgencies,
        tuple(raised),
    )


def points_of(analyte: str, facts: Facts, shown: Shown, marks: Marks) -> tuple[Point, ...]:
    """The results of one analyte, the oldest first; those that could not be read too, where they have a day."""
    found = [_point(one, shown, marks) for one in facts.readings if one.analyte == analyte]
    found += _unread(one for one in facts.unread if one.analyte == analyte)
    return tuple(sorted(found, key=lambda point: _when(point.at)))


def _when(moment: Moment) -> str:
    return f"{moment.day.isoformat()} {moment.clock.isoformat() if moment.clock is not None else ''}"


def _point(reading: Reading, shown: Shown, marks: Marks) -> Point:
    place = (reading.reference, reading.analyte)
    mark, why = _mark(reading, marks)
    bound, phase = marks.bounds.get(place), marks.phases.get(place)
    sign = bound.comparator if bound is not None else reading.comparator or ""
    return Point(
        at=reading.effective,
        mark=mark,
        text=f"{_SIGNS.get(sign, sign)}{shown.of_reading(reading)}",
        reported=f"{reading.comparator or ''}{number(reading.reported)} {reading.reported_unit}".strip(),
        reference=reading.reference,
        value=shown.value(reading.value),
        comparator=sign,
        why=why,
        phase=phase.label if phase is not None else "",
        phase_words=(phase.name or phase.missing) if phase is not None else "",
        hours=phase.hours if phase is not None else "",
        is_early=phase is not None and phase.is_early,
        urgency=marks.urgencies.get(place),
        laboratory=_laboratory(reading, shown),
    )


def _mark(reading: Reading, marks: Marks) -> tuple[Mark, str]:
    place = (reading.reference, reading.analyte)
    held, bound = marks.held.get(place), marks.bounds.get(place)
    if held is not None:
        return "held", f"{held.check}: {held.because}" if held.because else held.check
    if reading.status == "preliminary":
        return "preliminary", ""
    if bound is not None:
        return "bound", bound.check
    return ("bound", "") if reading.comparator is not None else ("judged", "")


def _laboratory(reading: Reading, shown: Shown) -> str:
    low, high = (None if edge is None else shown.text(edge) for edge in (reading.lower, reading.upper))
    if low is not None and high is not None:
        return f"{low}–{high}"
    return f"≥ {low}" if low is not None else f"≤ {high}" if high is not None else ""


def _unread(unread: Iterable[Unread]) -> list[Point]:
    return [
        Point(
            at=one.effective,
            mark="unread",
            text=number(one.value) if one.value is not None else "",
            reported=" ".join([part for part in (one.value and number(one.value), one.unit) if part]),
            reference=one.reference,
            why=one.detail,
        )
        for one in unread
        if one.effective is not None
    ]
