"""Draws are placed in the dosing cycle as surely as the chart's precision allows."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from decimal import Decimal

import pytest

from cds_hooks.facts import Moment
from cds_hooks.judgement.timing import durations
from cds_hooks.judgement.timing.clock import hours_between, span, surely_before
from cds_hooks.judgement.timing.forms import Form

WEEKLY = Form.read(
    {
        "id": "TE-W",
        "title": "weekly",
        "drug": "testosterone",
        "timed": ["testosterone_total"],
        "valid": ["mid"],
        "slot": "mid",
        "target": "0.5",
        "clock": ["07:00", "11:00"],
        "instruction": "mid-interval",
        "source": ["local"],
        "confidence": "E",
        "window": {
            "peak": {"hours": ["24 h", "48 h"]},
            "mid": {"phase": ["0.35", "0.65"]},
            "trough": {"phase": ["0.90", "1.15"]},
            "late": {"phase": ["1.15", "52"]},
        },
    }
)
WEEK = Decimal(168)


@pytest.mark.parametrize(
    ("hours", "label"),
    [
        ("23.9", "other"),
        ("24", "peak"),
        ("48", "peak"),
        ("48.1", "other"),
        ("58.7", "other"),
        ("58.8", "mid"),
        ("109.2", "mid"),
        ("109.3", "other"),
        ("151.2", "trough"),
        ("193.2", "trough"),
        ("193.3", "late"),
    ],
)
def test_the_class_of_a_draw_follows_the_hours_after_a_weekly_dose(hours: str, label: str) -> None:
    assert WEEKLY.classify(Decimal(hours), Decimal(hours), WEEK) == label


def test_a_draw_whose_hours_may_lie_in_two_classes_has_no_known_class() -> None:
    assert WEEKLY.classify(Decimal(40), Decimal(64), WEEK) == "unknown"


def test_a_draw_known_only_by_day_is_classed_when_every_hour_of_it_agrees() -> None:
    two_weeks = Decimal(336)
    assert WEEKLY.classify(Decimal(144), Decimal(192), two_weeks) == "mid"


def test_hours_are_exact_between_instants_even_across_a_change_of_clock() -> None:
    dose = Moment(date(2026, 10, 24), time(8), datetime(2026, 10, 24, 6, tzinfo=UTC))
    draw = Moment(date(2026, 10, 25), time(8), datetime(2026, 10, 25, 7, tzinfo=UTC))
    assert hours_between(dose, draw) == (Decimal(25), Decimal(25))


def test_an_instant_of_unknown_zone_may_be_any_local_time_its_zone_could_make_it() -> None:
    dose = Moment(date(2026, 8, 31), None, datetime(2026, 8, 31, 8, tzinfo=UTC))
    assert span(dose) == (datetime(2026, 8, 30, 20), datetime(2026, 8, 31, 22))
    least, most = hours_between(dose, Moment(date(2026, 9, 3), time(20)))
    assert (least, most) == (Decimal(70), Decimal(96))


def test_a_day_without_time_leaves_a_range_of_hours() -> None:
    dose = Moment(date(2026, 8, 31), time(8))
    least, most = hours_between(dose, Moment(date(2026, 9, 3)))
    assert (int(least), int(most)) == (64, 87)


def test_two_events_of_one_day_without_time_have_no_known_order() -> None:
    day = Moment(date(2026, 9, 3))
    assert surely_before(day, day) is None
    assert surely_before(Moment(date(2026, 9, 2)), day) is True
    assert surely_before(day, Moment(date(2026, 9, 2))) is False


@pytest.mark.parametrize(("text", "hours"), [("14 d", 336), ("36 h", 36), ("1 wk", 168), ("2 a", 17532)])
def test_durations_are_read_with_their_unit(text: str, hours: int) -> None:
    assert durations.hours(text) == hours


@pytest.mark.parametrize("text", ["14", "14 days", "d", "-1 d", "1.5 d x"])
def test_a_duration_that_is_none_is_refused_by_name(text: str) -> None:
    with pytest.raises(ValueError, match="as in '14 d'"):
        durations.hours(text)
