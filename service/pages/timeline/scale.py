"""Where values and days stand in a picture, and which of them are written beside it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from decimal import Decimal
from math import ceil, floor, log10, sqrt
from typing import NamedTuple

_TEN, _FIVE, _TWO = sqrt(50), sqrt(10), sqrt(2)
_MONTHS = (1, 2, 3, 6, 12, 24, 60, 120)  # between two ticks of a long time
_DAYS = (1, 2, 7, 14)  # and of a short one


class Scale(NamedTuple):
    """A line from one number to another, laid out from one place to another."""

    low: float
    high: float
    start: float
    end: float

    def at(self, value: float) -> float:
        """The place of a value, to a tenth."""
        share = (value - self.low) / (self.high - self.low)
        return round(self.start + share * (self.end - self.start), 1)

    def holds(self, value: float) -> bool:
        """Whether the value is on it."""
        return self.low <= value <= self.high


class Days(NamedTuple):
    """A line of time."""

    first: date
    last: date
    start: float
    end: float

    def at(self, day: date, share: float = 0.0) -> float:
        """The place of a day, or of a share of it, to a tenth."""
        scale = Scale(0, max(1, (self.last - self.first).days), self.start, self.end)
        return scale.at((day - self.first).days + share)

    def holds(self, day: date) -> bool:
        """Whether the day is on it."""
        return self.first <= day <= self.last


def step_of(low: float, high: float, count: int) -> float:
    """The distance of about `count` ticks: 1, 2 or 5 times a power of ten, as `tickIncrement` of d3-array has it."""
    rough = (high - low) / max(1, count)
    power = floor(log10(rough))
    error = rough / 10.0**power
    return (10 if error >= _TEN else 5 if error >= _FIVE else 2 if error >= _TWO else 1) * 10.0**power


def ticks(low: float, high: float, count: int) -> list[Decimal]:
    """Round numbers from `low` to `high`, about `count` of them, exact in decimals."""
    step = Decimal(repr(step_of(low, high, count)))
    step = step.quantize(Decimal(1).scaleb(step.adjusted()))
    first, last = ceil(low / float(step) - 1e-9), floor(high / float(step) + 1e-9)
    return [step * place for place in range(first, last + 1)]


def room_for(values: Iterable[Decimal]) -> tuple[float, float]:
    """From where to where a scale has to reach for all of these: a little beyond, never below zero but for values
    below it, and from zero where that is near."""
    found = [float(value) for value in values]
    low, high = min(found), max(found)
    margin = (high - low) * 0.12 or abs(high) * 0.25 or 1.0
    reach = low - margin
    if low >= 0 and (reach < 0 or low < 0.4 * high):
        reach = 0.0
    return reach, high + margin


def firsts(first: date, last: date, most: int) -> list[tuple[date, str]]:
    """At most `most` days to write below a line of time: firsts of months, or days where it is short."""
    months = (last.year - first.year) * 12 + last.month - first.month
    if months < 3:
        return _days(first, last, most)
    step = next((one for one in _MONTHS if months / one <= most), _MONTHS[-1])
    start = first.year * 12 + first.month - 1
    places = range(start + (-start % step), last.year * 12 + last.month, step)
    found = [date(place // 12, place % 12 + 1, 1) for place in places]
    inside = [day for day in found if first <= day <= last]
    return [(day, f"{day.year}" if step >= 12 else f"{day:%Y-%m}") for day in inside]


def _days(first: date, last: date, most: int) -> list[tuple[date, str]]:
    length = (last - first).days
    step = next((one for one in _DAYS if length / one <= most), _DAYS[-1])
    return [(first + timedelta(day), f"{first + timedelta(day):%m-%d}") for day in range(0, length + 1, step)]
