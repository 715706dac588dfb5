"""Therapies as bars on one line of time, in thousandths of its length; drawn as wide as there is room."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from cds_hooks.presentation.timeline.values import Bar, Timeline
from service.pages.timeline.scale import Days, firsts

LENGTH = 1000
_DATES = 7


class Rail(NamedTuple):
    """One therapy: from where to where it was taken, and when doses were given. `opens`, `goes_on`: beyond the picture.

    `every` is the interval as (number, unit), the unit a name in the words: hours or days.
    """

    bar: Bar
    start: float
    width: float
    opens: bool
    goes_on: bool
    doses: str
    every: tuple[str, str] | None


class Rails(NamedTuple):
    """All therapies with the dates they share."""

    rails: tuple[Rail, ...]
    others: tuple[Bar, ...]  # without a day, or ended before the first day shown
    dates: tuple[tuple[float, str], ...]
    today: float
    first: date
    last: date


def rails_of(line: Timeline, span: tuple[date, date]) -> Rails:
    """The therapies of a timeline between two days."""
    days = Days(*span, 0, LENGTH)
    shown = [bar for bar in line.bars if bar.start is not None and not bar.is_planned and _overlaps(bar, line, days)]
    return Rails(
        tuple(_rail(bar, line, days) for bar in shown),
        tuple(bar for bar in line.bars if bar not in shown),
        tuple((days.at(day), text) for day, text in firsts(*span, _DATES)),
        days.at(line.today),
        *span,
    )


def _end(bar: Bar, line: Timeline) -> date:
    """Its end; of one that is taken, and of one whose end nobody wrote down, today."""
    return bar.end or line.today


def _overlaps(bar: Bar, line: Timeline, days: Days) -> bool:
    assert bar.start is not None  # noqa: S101 - only those with a start are asked about
    return bar.start <= days.last and _end(bar, line) >= days.first and (bar.is_current or bar.end is not None)


def _rail(bar: Bar, line: Timeline, days: Days) -> Rail:
    assert bar.start is not None  # noqa: S101 - as above
    start, end = max(bar.start, days.first), min(_end(bar, line), days.last)
    given = [dose.at.day for dose in line.doses if dose.drug == bar.drug and start <= dose.at.day <= end]
    return Rail(
        bar,
        days.at(start),
        max(3.0, round(days.at(end) - days.at(start), 1)),
        bar.start < days.first,
        bar.is_current and bar.end is None,
        _marks(given, days),
        _every(bar.every_hours),
    )


def _marks(given: Iterable[date], days: Days) -> str:
    """Doses as a path; those that would lie upon each other are one."""
    return "".join(f"M{place} 0v16" for place in dict.fromkeys(round(days.at(day)) for day in given))


def _every(hours: Decimal | None) -> tuple[str, str] | None:
    if hours is None:
        return None
    if hours == 24:
        return "1", "day"
    if hours < 24:
        return _plain(hours), "hours"
    return _plain(hours / 24), "days"


def _plain(number: Decimal) -> str:
    return f"{number.quantize(Decimal('0.1')).normalize():f}"
