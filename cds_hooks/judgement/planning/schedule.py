"""Visits: which set of draws is due next, what of it is already answered, and whether it is overdue."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from functools import cached_property

import msgspec
from msgspec.structs import replace
from pydantic import Field

from cds_hooks.facts import Moment, Reading
from cds_hooks.judgement.case import Case
from cds_hooks.judgement.planning.panels import Due, Panel, members
from cds_hooks.judgement.timing.age import age
from cds_hooks.judgement.timing.clock import days_between
from cds_hooks.judgement.timing.course import Course
from cds_hooks.judgement.timing.forms import Days, Strict


class Visit(Strict):
    """A scheduled set of draws. `analytes` may name panels; `every` repeats it; `form` keeps it to some forms."""

    name: str
    at: Days
    early: Days
    late: Days
    every: Days | None = None
    form: tuple[str, ...] = ()
    analytes: tuple[str, ...]


Asked = tuple[tuple[Visit, int], ...]  # visits, each with the first day of treatment whose results count for it


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
    early: int
    late: int

    @property
    def opens(self) -> int:
        return self.due - self.early

    @property
    def closes(self) -> int:
        return self.due + self.late


def next_due(case: Case, schedule: Schedule, panels: Mapping[str, Panel]) -> Due | None:
    """The set of draws to ask for next; None when treatment has stopped, its start is unknown, or nothing is left.

    Whatever is open today is one set, so that a missed visit is drawn with the next and never beside it.
    """
    course = case.course
    if course is None or course.start is None or course.current is None:
        return None
    day = days_between(course.start, case.today)
    wanted = [
        _once_settled(found, course, panels)
        for item, asked in schedule.asked_of(course).items()
        if _drawn_in(case, schedule.only.get(item)) and not (case.placed and case.ordered(members((item,), panels)))
        if (found := next_of(item, asked, answered_days(case, item, panels, course.start), day)) is not None
    ]
    if not wanted:
        return None
    open_ = [want for want in wanted if want.opens <= day]
    first = min((want.due for want in wanted), default=0)
    chosen = open_ or [want for want in wanted if want.due == first]
    return _due(chosen, schedule, course.start, day)


def _once_settled(want: Wanted, course: Course, panels: Mapping[str, Panel]) -> Wanted:
    """A level is not wanted before the dose has settled, nor overdue before a dosing cycle offered a valid time."""
    timed = course.form.timed if course.form is not None else ()
    if course.start is None or not timed or (want.item not in panels and want.item not in timed):
        return want
    if set(timed).isdisjoint(members((want.item,), panels)):
        return want
    ready = (course.settled_on - course.start.day).days
    if want.due >= ready and want.late >= course.cycle_days:
        return want
    return replace(want, due=max(want.due, ready), late=max(want.late, course.cycle_days))


def _due(chosen: Sequence[Wanted], schedule: Schedule, start: Moment, day: int) -> Due:
    """The set as one visit, safety first; named after the latest visit among it, overdue since the last one passed."""
    chosen = sorted(chosen, key=lambda want: want.item not in schedule.safety)
    overdue = [want for want in chosen if day > want.closes]
    passed = max(overdue, key=lambda want: want.closes, default=None)
    order = {visit.name: place for place, visit in enumerate(schedule.visits)}
    latest = max(chosen, key=lambda want: order[want.visit])
    return Due(
        visit=latest.visit,
        due=start.day + timedelta(days=min(want.due for want in chosen)),
        earliest=start.day + timedelta(days=min(want.opens for want in chosen)),
        latest=start.day + timedelta(days=min(want.closes for want in chosen)),
        items=tuple(want.item for want in chosen),
        overdue=tuple(want.item for want in overdue),
        reached=tuple(want.item for want in chosen if want.due <= day),
        days_over=day - passed.closes if passed is not None else 0,
        missed=passed.visit if passed is not None else latest.visit,
    )


def asked_at(item: str, visits: Sequence[Visit]) -> Asked:
    """The visits of an item, each with the first day of treatment whose results count for it."""
    return tuple((visit, counts_from(visits, place)) for place, visit in enumerate(visits) if item in visit.analytes)


def next_of(item: str, asked: Asked, answered: Sequence[int], day: int) -> Wanted | None:
    """The visit of an item that no result answers; of several that passed unanswered, the last.

    A repeating visit is counted from the last result for it.
    """
    found: Wanted | None = None
    for visit, first in asked:
        counted = [drawn for drawn in answered if drawn >= first]
        due = visit.at
        if counted:
            found = None
            if visit.every is None:
                continue
            due = counted[-1] + visit.every
        if visit.every is not None and day > due + visit.late:
            due += (day - due - visit.late - 1) // visit.every * visit.every
        wanted = Wanted(item, visit.name, due, visit.early, visit.late)
        if found is None or day > wanted.closes:
            found = wanted
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


def answered_days(case: Case, item: str, panels: Mapping[str, Panel], start: Moment) -> list[int]:
    """Days of treatment, in order, on which results answered an item."""
    if item not in panels:
        days = _drawn_on(case, item)
    else:
        days = frozenset().union(*(_drawn_together(case, names) for names in panels[item].satisfied_by))
    return sorted([(day - start.day).days for day in days if day > start.day])


def _drawn_together(case: Case, names: Sequence[str]) -> frozenset[date]:
    return frozenset.intersection(*(_drawn_on(case, name) for name in names))


def _drawn_on(case: Case, name: str) -> frozenset[date]:
    """The days of an analyte's usable results; of one whose hour matters only of those drawn when it can be judged."""
    if case.course is None or case.course.form is None or name not in case.course.form.timed:
        return case.drawn_on(name)
    return frozenset([r.effective.day for r in case.usable(name, preliminary=False) if counts(case, r)])


def counts(case: Case, reading: Reading) -> bool:
    """Whether a level answers its visit: drawn at a valid time, or at one nobody can tell to be wrong."""
    if case.course is None or case.course.form is None:
        return True
    if case.course.is_early(reading):
        return False
    timing = case.timing(reading)
    return timing is None or timing.label == "unknown" or timing.label in case.course.form.valid
