"""One analyte as a picture: what stands where, in the units of its viewBox. The template writes it down."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from cds_hooks.facts import Moment
from cds_hooks.presentation.timeline.values import Band, Line, Planned, Point, Row, Timeline
from service.pages.timeline.scale import Days, Scale, firsts, room_for, ticks

WIDTH, HEIGHT = 360, 190
LEFT, RIGHT, TOP, BOTTOM = 42, 350, 12, 164
_TICKS, _DATES = 4, 4
_APART = 11.0  # between two labels
_NEAR = 0.75  # a limit is drawn within so many heights of the rest


class Dot(NamedTuple):
    """A result. `shape` tells when it was drawn after a dose, or that it is only a bound."""

    point: Point
    x: float
    y: float
    shape: str


class Level(NamedTuple):
    """A limit across the picture; `label_y` is where it is written, if there is room."""

    line: Line
    y: float
    label_y: float | None


class Window(NamedTuple):
    """The next draw; `is_beyond`: it lies after the last day shown."""

    next: Planned
    x: float
    start: float
    width: float
    is_beyond: bool


class Picture(NamedTuple):
    """Everything there is to draw of one row. Without `dots` nothing could be placed."""

    row: Row
    dots: tuple[Dot, ...]
    strays: tuple[tuple[Point, float], ...]  # results that have a day and no usable number
    trail: str  # the path through what was judged
    last: str  # its last stretch, of which there is a verdict
    band: tuple[Band, float, float] | None  # top and height
    levels: tuple[Level, ...]
    others: tuple[Line, ...]  # limits that are too far away to be drawn
    numbers: tuple[tuple[float, str], ...]
    dates: tuple[tuple[float, str], ...]
    today: float
    doses: str  # a path of marks on the axis
    begun: tuple[float, ...]  # therapies that began or ended
    window: Window | None
    noise: tuple[float, float, float] | None  # x, and from where to where chance alone explains it


def picture_of(row: Row, line: Timeline, span: tuple[date, date]) -> Picture:
    """One row of a timeline, drawn."""
    days = Days(*span, LEFT, RIGHT)
    placed = [one for one in row.points if one.value is not None and one.mark != "unread" and days.holds(one.at.day)]
    band = next((one for one in row.bands if one.low is not None or one.high is not None), None)
    drawn = _near(row.lines, placed, band)
    scale, has_scale = _scale(placed, band, drawn, row), bool(placed or band or drawn)
    dots = tuple(_dot(one, days, scale) for one in placed)
    strays = tuple((one, _x(one.at, days)) for one in row.points if one.mark == "unread" and days.holds(one.at.day))
    trail, last = _paths(row, dots)
    return Picture(
        row=row,
        dots=dots,
        strays=strays,
        trail=trail,
        last=last,
        band=_band(band, scale),
        levels=_levels(drawn, scale),
        others=tuple(one for one in row.lines if one not in drawn),
        numbers=tuple((scale.at(float(one)), _plain(one)) for one in ticks(*scale[:2], _TICKS)) if has_scale else (),
        dates=tuple((days.at(day), text) for day, text in firsts(*span, _DATES)),
        today=days.at(line.today),
        doses=_doses(row, line, days),
        begun=_begun(line, days),
        window=_window(row.next, days),
        noise=_noise(row, dots, scale),
    )


def _near(lines: Sequence[Line], placed: Sequence[Point], band: Band | None) -> tuple[Line, ...]:
    """The limits in sight of the results and the band; none is hidden that a result has reached."""
    told = [one.value for one in placed if one.value is not None]
    edges = [edge for edge in (band.low, band.high) if edge is not None] if band is not None else []
    known = [float(one) for one in (*told, *edges)]
    if not known:
        return tuple(lines)
    low, high = min(known), max(known)
    reach = (high - low or abs(high) * 0.4 or 1.0) * _NEAR
    return tuple(one for one in lines if low - reach <= float(one.value) <= high + reach)


def _scale(placed: Sequence[Point], band: Band | None, drawn: Sequence[Line], row: Row) -> Scale:
    edges = [edge for edge in (band.low, band.high) if edge is not None] if band is not None else []
    values = [*(one.value for one in placed if one.value is not None), *edges, *(one.value for one in drawn)]
    if row.moved is not None and row.moved.noise is not None and placed:
        values += row.moved.noise
    return Scale(*room_for(values), BOTTOM, TOP) if values else Scale(0, 1, BOTTOM, TOP)


def _x(moment: Moment, days: Days) -> float:
    clock = moment.clock
    return days.at(moment.day, 0.5 if clock is None else (clock.hour + clock.minute / 60) / 24)


def _dot(point: Point, days: Days, scale: Scale) -> Dot:
    assert point.value is not None  # noqa: S101 - only those are placed
    return Dot(point, _x(point.at, days), scale.at(float(point.value)), _shape(point))


def _shape(point: Point) -> str:
    if point.comparator:
        return "up" if point.comparator.startswith(">") else "down"
    return point.phase if point.phase in ("trough", "mid", "peak", "pre-dose") else "round"


def _paths(row: Row, dots: Sequence[Dot]) -> tuple[str, str]:
    """The way through the results that were judged; the last stretch by itself where there is a verdict on it."""
    judged = [one for one in dots if one.point.mark in ("judged", "bound")]
    is_last = row.moved is not None and len(judged) > 1 and judged[-1].point.reference == row.moved.newest
    before = judged[:-1] if is_last else judged
    return _path(before), _path(judged[-2:]) if is_last else ""


def _path(dots: Sequence[Dot]) -> str:
    return "M" + "L".join(f"{one.x} {one.y}" for one in dots) if len(dots) > 1 else ""


def _band(band: Band | None, scale: Scale) -> tuple[Band, float, float] | None:
    if band is None:
        return None
    top = TOP if band.high is None else max(TOP, scale.at(float(band.high)))
    bottom = BOTTOM if band.low is None else min(BOTTOM, scale.at(float(band.low)))
    return band, top, round(bottom - top, 1)


def _levels(lines: Sequence[Line], scale: Scale) -> tuple[Level, ...]:
    """Each with its label above it, where no label of a more urgent one stands."""
    taken: list[float] = []
    found = []
    for one in lines:
        y = scale.at(float(one.value))
        label = y - 3 if y > TOP + 8 else y + 10
        is_free = all(abs(label - other) >= _APART for other in taken)
        taken += [label] if is_free else []
        found.append(Level(one, y, label if is_free else None))
    return tuple(found)


def _plain(number: object) -> str:
    return f"{number:f}"


def _doses(row: Row, line: Timeline, days: Days) -> str:
    """Marks of doses, in pictures of levels that doses move."""
    if not any(point.phase for point in row.points):
        return ""
    places = dict.fromkeys(_x(one.at, days) for one in line.doses if days.holds(one.at.day))
    return "".join(f"M{x} {BOTTOM}v-6" for x in places)


def _begun(line: Timeline, days: Days) -> tuple[float, ...]:
    told = [day for bar in line.bars for day in (bar.start, bar.end) if day is not None and not bar.is_planned]
    return tuple(dict.fromkeys(days.at(day) for day in told if days.holds(day)))


def _window(planned: Planned | None, days: Days) -> Window | None:
    if planned is None:
        return None
    if planned.due > days.last:
        return Window(planned, RIGHT, RIGHT, 0, is_beyond=True)
    start, end = days.at(max(planned.earliest, days.first)), days.at(min(planned.latest, days.last))
    return Window(
        planned, days.at(max(planned.due, days.first)), start, max(2.0, round(end - start, 1)), is_beyond=False
    )


def _noise(row: Row, dots: Sequence[Dot], scale: Scale) -> tuple[float, float, float] | None:
    if row.moved is None or row.moved.noise is None:
        return None
    newest = next((one for one in dots if one.point.reference == row.moved.newest), None)
    if newest is None:
        return None
    low, high = (scale.at(float(edge)) for edge in row.moved.noise)
    return newest.x, high, low
