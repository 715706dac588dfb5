"""Times of a chart, to the precision the chart gave."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

import pytest

from cds_hooks.facts import Moment, UnreadReason
from cds_hooks.record.moments import Calendar, latest_day

NOWHERE = Calendar(Moment(date(2026, 9, 4)), None)
DENVER = Calendar(Moment(date(2026, 9, 4)), ZoneInfo("America/Denver"))


def test_an_offset_is_local_as_written() -> None:
    assert DENVER.moment("2026-09-03T20:00:00+02:00") == Moment(
        date(2026, 9, 3), time(20), datetime(2026, 9, 3, 18, tzinfo=UTC)
    )


def test_a_zero_offset_is_an_offset_like_any_other() -> None:
    assert DENVER.moment("2026-09-03T20:00:00+00:00").clock == time(20)


def test_z_is_converted_to_the_site_and_may_fall_on_the_day_before() -> None:
    assert DENVER.moment("2026-09-03T02:30:00Z") == Moment(
        date(2026, 9, 2), time(20, 30), datetime(2026, 9, 3, 2, 30, tzinfo=UTC)
    )


def test_z_without_a_site_zone_keeps_the_instant_and_leaves_the_time_of_day_unknown() -> None:
    assert NOWHERE.moment("2026-09-03T02:30:00Z") == Moment(
        date(2026, 9, 3), None, datetime(2026, 9, 3, 2, 30, tzinfo=UTC)
    )


@pytest.mark.parametrize("text", ["2026-09-03T23:59:60Z", "2026-09-03T23:59:60.500Z"])
def test_a_leap_second_is_the_second_before_it(text: str) -> None:
    """FHIR allows it; no clock here knows it, and one second decides nothing."""
    assert DENVER.moment(text) == DENVER.moment("2026-09-03T23:59:59Z")


def test_a_time_without_zone_is_local() -> None:
    assert NOWHERE.moment("2026-09-03T20:00:00") == Moment(date(2026, 9, 3), time(20))
    assert DENVER.moment("2026-09-03T20:00:00").instant == datetime(2026, 9, 4, 2, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("2026", UnreadReason.EFFECTIVE_IMPRECISE),
        ("2026-09", UnreadReason.EFFECTIVE_IMPRECISE),
        ("0000", UnreadReason.EFFECTIVE_INVALID),
        ("2026-13", UnreadReason.EFFECTIVE_INVALID),
        ("2026-13-45", UnreadReason.EFFECTIVE_INVALID),
        ("9999-12-31", UnreadReason.EFFECTIVE_INVALID),
        ("2201-01-01T00:00:00Z", UnreadReason.EFFECTIVE_INVALID),
        ("1899-12-31", UnreadReason.EFFECTIVE_INVALID),
        ("0001-01-01", UnreadReason.EFFECTIVE_INVALID),
        ("2026-02-30", UnreadReason.EFFECTIVE_INVALID),
        ("2026-09-03T24:00:00Z", UnreadReason.EFFECTIVE_INVALID),
        ("2026-09-03T20:00:61Z", UnreadReason.EFFECTIVE_INVALID),
        ("2026-09-03T20:60:00Z", UnreadReason.EFFECTIVE_INVALID),
        ("2026-09-03T20:00:00+25:00", UnreadReason.EFFECTIVE_INVALID),
        ("0001-01-01T00:00:00+14:00", UnreadReason.EFFECTIVE_INVALID),
        ("20260903", UnreadReason.EFFECTIVE_INVALID),
        ("2026-W36-4", UnreadReason.EFFECTIVE_INVALID),
        ("3.9.2026", UnreadReason.EFFECTIVE_INVALID),
        ("٢٠٢٦-09-03", UnreadReason.EFFECTIVE_INVALID),
        ("2026-09-03T20:00:00." + "0" * 90, UnreadReason.EFFECTIVE_INVALID),
        ("", UnreadReason.EFFECTIVE_INVALID),
    ],
)
def test_what_names_no_day_gives_the_reason(text: str, reason: UnreadReason) -> None:
    assert NOWHERE.moment(text) is reason


@pytest.mark.parametrize(
    ("today", "text", "future"),
    [
        ("2026-09-04", "2026-09-04", False),
        ("2026-09-04", "2026-09-04T23:59:00+02:00", False),
        ("2026-09-04", "2026-09-05", True),
        ("2026-09-04T15:00:00", "2026-09-04", False),
        ("2026-09-04T15:00:00", "2026-09-04T15:00:00", False),
        ("2026-09-04T15:00:00", "2026-09-04T15:01:00", True),
        ("2026-09-04T15:00:00+02:00", "2026-09-04T13:00:00Z", False),
        ("2026-09-04T15:00:00+02:00", "2026-09-04T13:00:01Z", True),
    ],
)
def test_the_future_begins_after_today_at_the_coarser_precision(today: str, text: str, future: bool) -> None:
    now, then = NOWHERE.moment(today), NOWHERE.moment(text)
    assert isinstance(now, Moment)
    assert isinstance(then, Moment)
    assert Calendar(now, None).is_future(then) is future


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("1953-12-29", date(1953, 12, 29)),
        ("1953-02", date(1953, 2, 28)),
        ("1952-02", date(1952, 2, 29)),
        ("1953", date(1953, 12, 31)),
        ("9999-12", date(9999, 12, 31)),
        ("1953-02-30", None),
        ("1953-13", None),
        ("unknown", None),
    ],
)
def test_the_latest_day_of_a_partial_date(text: str, day: date | None) -> None:
    assert latest_day(text) == day
