"""What the page of statistics shows: cards by week as pictures with a table behind, and what was not understood."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property

from service.codes.listing import UnmappedCodes
from service.memory.stats import Kind, Stats, Week
from service.operating.counts.counting import Counting

MOST_WEEKS = 52  # that are drawn
MOST_UNREAD = 12  # weeks that are told
SLOTS = 12  # a bar is never wider than with so many weeks
TOP, HEIGHT = 22, 120  # pixels
LABELS = 5
RIGHT = 85  # percent
URGENCIES = ("critical", "warning", "info")
OUTCOMES = ("accepted", "overridden", "unanswered")
SPANS = (("month", 30), ("quarter", 91), ("year", 365))
MOST_CODES = 20


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a bar: what it counts, where it is drawn (percent, pixels), and how often."""

    name: str
    x: str
    y: int
    width: str
    height: int
    count: int


@dataclass(frozen=True, slots=True)
class Chart:
    """Bars of weeks, each of several parts; what the upper line stands for; and a few Mondays below."""

    names: tuple[str, ...]
    pieces: tuple[Piece, ...]
    most: int
    labels: tuple[tuple[str, str, str], ...]  # percent, day, and where that is anchored


class StatsPage:
    """Statistics as a page tells them."""

    def __init__(self, stats: Stats, unmapped: UnmappedCodes, counting: Counting, today: date) -> None:
        self.stats, self.today = stats, today
        self.codes, self.more_codes = unmapped.unmapped[:MOST_CODES], max(unmapped.total - MOST_CODES, 0)
        self.is_counting = counting.is_on
        self.unread = sorted(counting.unread().items(), key=lambda pair: (-pair[1], pair[0]))

    @cached_property
    def weeks(self) -> list[Week]:
        """The weeks from the first to the last in which anything was judged, those without too; the last year's."""
        told = {week.monday: week for week in self.stats.weeks}
        if not told:
            return []
        last = date.fromisoformat(max(told))
        first = max(date.fromisoformat(min(told)), last - timedelta(weeks=MOST_WEEKS - 1))
        mondays = [(first + timedelta(weeks=place)).isoformat() for place in range((last - first).days // 7 + 1)]
        return [told.get(monday, Week(monday, 0)) for monday in mondays]

    @property
    def unread_weeks(self) -> list[Week]:
        """The last weeks of which reasons for what was not read are told, the newest first."""
        return [week for week in reversed(self.weeks) if week.unread][:MOST_UNREAD]

    @property
    def urgencies(self) -> Chart:
        """Cards shown in each week by their urgency."""
        return _chart([week.monday for week in self.weeks], URGENCIES, [week.shown for week in self.weeks])

    @property
    def outcomes(self) -> Chart:
        """What became of the cards that were shown in each week."""
        return _chart([week.monday for week in self.weeks], OUTCOMES, [outcomes_of(week) for week in self.weeks])

    def line(self, kind: Kind) -> str:
        """How often one kind of card was shown in each of the weeks, as a path in a box of 100 by 20."""
        counts = [kind.weeks.get(week.monday, 0) for week in self.weeks]
        if len(counts) < 2:
            return ""
        most = max([*counts, 1])
        points = [f"{100 * place / (len(counts) - 1):.1f} {19 - 18 * n / most:.1f}" for place, n in enumerate(counts)]
        return f"M{'L'.join(points)}"

    def shares(self, kind: Kind) -> list[tuple[str, str, str]]:
        """Accepted, overridden and unanswered as parts of one bar: name, start and width in percent."""
        found, start = [], 0.0
        for name in OUTCOMES:
            width = 100 * getattr(kind, name) / kind.shown
            if width:
                found.append((name, f"{start:.2f}%", f"{width:.2f}%"))
            start += width
        return found

    def spans(self) -> list[tuple[str, str]]:
        """Stretches of time to look at: their names among the words, and the day they begin."""
        return [(name, (self.today - timedelta(days)).isoformat()) for name, days in SPANS]


def outcomes_of(week: Week) -> dict[str, int]:
    """What became of a week's cards."""
    unanswered = sum(week.shown.values()) - week.accepted - week.overridden
    return {"accepted": week.accepted, "overridden": week.overridden, "unanswered": unanswered}


def _chart(mondays: Sequence[str], names: tuple[str, ...], counts: Sequence[Mapping[str, int]]) -> Chart:
    most = max([1, *(sum(week.values()) for week in counts)])
    slot = 100 / max(len(mondays), SLOTS)
    pieces = []
    for place, week in enumerate(counts):
        above = 0
        for name in names:
            count = week.get(name, 0)
            low, high = round(HEIGHT * above / most), round(HEIGHT * (above + count) / most)
            if count:
                x, y, tall = f"{slot * (place + 0.15):.2f}%", TOP + HEIGHT - high, max(high - low, 1)
                pieces.append(Piece(name, x, y, f"{slot * 0.7:.2f}%", tall, count))
            above += count
    step = max(1, -(-len(mondays) // LABELS))
    labels = tuple(_label(slot * (place + 0.15), mondays[place]) for place in range(0, len(mondays), step))
    return Chart(names, tuple(pieces), most, labels)


def _label(at: float, monday: str) -> tuple[str, str, str]:
    """A day below its bar; near the right edge it ends there."""
    return ("100%", monday, "end") if at > RIGHT else (f"{at:.2f}%", monday, "start")
