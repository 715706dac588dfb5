"""Visits: which set of draws is due next, what of it is already answered, and whether it is overdue."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import count, takewhile

from pydantic import Field

from cds_hooks.facts import Moment, Reading
from cds_hooks.judgement.case import Case
from cds_hooks.judgement.planning.panels import Due, Panel
from cds_hooks.judgement.predicates.circumstances import has_organ
from cds_hooks.judgement.timing.age import age
from cds_hooks.judgement.timing.clock import days_between
from cds_hooks.judgement.timing.forms import Days, Strict


class Visit(Strict):
    """A scheduled set of draws. `analytes` may name panels; `every` repeats the visit."""

    name: str
    at: Days
    early: Days
    late: Days
    every: Days | None = None
    analytes: tuple[str, ...]


class Only(Strict):
    """Whom an analyte of a visit is drawn in."""

    organ: str | None = None
    age_at_least: int | None = None


class Schedule(Strict):
    """The visits of one profile, in order of time, and the analytes that matter for safety."""

    visits: tuple[Visit, ...] = ()
    only: dict[str, Only] = Field(default_factory=dict)
    safety: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Occurrence:
    """One visit at its day of treatment. Results from day `first` up to day `last` count for it."""

    name: str
    at: int
    early: int
    late: int
    first: int
    last: int
    items: tuple[str, ...]


def occurrences(visits: Sequence[Visit], until: int) -> list[Occurrence]:
    """Every visit up to the second one after day `until`, each with the days whose results count for it.

    The windows touch: a result between two visits counts for the nearer one.
    """
    days: list[tuple[int, str, Visit]] = []
    for visit in visits:
        if visit.every is None:
            days.append((visit.at, visit.name, visit))
            continue
        step, last = visit.every, until + 2 * visit.every
        later = takewhile(lambda at, last=last: at <= last, count(visit.at, step))  # type: ignore[misc]
        days += [(at, visit.name, visit) for at in later]
    days.sort(key=lambda entry: entry[0])
    return [_occurrence(days, place) for place in range(len(days))]


def _occurrence(days: Sequence[tuple[int, str, Visit]], place: int) -> Occurrence:
    at, name, visit = days[place]
    before = days[place - 1][0] if place else 0
    after = days[place + 1][0] if place + 1 < len(days) else at + (visit.every or 2 * visit.late)
    return Occurrence(name, at, visit.early, visit.late, (before + at) // 2 + 1, (at + after) // 2, visit.analytes)


def next_due(case: Case, schedule: Schedule, panels: Mapping[str, Panel]) -> Due | None:
    """The set of draws to ask for next; None when no start of treatment is known or nothing is left to draw."""
    start = case.course.start if case.course is not None else None
    if start is None or not schedule.visits:
        return None
    day = days_between(start, case.today)
    visits = occurrences(schedule.visits, day)
    open_ = [place for place, visit in enumerate(visits) if visit.at - visit.early <= day]
    first = open_[-1] if open_ else 0
    for place in range(first, len(visits)):
        left = _unanswered(case, visits[place], schedule, panels, start)
        if left:
            return _due(case, visits, place, left, schedule, panels, start, day)
    return None


def _due(
    case: Case,
    visits: Sequence[Occurrence],
    place: int,
    left: tuple[str, ...],
    schedule: Schedule,
    panels: Mapping[str, Panel],
    start: Moment,
    day: int,
) -> Due:
    visit = visits[place]
    overdue, days_over = (left, day - visit.at - visit.late) if day > visit.at + visit.late else ((), 0)
    missed = visit
    if not overdue and place:
        earlier = visits[place - 1]
        missing = _unanswered(case, earlier, schedule, panels, start, until=day)
        overdue = tuple(item for item in left if item in missing and day > earlier.at + earlier.late)
        missed, days_over = (earlier, day - earlier.at - earlier.late) if overdue else (visit, 0)
    begin = start.day
    return Due(
        visit.name,
        begin + timedelta(days=visit.at),
        begin + timedelta(days=visit.at - visit.early),
        begin + timedelta(days=visit.at + visit.late),
        left,
        overdue,
        days_over,
        missed.name,
    )


def _unanswered(
    case: Case,
    visit: Occurrence,
    schedule: Schedule,
    panels: Mapping[str, Panel],
    start: Moment,
    until: int | None = None,
) -> tuple[str, ...]:
    last = visit.last if until is None else until
    return tuple(
        item
        for item in visit.items
        if _drawn_in(case, schedule.only.get(item))
        and not _ordered(case, item, panels)
        and not _answered(case, item, panels, start, visit.first, last)
    )


def _drawn_in(case: Case, only: Only | None) -> bool:
    if only is None:
        return True
    if only.organ is not None and has_organ(case.facts.patient, only.organ)[0] is False:
        return False
    years = age(case.facts.patient.birth_date, case.today.day)
    return only.age_at_least is None or years is None or years >= only.age_at_least


def _ordered(case: Case, item: str, panels: Mapping[str, Panel]) -> bool:
    wanted = set(panels[item].analytes) if item in panels else {item}
    return any(wanted & set(order.analytes) for order in case.facts.orders)


def _answered(case: Case, item: str, panels: Mapping[str, Panel], start: Moment, first: int, last: int) -> bool:
    alternatives = panels[item].satisfied_by if item in panels else ((item,),)
    return any(_drawn_together(case, names, start, first, last) for names in alternatives)


def _drawn_together(case: Case, names: Sequence[str], start: Moment, first: int, last: int) -> bool:
    days: set[date] | None = None
    for name in names:
        counted = {
            reading.effective.day
            for reading in case.usable(name, preliminary=False)
            if first <= days_between(start, reading.effective) <= last and counts(case, reading)
        }
        days = counted if days is None else days & counted
    return bool(days)


def counts(case: Case, reading: Reading) -> bool:
    """Whether a level answers its visit: drawn at a valid time, or at one nobody can tell to be wrong."""
    if case.course is None or case.course.form is None:
        return True
    if case.course.is_early(reading):
        return False
    timing = case.timing(reading)
    return timing is None or timing.label == "unknown" or timing.label in case.course.form.valid
