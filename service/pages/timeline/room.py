"""How much of a long chart a page has room for: the newest is drawn, and of the rest is told how much there is."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from msgspec.structs import replace

from cds_hooks.presentation.timeline.values import Bar, Row, Timeline

MOST_RESULTS = 300  # of one analyte
MOST_THERAPIES = 40
MOST_DOSES = 2_000
MOST_ON_PAPER = 14  # therapies


class Fitted(NamedTuple):
    """What there is room for, on paper too, and how many are left out: results by analyte, and therapies."""

    line: Timeline
    older: dict[str, int]
    therapies: int
    on_paper: tuple[Bar, ...]


def fitted(line: Timeline) -> Fitted:
    """A timeline that a page can show, however long the chart is."""
    bars = _newest(line.bars, MOST_THERAPIES)
    return Fitted(
        replace(line, rows=tuple(map(_shortened, line.rows)), bars=bars, doses=line.doses[-MOST_DOSES:]),
        {row.analyte: len(row.points) - MOST_RESULTS for row in line.rows if len(row.points) > MOST_RESULTS},
        len(line.bars) - len(bars),
        _newest(bars, MOST_ON_PAPER),
    )


def _shortened(row: Row) -> Row:
    return replace(row, points=row.points[-MOST_RESULTS:])


def _newest(bars: Sequence[Bar], most: int) -> tuple[Bar, ...]:
    """What is taken before what was, then by its start; in their own order."""
    places = sorted(range(len(bars)), key=lambda place: _worth(bars[place]), reverse=True)[:most]
    return tuple(bars[place] for place in sorted(places))


def _worth(bar: Bar) -> tuple[bool, date]:
    return bar.is_current, bar.start or date.min
