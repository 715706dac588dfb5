"""The plan of next draws: what checks ask to repeat and what the schedule asks for, as few draws as safe."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Literal

import msgspec
from msgspec.structs import replace

from cds_hooks.facts import Moment
from cds_hooks.findings import Draw, Slot
from cds_hooks.judgement.chart.case import Case
from cds_hooks.judgement.planning.panels import Due, members
from cds_hooks.judgement.planning.schedule import Schedule
from cds_hooks.judgement.planning.slots import next_cycle, on_weekday, propose_slot
from cds_hooks.judgement.timing.course import Course
from cds_hooks.judgement.timing.forms import Days
from cds_hooks.judgement.written.strict import Strict


class Next(Strict):
    """A draw a raised check asks for, in days from today. `cycle = "next"`: not in the dosing cycle that is running."""

    analytes: tuple[str, ...] = ()
    of_evidence: bool = False  # besides, whatever the check was raised on
    after: Days
    before: Days
    cycle: Literal["next"] | None = None


class Ask(msgspec.Struct, frozen=True, gc=False):
    """One wish for a draw with its window and reasons (check ids, or a visit's name)."""

    analytes: tuple[str, ...]
    due: date
    earliest: date
    latest: date
    reasons: tuple[str, ...]
    visit: str | None = None
    skip: bool = False
    urgent: bool = False  # overdue safety labs: never moved to a later day
    safety: bool = False  # holds safety labs that are due: moved by a few days at most
    critical: bool = False  # a critical finding asks for it: due today it stays so, on a weekend too


def ask_of(
    check: str, wish: Next, case: Case, drawn: date | None, measured: Sequence[str] = (), *, critical: bool = False
) -> Ask:
    """The wish of a raised check: counted from today, and no later than the result drawn then allows."""
    analytes = tuple(dict.fromkeys((*wish.analytes, *measured))) if wish.of_evidence else wish.analytes
    today = case.today.day
    latest = (drawn or today) + timedelta(days=wish.before)
    earliest = min(today + timedelta(days=wish.after), latest)
    if latest < today:
        earliest, latest = today, today + timedelta(days=min(wish.before, case.policy.overdue_within))
    skip = wish.cycle == "next" and _in_running_cycle(case, drawn)
    earliest = max(earliest, today)
    return Ask(analytes, earliest, earliest, latest, (check,), skip=skip, critical=critical)


def _in_running_cycle(case: Case, drawn: date | None) -> bool:
    """Whether a draw was made in the dosing cycle that is running; before a trough the cycle may go on."""
    course = case.course
    if course is None or course.form is None or course.form.slot == "trough" or not course.doses or drawn is None:
        return False
    return drawn >= course.doses[-1].at.day


def ask_after_change(case: Case) -> Ask | None:
    """The level of a changed dose, once it has settled, where none was drawn yet."""
    course = case.course
    if course is None or course.form is None or course.current is None or course.changed is None:
        return None
    if course.changed is course.start or not course.form.timed:
        return None
    level, ready = course.form.timed[0], course.settled_on
    drawn = any(reading.effective.day >= ready for reading in case.usable(level, preliminary=False))
    if drawn or case.ordered((level,)):
        return None
    today = case.today.day
    latest = max(ready, today) + timedelta(days=2 * case.policy.overdue_within)
    return Ask((level,), max(ready, today), max(ready, today), latest, ("dose change",))


def ask_of_visit(due: Due, schedule: Schedule, case: Case, check: str | None) -> Ask:
    """The wish of the schedule; overdue ones are due today."""
    today = case.today.day
    earliest = max(due.earliest, today)
    soonest = today + timedelta(days=case.policy.overdue_within) if due.overdue else earliest
    latest = max(due.latest, soonest)
    return Ask(
        members(due.items, case.panels),
        max(due.due, today) if not due.overdue else today,
        earliest if not due.overdue else today,
        latest,
        tuple(filter(None, (check, f"{due.visit} visit"))),
        visit=due.visit,
        urgent=any(item in schedule.safety for item in due.overdue),
        safety=any(item in schedule.safety for item in due.reached),
    )


def plan(cases: Sequence[Case], asks: Sequence[Ask], any_time: str) -> tuple[Draw, ...]:
    """The draws of one patient in order of due date, whatever protocols asked for them.

    Wishes with overlapping windows share one, also those weeks ahead whose windows miss each other by a few days; no
    analyte is drawn twice for it.
    """
    case, merged = cases[0], list[Ask]()
    courses = _courses(cases)
    for ask in sorted(asks, key=lambda ask: (not ask.urgent, ask.latest, ask.earliest, ask.reasons)):
        place = next((i for i, other in enumerate(merged) if _fit_together(other, ask, case)), None)
        if place is None:
            merged.append(ask)
        else:
            merged[place] = _together(merged[place], ask)
    draws = [draw for ask in _each_once(merged, case.today.day) for draw in _draws(case, courses, ask, any_time)]
    return tuple(sorted(draws, key=lambda draw: (draw.due, draw.analytes)))


def _courses(cases: Sequence[Case]) -> tuple[Course, ...]:
    """One course of each drug: of several, that of a protocol which reads its levels in a way of its own."""
    of_drug: dict[str, list[Course]] = {}
    for case in cases:
        if case.course is not None:
            of_drug.setdefault(case.course.drug, []).append(case.course)
    return tuple(max(courses, key=_specific) for courses in of_drug.values())


def _specific(course: Course) -> tuple[bool, bool]:
    return course.form is not None and bool(course.form.only_for), course.form is not None


def _fit_together(one: Ask, other: Ask, case: Case) -> bool:
    soon = case.today.day + timedelta(days=case.policy.soon)
    if (one.safety and other.earliest > soon) or (other.safety and one.earliest > soon):
        return False
    if one.urgent or other.urgent:
        return max(one.earliest, other.earliest) == min(one.earliest, other.earliest) and not (one.skip or other.skip)
    earliest, latest = max(one.earliest, other.earliest), min(one.latest, other.latest)
    far = latest >= case.today.day + timedelta(days=case.policy.overdue_within)
    return earliest <= latest + timedelta(days=case.policy.soon if far else 0)


def _together(one: Ask, other: Ask) -> Ask:
    earliest = max(one.earliest, other.earliest)
    latest = max(min(one.latest, other.latest), earliest)
    return Ask(
        tuple(dict.fromkeys((*one.analytes, *other.analytes))),
        min(max(one.due, earliest), latest),
        earliest,
        latest,
        tuple(dict.fromkeys((*one.reasons, *other.reasons))),
        visit=one.visit or other.visit,
        skip=one.skip or other.skip,
        urgent=one.urgent or other.urgent,
        safety=one.safety or other.safety,
        critical=one.critical or other.critical,
    )


def _each_once(asks: Sequence[Ask], today: date) -> list[Ask]:
    """No analyte twice without need.

    A level that must wait for the next dosing cycle is not drawn with overdue safety labs today; and what a check asks
    for today is not asked for again by a visit that is not open yet, since today's result will count for it.
    """
    kept = []
    for ask in asks:
        others = [other for other in asks if other is not ask and ask.visit is not None]
        waiting = [other for other in others if other.skip and other.earliest <= ask.latest]
        today_too = [other for other in others if other.earliest == today < ask.earliest]
        repeated = {name for other in (*waiting, *today_too) for name in other.analytes}
        analytes = tuple(name for name in ask.analytes if name not in repeated)
        if analytes:
            kept.append(ask if len(analytes) == len(ask.analytes) else replace(ask, analytes=analytes))
    return kept


def _draws(case: Case, courses: Sequence[Course], ask: Ask, any_time: str) -> list[Draw]:
    """One draw; more when other labs would have to wait for the day or hour that a level needs, or two levels need
    hours that do not meet.
    """
    levels = [(course, names) for course in courses if (names := _levels_of(case, course, ask.analytes))]
    if not levels:
        return [_draw(None, ask, any_time, case.today)]
    (course, names), *rest = levels
    apart = {name for _, others in rest for name in others} - set(names)
    mine = replace(ask, analytes=tuple(name for name in ask.analytes if name not in apart))
    first = _draws_of(case, course, names, mine, any_time)
    for other, others in rest:
        theirs = tuple(name for name in others if name not in names)
        first = _joined(case, first, other, theirs, ask, any_time) if theirs else first
    return first


def _draws_of(case: Case, course: Course, levels: Sequence[str], ask: Ask, any_time: str) -> list[Draw]:
    others = tuple(name for name in ask.analytes if name not in levels)
    ready = course.settled_on
    latest = ask.latest if ready <= ask.latest else ready + timedelta(days=case.policy.overdue_within)
    later = replace(ask, earliest=max(ask.earliest, ready), due=max(ask.due, ready), latest=latest)
    together = _draw(course, later, any_time, case.today)
    day = together.slot.start.date() if together.slot is not None else together.due
    waits = (day - case.today.day).days
    patience = case.policy.soon if ask.urgent else case.policy.overdue_within
    late = day > ask.latest or ((ask.urgent or ask.safety) and waits > patience)
    if not late or not others:
        return [together]
    now, then = replace(ask, analytes=others), replace(later, analytes=tuple(levels))
    return [_draw(None, now, any_time, case.today), _draw(course, then, any_time, case.today)]


def _joined(
    case: Case, draws: list[Draw], course: Course, levels: tuple[str, ...], ask: Ask, any_time: str
) -> list[Draw]:
    """Levels of a second drug in one of the draws, where its own valid hours meet that draw's; else in their own."""
    for place, draw in enumerate(draws):
        day = draw.slot.start.date() if draw.slot is not None else None
        if day is None or draw.slot is None or day < course.settled_on:
            continue
        own = propose_slot(course, day, day, day, case.today, skip=False)
        shared = _meeting(draw.slot, own, case) if own is not None else None
        if shared is not None and course.form is not None:
            instruction = " ".join(dict.fromkeys((draw.instruction, course.form.instruction)))
            both = replace(draw, analytes=(*draw.analytes, *levels), slot=shared, instruction=instruction)
            return [*draws[:place], both, *draws[place + 1 :]]
    return [*draws, *_draws_of(case, course, levels, replace(ask, analytes=levels), any_time)]


def _meeting(one: Slot, other: Slot, case: Case) -> Slot | None:
    start, end = max(one.start, other.start), min(one.end, other.end)
    return Slot(start, end) if end - start >= timedelta(minutes=int(case.policy.slot_least * 60)) else None


def _levels_of(case: Case, course: Course, analytes: Sequence[str]) -> tuple[str, ...]:
    """The analytes whose hour matters, with those that only make sense in the same draw (SHBG beside testosterone)."""
    if course.form is None:
        return ()
    timed = {name for name in analytes if name in course.form.timed}
    partners = {
        name
        for panel in case.panels.values()
        if not timed.isdisjoint(panel.analytes)
        for names in panel.satisfied_by
        if not timed.isdisjoint(names)
        for name in names
    }
    return tuple(name for name in analytes if name in timed or name in partners)


def _draw(course: Course | None, ask: Ask, any_time: str, today: Moment) -> Draw:
    form = course.form if course is not None else None
    slot, latest, earliest = None, ask.latest, ask.earliest
    if course is not None:
        slot = propose_slot(course, ask.due, ask.earliest, ask.latest, today, skip=ask.skip)
        if slot is None:  # a valid time later than wanted is better than an invalid one in time
            later = ask.latest + timedelta(days=2 * course.cycle_days)
            slot = propose_slot(course, ask.due, ask.earliest, later, today, skip=ask.skip)
            latest = max(latest, slot.start.date()) if slot is not None else latest
        if slot is not None and ask.skip:
            earliest = max(earliest, next_cycle(course, today))
    due = max(ask.due, earliest)
    stays = slot is not None or (due == today.day and (ask.urgent or ask.critical))
    return Draw(
        ask.analytes,
        due if stays else on_weekday(due, earliest, latest, today.day),
        earliest,
        latest,
        form.instruction if form is not None else any_time,
        slot=slot,
        visit=ask.visit,
        reasons=ask.reasons,
    )
