"""The proposed hour of a draw: the dosing cycle's valid window, a weekday morning where one fits."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from decimal import Decimal

from cds_hooks.facts import Moment
from cds_hooks.findings import Slot
from cds_hooks.judgement.timing.clock import span
from cds_hooks.judgement.timing.course import Course
from cds_hooks.judgement.timing.forms import Form
from cds_hooks.judgement.written.policy import Policy

SATURDAY = 5
_MANY_CYCLES = 400
_MINUTE = timedelta(minutes=1)  # a window opens just past its first minute, never just before
DAILY = Decimal(24)


def propose_slot(course: Course, due: date, earliest: date, latest: date, now: Moment, *, skip: bool) -> Slot | None:
    """The valid slot nearest to the due date inside the window and not in the past; ties go to the earlier.

    None when the form asks for no time, or no dose with a usable date is known. `skip` leaves out the dosing cycle
    that is running, as after a draw at the wrong time.
    """
    opens = datetime.combine(earliest, time.min)
    present = span(now)
    first = max(opens, present[0])
    last = datetime.combine(latest, time.max)
    candidates = _candidates(course, first, last, skip=skip)
    return min(candidates, key=lambda slot: _preference(slot, course.form, due), default=None)


def _preference(slot: Slot, form: Form | None, due: date) -> tuple[bool, int, datetime]:
    """Weekday mornings first, then the day nearest to the due one, then the earlier."""
    morning = form is not None and slot.start.time() < form.clock[1] and slot.start.weekday() < SATURDAY
    return not morning, abs((slot.start.date() - due).days), slot.start


def on_weekday(due: date, earliest: date, latest: date, today: date) -> date:
    """The weekday nearest to the due date inside the window and not in the past; the due date where there is none."""
    if due.weekday() < SATURDAY:
        return due
    monday, friday = due + timedelta(days=7 - due.weekday()), due - timedelta(days=due.weekday() - 4)
    for day in (friday, monday) if due.weekday() == SATURDAY else (monday, friday):
        if max(earliest, today) <= day <= latest:
            return day
    return due


def next_cycle(course: Course, now: Moment) -> date:
    """The day the next dosing cycle begins; today when no dose is known."""
    last = span(course.doses[-1].at) if course.doses else None
    if last is None or course.interval is None:
        return now.day
    return (last[0] + _delta(course.interval)).date()


def _candidates(course: Course, earliest: datetime, latest: datetime, *, skip: bool) -> Iterator[Slot]:
    form, interval = course.form, course.interval
    if form is None or form.slot is None or interval is None:
        return
    if not course.doses:
        yield from _mornings(form, interval, earliest, latest, course.policy)
        return
    last = span(course.doses[-1].at)
    cycle = _delta(interval)
    passed = (earliest - last[0]) // cycle - 1
    first = max(1 if skip else 0, passed)
    for turn in range(first, first + _MANY_CYCLES):
        begins = last[0] + turn * cycle, last[1] + turn * cycle
        if begins[0] > latest:
            return
        slot = _slot_in_cycle(course, form, begins, (earliest, latest))
        if slot is not None:
            yield slot


def _mornings(form: Form, interval: Decimal, earliest: datetime, latest: datetime, policy: Policy) -> Iterator[Slot]:
    """For a daily form whose level is drawn before the morning dose, any morning will do, whenever doses were taken."""
    if interval > DAILY or form.slot != "pre-dose":
        return
    for offset in range((latest.date() - earliest.date()).days + 1):
        day = earliest.date() + timedelta(days=offset)
        start, end = (datetime.combine(day, clock) for clock in form.clock)
        if max(start, earliest) + _delta(policy.slot_least) <= end:
            yield Slot(max(start, earliest), end)


def _slot_in_cycle(
    course: Course, form: Form, dose: tuple[datetime, datetime], allowed: tuple[datetime, datetime]
) -> Slot | None:
    """The best time in one cycle. `dose` is the earliest and latest time the dose may be taken."""
    assert form.slot is not None and course.interval is not None  # noqa: S101, PT018  (the caller asked)
    window, least = form.window[form.slot], _delta(course.policy.slot_least)
    first, last = window.bounds(course.interval)
    if window.phase is not None or form.slot != "pre-dose":  # the next dose begins its own hours
        last = min(last, course.interval)
    opens, closes = max(dose[1] + _delta(first) + _MINUTE, allowed[0]), min(dose[0] + _delta(last), allowed[1])
    if closes - opens < least:
        return None
    middle = dose[0] + (dose[1] - dose[0]) / 2
    ideal = middle + _delta(form.target * course.interval if form.target is not None else (first + last) / 2)
    morning = _best_morning(form, opens, closes, ideal, least)
    if morning is not None or form.slot == "pre-dose":
        return morning
    return _by_day(min(max(ideal, opens), closes), opens, closes, course.policy)


def _by_day(ideal: datetime, opens: datetime, closes: datetime, policy: Policy) -> Slot | None:
    """Around the ideal time where no morning fits, in hours when somebody draws blood."""
    room, day = _delta(policy.slot_around), ideal.date()
    start = max(opens, ideal - room, datetime.combine(day, policy.day_begins))
    end = min(closes, ideal + room, datetime.combine(day, policy.day_ends))
    return Slot(start, end) if end - start >= _delta(policy.slot_least) else None


def _best_morning(form: Form, opens: datetime, closes: datetime, ideal: datetime, least: timedelta) -> Slot | None:
    mornings = []
    for offset in range((closes.date() - opens.date()).days + 1):
        day = opens.date() + timedelta(days=offset)
        start = max(opens, datetime.combine(day, form.clock[0]))
        end = min(closes, datetime.combine(day, form.clock[1]))
        if end - start >= least:
            mornings.append(Slot(start, end))
    return min(mornings, key=lambda slot: (slot.start.weekday() >= SATURDAY, _distance(slot, ideal)), default=None)


def _distance(slot: Slot, ideal: datetime) -> timedelta:
    if slot.start <= ideal <= slot.end:
        return timedelta(0)
    return min(abs(slot.start - ideal), abs(slot.end - ideal))


def _delta(hours: Decimal) -> timedelta:
    return timedelta(minutes=int(hours * 60))
