"""The pictures of the page of statistics: each bar as high as what it counts, no week left out."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from service.codes.listing import SeenCode, UnmappedCodes
from service.memory.stats import Few, Kind, Stats, Week
from service.operating.counts.counting import Counting
from service.pages.stats_page import HEIGHT, MOST_WEEKS, TOP, StatsPage

MONDAY = date(2026, 8, 31)


def shown(*weeks: Week) -> StatsPage:
    """The page of these weeks."""
    stats = Stats((), (), Few(0, 0, 0, 0), 0, weeks)
    return StatsPage(stats, UnmappedCodes(0, 0, ()), Counting(), date(2026, 9, 4))


def week(after: int, **shown: int) -> Week:
    """A week so many after the first, with one card accepted."""
    return Week((MONDAY + timedelta(weeks=after)).isoformat(), 9, shown, accepted=1)


def kind(**weeks: int) -> Kind:
    """A kind of card, shown ten times."""
    told = {(MONDAY + timedelta(weeks=int(after[1:]))).isoformat(): count for after, count in weeks.items()}
    return Kind("s", "1", "T", "info", 10, 4, 1, 5, weeks=told)


def test_bars_stand_on_the_line_and_on_each_other() -> None:
    chart = shown(week(0, critical=1, info=3), week(1, info=2)).urgencies
    assert chart.most == 4
    first, second, alone = chart.pieces
    assert (first.name, first.y + first.height) == ("critical", TOP + HEIGHT)
    assert (second.name, second.y + second.height, second.y) == ("info", first.y, TOP)
    assert (alone.y + alone.height, alone.height) == (TOP + HEIGHT, HEIGHT // 2)
    assert first.x == second.x != alone.x


def test_what_was_not_answered_is_told_too() -> None:
    counts = {piece.name: piece.count for piece in shown(week(0, info=3)).outcomes.pieces}
    assert counts == {"accepted": 1, "unanswered": 2}


def test_a_week_without_evaluations_has_its_place() -> None:
    weeks = shown(week(0, info=1), week(3, info=1)).weeks
    assert [one.evaluations for one in weeks] == [9, 0, 0, 9]


def test_no_more_than_a_year_is_drawn_and_the_last_of_it() -> None:
    weeks = shown(week(0, info=1), week(60, info=1)).weeks
    assert len(weeks) == MOST_WEEKS
    assert weeks[-1].monday == (MONDAY + timedelta(weeks=60)).isoformat()


def test_nothing_is_drawn_of_nothing() -> None:
    page = shown()
    assert page.weeks == []
    assert page.urgencies.pieces == ()


@pytest.mark.parametrize(
    ("weeks", "line"),
    [({"w0": 2, "w1": 1}, "M0.0 1.0L50.0 10.0L100.0 19.0"), ({}, "M0.0 19.0L50.0 19.0L100.0 19.0")],
)
def test_a_line_has_a_point_for_each_week(weeks: dict[str, int], line: str) -> None:
    page = shown(week(0, info=1), week(1, info=1), week(2, info=1))
    assert page.line(kind(**weeks)) == line
    assert shown(week(0, info=1)).line(kind(**weeks)) == ""


def test_shares_fill_the_whole_bar() -> None:
    assert shown().shares(kind()) == [
        ("accepted", "0.00%", "40.00%"),
        ("overridden", "40.00%", "10.00%"),
        ("unanswered", "50.00%", "50.00%"),
    ]


def test_spans_begin_before_today() -> None:
    assert shown().spans()[0] == ("month", "2026-08-05")


def test_of_many_codes_the_first_are_listed_and_the_rest_counted() -> None:
    seen = tuple(SeenCode("laboratory", 9, MONDAY, MONDAY, code=f"X{place}") for place in range(30))
    stats = Stats((), (), Few(0, 0, 0, 0), 0, ())
    page = StatsPage(stats, UnmappedCodes(0, 41, seen), Counting(), MONDAY)
    assert [one.code for one in page.codes] == [f"X{place}" for place in range(20)]
    assert page.more_codes == 21
