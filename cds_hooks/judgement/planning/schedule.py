"""Visits: which set of draws is due next, what of it is already answered, and whether it is overdue."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from functools import cached_property
from operator import attrgetter
from typing import NamedTuple

import msgspec
from pydantic import Field

from cds_hooks.facts import Reading
from cds_hooks.judgement.chart.case import Case
from cds_hooks.judgement.planning.panels import Due, Panel, members
from cds_hooks.judgement.timing.age import age
from cds_hooks.judgement.timing.clock import days_between
from cds_hooks.judgement.timing.course import Course
from cds_hooks.judgement.timing.forms import Days
from cds_hooks.judgement.written.strict import Strict


class Visit(Strict):
    """A scheduled set of draws. `analytes` may name panels; `every` repeats it; `form` keeps it to some forms."""

    name: str
    at: Days
    early: Days
    late: Days
    every: Days | None = None
    form: tuple[str, ...] = ()
    analytes: tuple[str, ...]


class Turn(NamedTuple):
    """When a visit asks for an item, in days of treatment; `first` is the first day whose results count for it."""

    visit: str
    at: int
    early: int
    late: int
    every: int | None
    first: int


Asked = tuple[Turn, ...]


class Only(Strict):
    """Whom an analyte of a visit is drawn in."""

    organ: str | None = None
    age_at_least: int | None = None
    among: tuple[str, ...] = ()  # those with one of these diagnoses
    without: tuple[str, ...] = ()  # and with none of these


class Schedule(Strict):
    """The visits of one profile, in order of time, and the analytes that matter for safety."""

    visits: tuple[Visit, ...] = ()
    only: dict[str, Only] = Field(default_factory=dict)
    safety: tuple[str, ...] = ()

    @cached_property
    def _asked(self) -> Mapping[str | None, Mapping[str, Asked]]:
        """The visits of every item by the form they are for; None stands for every other form."""
        forms = (None, *dict.fromkeys(form for visit in self.visits for form in visit.form))
        return {form: _by_item([one for one in self.visits if not one.form or form in one.form]) for form in forms}

    @cached_property
    def order(self) -> Mapping[str, int]:
        """The place of each visit."""
        return {visit.name: place for place, visit in enumerate(self.visits)}

    def asked_of(self, course: Course) -> Mapping[str, Asked]:
        """The visits of every item for the form that is taken."""
        form = course.form.id if course.form is not None else None
        return self._asked[form if form in self._asked else None]


def _by_item(visits: Sequence[Visit]) -> Mapping[str, Asked]:
    items = dict.fromkeys(item for visit in visits for item in visit.analytes)
    return {item: asked_at(item, visits) for item in items}


class Wanted(msgspec.Struct, frozen=True, gc=False):
    """One item of the schedule that is not yet answered: when, in days of treatment, and for which visit."""

    item: str
    visit: str
    due: int
    opens: int
    closes: int


def next_due(case: Case, schedule: Schedule, panels: Mapping[str, Panel]) -> Due | None:
    """The set of draws to ask for next; None when treatment has stopped, its start is unknown, or nothing is left.

    Whatever is open today is one set, so that a missed visit is drawn with the next and never beside it.
    """
    course = case.course
    if course is None or course.start is None or course.current is None:
        return None
    day, only, placed = days_between(course.start, case.today), schedule.only, case.placed
    timed = course.form.timed if course.form is not None else ()
    wanted = []
    for item, asked in schedule.asked_of(course).items():
        if (item in only and not _drawn_in(case, only[item])) or (placed and case.ordered(members((item,), panels))):
            continue
        found = next_of(item, asked, last_answered(case, item, panels, course.start.day), day)
        if found is not None:
            waits = timed and (item in timed or (item in panels and not panels[item].members.isdisjoint(timed)))
            wanted.append(_once_settled(found, course, course.start.day) if waits else found)
    if not wanted:
        return None
    chosen = [want for want in wanted if want.opens <= day]
    if not chosen:
        first = min([want.due for want in wanted])
        chosen = [want for want in wanted if want.due == first]
    return _due(chosen, schedule, course.start.day, day)


def _once_settled(want: Wanted, course: Course, start: date) -> Wanted:
    """A level is not wanted before the dose has settled, nor overdue before a dosing cycle offered a valid time."""
    ready = (course.settled_on - start).days
    early, late = want.due - want.opens, want.closes - want.due
    if want.due >= ready and late >= course.cycle_days:
        return want
    due = max(want.due, ready)
    return Wanted(want.item, want.visit, due, due - early, due + max(late, course.cycle_days))


def _due(chosen: Sequence[Wanted], schedule: Schedule, start: date, day: int) -> Due:
    """The set as one visit, safety first; named after the latest visit among it, overdue since the last one passed."""
    safety, order = schedule.safety, schedule.order
    chosen = [want for want in chosen if want.item in safety] + [want for want in chosen if want.item not in safety]
    overdue = [want for want in chosen if day > want.closes]
    passed = max(overdue, key=attrgetter("closes"), default=None)
    latest = max([want.visit for want in chosen], key=order.__getitem__)
    return Due(
        visit=latest,
        due=start + timedelta(days=min([want.due for want in chosen])),
        earliest=start + timedelta(days=min([want.opens for want in chosen])),
        latest=start + timedelta(days=min([want.closes for want in chosen])),
        items=tuple([want.item for want in chosen]),
        overdue=tuple([want.item for want in overdue]),
        reached=tuple([want.item for want in chosen if want.due <= day]),
        days_over=day - passed.closes if passed is not None else 0,
        missed=passed.visit if passed is not None else latest,
    )


def asked_at(item: str, visits: Sequence[Visit]) -> Asked:
    """The visits of an item."""
    return tuple(
        Turn(visit.name, visit.at, visit.early, visit.late, visit.every, counts_from(visits, place))
        for place, visit in enumerate(visits)
        if item in visit.analytes
    )


def next_of(item: str, asked: Asked, answered: int | None, day: int) -> Wanted | None:
    """The visit of an item that no result answers; of several that passed unanswered, the last.

    `answered` is the day of treatment of the last result for it, from which a repeating visit is counted.
    """
    found: Wanted | None = None
    for visit, at, early, late, every, first in asked:
        due = at
        if answered is not None and answered >= first:
            found = None
            if every is None:
                continue
            due = answered + every
        if every is not None and day > due + late:
            due += (day - due - late - 1) // every * every
        if found is None or day > due + late:
            found = Wanted(item, visit, due, due - early, due + late)
    return found


def counts_from(visits: Sequence[Visit], place: int) -> int:
    """The first day of treatment whose results count for a visit: past the middle between it and the one before."""
    before = visits[place - 1].at if place else 0
    return (before + visits[place].at) // 2 + 1


def _drawn_in(case: Case, only: Only | None) -> bool:
    if only is None:
        return True
    if only.organ is not None and case.has_organ(only.organ)[0] is False:
        return False
    recorded = {one.concept for one in case.facts.conditions if one.active}
    if not recorded.isdisjoint(only.without) or (only.among and recorded.isdisjoint(only.among)):
        return False
    years = age(case.facts.patient.birth_date, case.today.day)
    return only.age_at_least is None or years is None or years >= only.age_at_least


def last_answered(case: Case, item: str, panels: Mapping[str, Panel], start: date) -> int | None:
    """The last day of treatment on which results answered an item."""
    if item not in panels:
        last = _last_drawn(case, item)
    else:
        days = [
            _last_drawn(case, names[0]) if len(names) == 1 else _last_drawn_together(case, names)
            for names in panels[item].satisfied_by
        ]
        last = max([day for day in days if day is not None], default=None)
    return (last - start).days if last is not None and last > start else None


def _last_drawn(case: Case, name: str) -> date | None:
    """The day of an analyte's last usable result; of one whose hour matters, of the last that can be judged."""
    usable = case.usable(name, preliminary=False)
    if not usable:
        return None
    if _is_timed(case, name):
        return next((reading.effective.day for reading in usable if counts(case, reading)), None)
    return usable[0].effective.day


def _last_drawn_together(case: Case, names: Sequence[str]) -> date | None:
    if not case.readings.keys() >= set(names):
        return None
    common = frozenset.intersection(*[case.drawn_on(name) for name in names])
    timed = [name for name in names if _is_timed(case, name)]
    for day in sorted(common, reverse=True):
        if all(_counts_on(case, name, day) for name in timed):
            return day
    return None


def _counts_on(case: Case, name: str, day: date) -> bool:
    return any(counts(case, one) for one in case.usable(name, preliminary=False) if one.effective.day == day)


def _is_timed(case: Case, name: str) -> bool:
    return case.course is not None and case.course.form is not None and name in case.course.form.timed


def counts(case: Case, reading: Reading) -> bool:
    """Whether a level answers its visit: drawn at a valid time, or at one nobody can tell to be wrong."""
    if case.course is None or case.course.form is None:
        return True
    if case.course.is_early(reading):
        return False
    timing = case.timing(reading)
    return timing is None or timing.label == "unknown" or timing.label in case.course.form.valid
