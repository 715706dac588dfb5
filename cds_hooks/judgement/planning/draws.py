"""The plan of next draws: what checks ask to repeat and what the schedule asks for, as few draws as safe."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Literal

from cds_hooks.findings import Draw
from cds_hooks.judgement.case import Case
from cds_hooks.judgement.planning.panels import Due, members
from cds_hooks.judgement.planning.schedule import Schedule
from cds_hooks.judgement.planning.slots import cycle_length, next_cycle, propose_slot
from cds_hooks.judgement.policy import Policy
from cds_hooks.judgement.timing.forms import Days, Strict


class Next(Strict):
    """A draw a raised check asks for, in days from today. `cycle = "next"`: not in the dosing cycle that is running."""

    analytes: tuple[str, ...]
    after: Days
    before: Days
    cycle: Literal["next"] | None = None


@dataclass(frozen=True, slots=True)
class Ask:
    """One wish for a draw with its window and reasons (check ids, or a visit's name)."""

    analytes: tuple[str, ...]
    due: date
    earliest: date
    latest: date
    reasons: tuple[str, ...]
    visit: str | None = None
    skip: bool = False
    urgent: bool = False  # overdue safety labs: never moved to a later day


def ask_of(check: str, wish: Next, today: date, drawn: date | None, policy: Policy) -> Ask:
    """The wish of a raised check, counted from today; due now once a repeat of the result drawn then is overdue."""
    if drawn is not None and today > drawn + timedelta(days=wish.before):
        latest = today + timedelta(days=policy.overdue_within)
        return Ask(wish.analytes, today, today, latest, (check,), skip=wish.cycle == "next")
    earliest = today + timedelta(days=wish.after)
    return Ask(
        wish.analytes,
        earliest,
        earliest,
        today + timedelta(days=wish.before),
        (check,),
        skip=wish.cycle == "next",
    )


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
    )


def plan(case: Case, asks: Sequence[Ask], any_time: str) -> tuple[Draw, ...]:
    """Draws in order of due date; wishes with overlapping windows share one, and no analyte is drawn twice for it."""
    merged: list[Ask] = []
    for ask in sorted(asks, key=lambda ask: (not ask.urgent, ask.latest, ask.earliest, ask.reasons)):
        place = next((i for i, other in enumerate(merged) if _fit_together(other, ask)), None)
        if place is None:
            merged.append(ask)
        else:
            merged[place] = _together(merged[place], ask)
    draws = [draw for ask in _each_once(merged) for draw in _draws(case, ask, any_time)]
    return tuple(sorted(draws, key=lambda draw: (draw.due, draw.analytes)))


def _fit_together(one: Ask, other: Ask) -> bool:
    if one.urgent or other.urgent:
        return max(one.earliest, other.earliest) == min(one.earliest, other.earliest) and not (one.skip or other.skip)
    return max(one.earliest, other.earliest) <= min(one.latest, other.latest)


def _together(one: Ask, other: Ask) -> Ask:
    earliest, latest = max(one.earliest, other.earliest), min(one.latest, other.latest)
    return Ask(
        tuple(dict.fromkeys((*one.analytes, *other.analytes))),
        min(max(one.due, earliest), latest),
        earliest,
        latest,
        tuple(dict.fromkeys((*one.reasons, *other.reasons))),
        visit=one.visit or other.visit,
        skip=one.skip or other.skip,
        urgent=one.urgent or other.urgent,
    )


def _each_once(asks: Sequence[Ask]) -> list[Ask]:
    """A level that must wait for the next dosing cycle is not drawn with overdue safety labs today."""
    kept = []
    for ask in asks:
        waiting = [other for other in asks if other is not ask and other.skip and other.earliest <= ask.latest]
        repeated = {name for other in waiting for name in other.analytes if ask.visit is not None}
        analytes = tuple(name for name in ask.analytes if name not in repeated)
        if analytes:
            kept.append(ask if len(analytes) == len(ask.analytes) else replace(ask, analytes=analytes))
    return kept


def _draws(case: Case, ask: Ask, any_time: str) -> list[Draw]:
    """One draw; two when overdue safety labs would have to wait for the hour that a level needs."""
    together = _draw(case, ask, any_time)
    if (
        not ask.urgent
        or together.slot is None
        or (together.slot.start.date() - case.today.day).days <= case.policy.soon
    ):
        return [together]
    form = case.course.form if case.course is not None else None
    levels = tuple(name for name in ask.analytes if form is not None and name in form.timed)
    others = tuple(name for name in ask.analytes if name not in levels)
    return [_draw(case, replace(ask, analytes=names), any_time) for names in (others, levels) if names]


def _draw(case: Case, ask: Ask, any_time: str) -> Draw:
    form = case.course.form if case.course is not None else None
    timed = form is not None and any(name in form.timed for name in ask.analytes)
    slot, latest = None, ask.latest
    if timed and case.course is not None:
        slot = propose_slot(case.course, ask.due, ask.earliest, ask.latest, case.today, skip=ask.skip)
        if slot is None:  # a valid time later than wanted is better than an invalid one in time
            later = ask.latest + 2 * cycle_length(case.course)
            slot = propose_slot(case.course, ask.due, ask.earliest, later, case.today, skip=ask.skip)
            latest = max(latest, slot.start.date()) if slot is not None else latest
    earliest = ask.earliest
    if slot is not None and ask.skip and case.course is not None:
        earliest = max(earliest, next_cycle(case.course, case.today))
    return Draw(
        ask.analytes,
        max(ask.due, earliest),
        earliest,
        latest,
        form.instruction if timed and form is not None else any_time,
        slot=slot,
        visit=ask.visit,
        reasons=ask.reasons,
    )
