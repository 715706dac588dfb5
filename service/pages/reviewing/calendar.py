"""The calendar of one profile as a picture: a lane for each test, its visits with their windows on a line of days."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from cds_hooks.judgement.planning.schedule import Schedule, Visit

HEAD, LANE = 30, 44  # pixels: of the scale, and of each test
MONTH = 30.4375  # days
STEPS = (1, 2, 3, 6, 12, 24)  # months between marks of the scale
MOST_MARKS = 9


@dataclass(frozen=True, slots=True)
class Bar:
    """One visit: where its window begins, how wide it is, and where its day is, each in percent of the picture."""

    start: str
    width: str
    at: str
    visit: str
    is_again: bool  # the next turn of a visit that repeats
    is_for_some: bool  # asked for with some forms of the drug only


@dataclass(frozen=True, slots=True)
class Lane:
    """One test, how far down it is drawn, and its visits."""

    label: str
    is_safety: bool
    top: int
    bars: tuple[Bar, ...]


@dataclass(frozen=True, slots=True)
class Calendar:
    """The picture: lanes, marks of the scale (percent, months), and its height in pixels."""

    lanes: tuple[Lane, ...]
    marks: tuple[tuple[str, int], ...]
    height: int


def calendar_of(schedule: Schedule, label: Callable[[str], str], members: Callable[[str], frozenset[str]]) -> Calendar:
    """The calendar; `label` names a test or panel, `members` are the analytes behind its name."""
    days = _last_day(schedule.visits)
    items = dict.fromkeys(item for visit in schedule.visits for item in visit.analytes)
    safety = frozenset(schedule.safety)
    ordered = sorted(items, key=lambda item: members(item).isdisjoint(safety))
    lanes = tuple(
        Lane(label(item), not members(item).isdisjoint(safety), HEAD + LANE * place, _bars(item, schedule, days))
        for place, item in enumerate(ordered)
    )
    return Calendar(lanes, _marks(days), HEAD + LANE * len(lanes))


def _bars(item: str, schedule: Schedule, days: int) -> tuple[Bar, ...]:
    asked = [visit for visit in schedule.visits if item in visit.analytes]
    return tuple(_bar(visit, day, days) for visit in asked for day in _turns(visit, days))


def _bar(visit: Visit, day: int, days: int) -> Bar:
    first = max(day - visit.early, 0)
    width = min(day + visit.late, days) - first
    return Bar(
        _percent(first, days), _percent(width, days), _percent(day, days), visit.name, day > visit.at, bool(visit.form)
    )


def _turns(visit: Visit, days: int) -> Sequence[int]:
    """The days of a visit that the picture has room for."""
    return range(visit.at, days + 1, visit.every) if visit.every is not None else (visit.at,)


def _last_day(visits: Sequence[Visit]) -> int:
    """The end of the picture: the last window, with one more turn of what repeats."""
    return max(visit.at + (visit.every or 0) + visit.late for visit in visits) + 14


def _marks(days: int) -> tuple[tuple[str, int], ...]:
    months = int(days / MONTH)
    step = next((step for step in STEPS if months / step < MOST_MARKS), STEPS[-1])
    return tuple((_percent(month * MONTH, days), month) for month in range(0, months + 1, step))


def _percent(days: float, of: int) -> str:
    return f"{100 * days / of:.2f}%"
