"""What one patient's results are read against: targets and limits in force, and where in a dosing interval they fall.

The same conditions that judge are asked, so that nothing is shown which would not act for this patient. Limits are
those beyond which a result alone raises a warning or a critical finding.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Literal, NamedTuple

from cds_hooks.facts import Reading
from cds_hooks.findings import URGENCIES, Urgency
from cds_hooks.judgement.chart.case import Case
from cds_hooks.judgement.chart.shown import number
from cds_hooks.judgement.predicates.bars import Limit, OfRange, SideOf, goal_for, range_of
from cds_hooks.judgement.predicates.predicate import AllOf, Predicate
from cds_hooks.judgement.predicates.single.age_table import OfAge
from cds_hooks.judgement.predicates.single.latest import Latest
from cds_hooks.judgement.predicates.single.sds import Sds
from cds_hooks.judgement.predicates.single.target import OfTarget
from cds_hooks.judgement.protocol.check import Check
from cds_hooks.judgement.protocol.protocol import Protocol
from cds_hooks.judgement.written.threshold import ABOVE, AT_LEAST, Band, in_words
from cds_hooks.yardsticks import Bound, Gauges, LimitInForce, Phase, TargetInForce

UPWARD = (ABOVE, AT_LEAST)


class _Way(NamedTuple):
    """One way in which a check is raised."""

    urgency: Urgency
    conditions: Sequence[Predicate]


def gauges_of(protocols: Sequence[Protocol], cases: Mapping[str, Case]) -> Gauges:
    """Each target and limit once, the more urgent first; of results whose level depends on a dose, when they were
    drawn."""
    targets: dict[tuple[object, ...], TargetInForce] = {}
    limits: dict[tuple[object, ...], LimitInForce] = {}
    phases: dict[tuple[str, str], Phase] = {}
    for protocol in protocols:
        case = cases[protocol.id]
        for check in protocol.checks:
            if not _is_for(check, case):
                continue
            for target in _targets(protocol, check, case):
                targets.setdefault((target.analyte, target.low, target.high, target.kind), target)
            for limit in _limits(protocol, check, case):
                _keep_most_urgent(limits, limit)
        for phase in _phases(case):
            phases.setdefault((phase.reference, phase.analyte), phase)
    bounds = _bounds(next(iter(cases.values()))) if cases else ()
    return Gauges(tuple(targets.values()), tuple(limits.values()), tuple(phases.values()), bounds)


def _is_for(check: Check, case: Case) -> bool:
    """Whether what excludes it, as far as that is no result, leaves it to this patient."""
    excluding = [one for one in (*check.none, *check.unless) if not one.asks_about]
    return not any(case.answer(one).truth for one in excluding)


def _ways(check: Check, case: Case) -> Iterator[_Way]:
    """The ways that this patient may be raised in."""
    written = check.file.urgency
    if check.branches:
        ways = [_Way(one.file.urgency or written, (*check.all, *one.all)) for one in check.branches]
    elif check.any:
        ways = [_Way(written, (*check.all, one)) for one in check.any]
    else:
        ways = [_Way(written, check.all)]
    for way in ways:
        conditions = tuple(_flat(way.conditions))
        if not any(case.answer(one).truth is False for one in conditions if not one.asks_about):
            yield way._replace(conditions=conditions)


def _flat(conditions: Iterable[Predicate]) -> Iterator[Predicate]:
    for one in conditions:
        if isinstance(one, AllOf):
            yield from _flat(one.parts)
        else:
            yield one


def _targets(protocol: Protocol, check: Check, case: Case) -> Iterator[TargetInForce]:
    ways = list(_ways(check, case))
    for condition in {id(one): one for way in ways for one in way.conditions}.values():
        if isinstance(condition, Latest) and isinstance(condition.bar, SideOf):
            yield _of_band(protocol, check, case, condition.analyte, condition.bar.band, "target")
        elif isinstance(condition, OfTarget) and condition.analyte in case.readings:
            yield from _of_person(protocol, check, case, condition)
        elif isinstance(condition, OfAge | Sds):
            yield from _of_age(protocol, check, case, condition)
    if ways and check.in_range is not None:
        kind: Literal["target", "in-range"] = "target" if isinstance(check.file.in_range, str) else "in-range"
        yield _of_band(protocol, check, case, check.asks_about[0], check.in_range.band, kind)


def _of_band(
    protocol: Protocol, check: Check, case: Case, analyte: str, band: Band, kind: Literal["target", "in-range"]
) -> TargetInForce:
    where = (protocol.id, protocol.profile, check.file.id)
    goal = goal_for(case, analyte) if kind == "target" else None
    if goal is None:
        return TargetInForce(analyte, band.low, band.high, band.text, kind, *where)
    unit = case.vocabulary.analytes[analyte].unit
    return TargetInForce(analyte, goal.low, goal.high, range_of(goal, unit), "goal", *where)


def _of_person(protocol: Protocol, check: Check, case: Case, condition: OfTarget) -> Iterator[TargetInForce]:
    newest, where = case.readings[condition.analyte][0], (protocol.id, protocol.profile, check.file.id)
    goal, found = goal_for(case, condition.analyte), condition.target_for(case, newest)
    if goal is not None:
        yield TargetInForce(condition.analyte, goal.low, goal.high, range_of(goal, newest.unit), "goal", *where)
    elif found is not None:
        edges = "–".join(number(edge) for edge in (found.low, found.high) if edge is not None)
        text = f"{edges} {newest.unit} ({found.source})"
        yield TargetInForce(condition.analyte, found.low, found.high, text, "target", *where)


def _of_age(protocol: Protocol, check: Check, case: Case, condition: OfAge | Sds) -> Iterator[TargetInForce]:
    """What the newest result is read against for the patient's age and sex, or by its laboratory."""
    analyte, where = condition.asks_about[0], (protocol.id, protocol.profile, check.file.id)
    newest = next(iter(case.readings.get(analyte, ())), None)
    found = condition.range_for(case, newest) if newest is not None else None
    if found is not None:
        yield TargetInForce(analyte, found.low, found.high, f"{found.text} ({found.basis})", "in-range", *where)


def _limits(protocol: Protocol, check: Check, case: Case) -> Iterator[LimitInForce]:
    for way in _ways(check, case):
        asking = {_named(one): one for one in way.conditions if one.asks_about}
        only = next(iter(asking.values()), None)
        if way.urgency == "info" or len(asking) != 1 or not isinstance(only, Latest) or not _decides_alone(only, way):
            continue
        found = _limit(only, case.readings.get(only.analyte, ()))
        if found is not None:
            where = (way.urgency, protocol.id, check.file.id)
            yield LimitInForce(only.analyte, *found, *where, tuple(only.timing))


def _decides_alone(only: Latest, way: _Way) -> bool:
    """Whether one result is enough, as it is."""
    return only.factor is None and not any(isinstance(one, Latest) and one.times > 1 for one in way.conditions)


def _named(condition: Predicate) -> object:
    """What tells conditions apart: the same limit asked for once or twice is one."""
    if isinstance(condition, Latest):
        return condition.analyte, condition.bar.words
    return id(condition)


def _limit(condition: Latest, readings: Sequence[Reading]) -> tuple[str, Decimal, str] | None:
    bar = condition.bar
    if isinstance(bar, Limit) and bar.threshold.value:
        return bar.threshold.operator, bar.threshold.value, bar.threshold.words
    value = bar.value_for(readings[0]) if isinstance(bar, OfRange) and readings else None
    if not isinstance(bar, OfRange) or value is None:
        return None
    return bar.operator, value, in_words(bar.operator, f"{number(value)} {readings[0].unit} ({bar.multiple})")


def _keep_most_urgent(limits: dict[tuple[object, ...], LimitInForce], limit: LimitInForce) -> None:
    key = (limit.analyte, limit.operator in UPWARD, limit.value)
    known = limits.get(key)
    if known is None or URGENCIES.index(limit.urgency) > URGENCIES.index(known.urgency):
        limits[key] = limit


def _phases(case: Case) -> Iterator[Phase]:
    course = case.course
    if course is None or course.form is None:
        return
    for analyte in course.timed:
        for reading in case.readings.get(analyte, ()):
            timing = case.timing_in(course, reading)
            if timing is not None:
                name = course.form.named(timing.label) if timing.label != "unknown" else ""
                hours, is_early = timing.spoken_hours, bool(course.is_early(reading))
                where = (reading.reference, analyte, course.drug, timing.label, name, hours)
                yield Phase(*where, timing.missing or "", is_early)


def _bounds(case: Case) -> tuple[Bound, ...]:
    """The results that a gate has made bounds of: the readings of all cases are the same."""
    return tuple(
        Bound(one.reference, one.analyte, one.comparator or "", one.biased)
        for found in case.readings.values()
        for one in found
        if one.biased
    )
