"""From which day to which a timeline is shown."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta

from cds_hooks.presentation.timeline.values import Timeline

PERIODS = ("all", "24", "12", "6")  # months before the day of judgement
_LEAST = timedelta(days=60)
_AHEAD = timedelta(days=90)  # of what is planned at least, and
_SHARE = 0.4  # so much of the time before
_MARGIN = 0.03


def span_of(line: Timeline, period: str) -> tuple[date, date]:
    """The first and the last day.

    From the oldest result, dose or start of a therapy that is taken, or as far back as was asked for; ahead as far as
    draws are planned, within reason.
    """
    first = min([line.today - _LEAST, *_told(line)])
    if period != PERIODS[0]:
        first = max(first, line.today - timedelta(days=round(int(period) * 30.44)))
    reach = max(_AHEAD, (line.today - first) * _SHARE)
    planned = [row.next.latest for row in line.rows if row.next is not None]
    near = [day for day in planned if day <= line.today + reach]
    ahead = max(near, default=line.today + (reach if planned else timedelta(days=14)))
    last = max([line.today, ahead, *_told(line)])
    margin = (last - first) * _MARGIN
    return first - margin, last + margin


def _told(line: Timeline) -> Iterable[date]:
    yield from (point.at.day for row in line.rows for point in row.points if point.at.day <= line.today)
    yield from (dose.at.day for dose in line.doses)
    yield from (bar.start for bar in line.bars if bar.start is not None and bar.is_current and bar.start <= line.today)
