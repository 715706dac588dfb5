"""The calendar of injections that an order plans: when doses were due, where nobody noted when they were taken."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, time, timedelta
from decimal import Decimal

from cds_hooks.facts import Dose, Moment, Therapy
from cds_hooks.record.drugs.dosage import dosages_of
from cds_hooks.record.fhir.dosages import Repeat
from cds_hooks.record.fhir.elements import Resource
from cds_hooks.record.moments import Calendar
from cds_hooks.record.results.numbers import positive

_WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_CYCLES = {Decimal(1): 1, Decimal(2): 2}  # weeks between doses whose days a calendar tells
_MOST = 60  # doses of one order, the last ones
_WEEK = 7


def planned_doses(therapy: Therapy, resource: Resource, calendar: Calendar) -> list[Dose]:
    """The past injections that an order in force plans by date, or by day of the week; none without a start.

    A dose of today counts only when its hour has passed.
    """
    if not therapy.current or (therapy.status, therapy.route) != ("active", "injection") or therapy.start is None:
        return []
    start = therapy.start
    timings = [dosage.timing for dosage in dosages_of(resource) if dosage.timing is not None]
    moments = [at for timing in timings for text in timing.event or () if (at := calendar.known(text)) is not None]
    for timing in timings:
        moments += _recurring(timing.repeat, start.day, calendar)
    past = {at.text: at for at in moments if at.day >= start.day and calendar.is_past(at)}
    last = sorted(past.values(), key=lambda at: at.text)[-_MOST:]
    return [Dose(therapy.drug, at, therapy.reference, therapy.others) for at in last]


def _recurring(repeat: Repeat | None, start: date, calendar: Calendar) -> Iterator[Moment]:
    days = [_WEEKDAYS.index(day) for day in (repeat.dayOfWeek if repeat else None) or () if day in _WEEKDAYS]
    weeks = _weeks(repeat) if repeat is not None and days else None
    if repeat is None or weeks is None:
        return
    first = _first(start, days, weeks)
    clocks = _clocks(repeat.timeOfDay or ())
    today = calendar.today.day
    for weekday in days if first is not None else ():
        day = _on(first or start, weekday)
        skipped = max(0, (today - day).days // (_WEEK * weeks) - _MOST) * weeks
        day += timedelta(weeks=skipped)
        while day <= today:
            for clock in clocks:
                at = calendar.known(f"{day}T{clock.isoformat()}" if clock is not None else day.isoformat())
                yield from () if at is None else (at,)
            day += timedelta(weeks=weeks)


def _weeks(repeat: Repeat) -> int | None:
    """Weeks from one round to the next; None for any other cycle."""
    period = positive(repeat.period)
    if period is None and repeat.periodUnit is None:
        return 1
    if bytes(repeat.periodMax) or repeat.periodUnit not in ("wk", "d"):
        return None
    weeks = (period or Decimal(1)) / (1 if repeat.periodUnit == "wk" else _WEEK)
    return _CYCLES.get(weeks) if repeat.periodUnit == "wk" or weeks >= 1 else 1


def _first(start: date, days: Sequence[int], weeks: int) -> date | None:
    """The day from which rounds are counted; every other week is known only when the start is a day of the round."""
    return start if weeks == 1 or start.weekday() in days else None


def _on(start: date, weekday: int) -> date:
    return start + timedelta(days=(weekday - start.weekday()) % _WEEK)


def _clocks(texts: Sequence[str]) -> list[time | None]:
    found: list[time | None] = []
    for text in texts:
        try:
            found.append(time.fromisoformat(text).replace(tzinfo=None))
        except ValueError:
            return [None]
    return found or [None]
