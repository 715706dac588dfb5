"""Differences between moments whose precision the chart decides: exact hours, a range of hours, or unknown."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

from cds_hooks.facts import Moment

_END_OF_DAY = time(23, 59, 59)
_HOUR = timedelta(hours=1)
_WESTERNMOST, _EASTERNMOST = timedelta(hours=-12), timedelta(hours=14)


def days_between(earlier: Moment, later: Moment) -> int:
    """Calendar days from one moment to the other; negative when `later` comes first."""
    return (later.day - earlier.day).days


def span(moment: Moment) -> tuple[datetime, datetime]:
    """The earliest and latest local time a moment may mean; an instant may be any local time its zone could make it."""
    if moment.clock is not None:
        local = datetime.combine(moment.day, moment.clock)
        return local, local
    if moment.instant is not None:
        utc = moment.instant.astimezone(UTC).replace(tzinfo=None)
        return utc + _WESTERNMOST, utc + _EASTERNMOST
    return datetime.combine(moment.day, time.min), datetime.combine(moment.day, _END_OF_DAY)


def hours_between(earlier: Moment, later: Moment) -> tuple[Decimal, Decimal]:
    """The least and the most hours that may lie between two moments, both exact when both times are known."""
    if earlier.instant is not None and later.instant is not None:
        hours = _hours(later.instant - earlier.instant)
        return hours, hours
    first, second = span(earlier), span(later)
    return _hours(second[0] - first[1]), _hours(second[1] - first[0])


def surely_before(earlier: Moment, later: Moment) -> bool | None:
    """Whether one moment comes before the other; None when the chart's precision leaves it open."""
    hours = hours_between(earlier, later)
    if hours[0] >= 0:
        return True
    return False if hours[1] < 0 else None


SortKey = tuple[date, bool, time]
FIRST: SortKey = (date.min, False, time.min)  # before every moment


def sort_key(moment: Moment) -> SortKey:
    """Orders moments by local day, then by time of day; a day without time sorts first."""
    clock = moment.clock
    return (moment.day, True, clock) if clock is not None else (moment.day, False, time.min)


def _hours(delta: timedelta) -> Decimal:
    return Decimal(delta // timedelta(minutes=1)) / 60 if delta % _HOUR else Decimal(delta // _HOUR)
