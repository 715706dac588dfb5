"""Doses that an order plans by the calendar, where nobody noted when they were taken."""

from __future__ import annotations

from datetime import date, time
from typing import Any

import pytest

from cds_hooks.facts import Moment
from tests.record.charts import Json, facts_of, request
from tests.record.test_doses import administration

FRIDAY = "2026-08-07"  # today is Friday 4 September 2026


def order(timing: Json | None = None, repeat: Json | None = None, **changes: Any) -> Json:
    schedule = timing if timing is not None else {"repeat": repeat or {}}
    return request(dosageInstruction=[{"timing": schedule}], **{"authoredOn": FRIDAY, **changes})


def doses(*resources: Json, **settings: Any) -> list[str]:
    return [dose.at.text for dose in facts_of(*resources, **settings).doses]


def weekly(*days: str, **more: Any) -> Json:
    return {"dayOfWeek": list(days), "period": 1, "periodUnit": "wk", **more}


def test_a_weekly_injection_was_due_on_each_of_its_days_since_the_start() -> None:
    assert doses(order(repeat=weekly("mon"))) == ["2026-08-10", "2026-08-17", "2026-08-24", "2026-08-31"]
    assert doses(order(repeat={"dayOfWeek": ["mon"]})) == ["2026-08-10", "2026-08-17", "2026-08-24", "2026-08-31"]


def test_a_planned_hour_is_kept() -> None:
    assert doses(order(repeat=weekly("mon", timeOfDay=["19:30:00"])))[-1] == "2026-08-31T19:30"


def test_twice_a_week_has_two_days() -> None:
    found = doses(order(repeat=weekly("mon", "thu", frequency=2)))
    assert sorted(found)[-3:] == ["2026-08-27", "2026-08-31", "2026-09-03"]


@pytest.mark.parametrize(
    ("now", "last"),
    [
        (Moment(date(2026, 9, 4)), "2026-08-28T08:00"),
        (Moment(date(2026, 9, 4), time(7, 59)), "2026-08-28T08:00"),
        (Moment(date(2026, 9, 4), time(8, 1)), "2026-09-04T08:00"),
    ],
)
def test_a_dose_of_today_counts_once_its_hour_has_passed(now: Moment, last: str) -> None:
    assert doses(order(repeat=weekly("fri", timeOfDay=["08:00:00"])), today=now)[-1] == last


def test_every_other_week_is_known_when_it_begins_on_a_day_of_the_plan() -> None:
    every_other = {**weekly("fri"), "period": 2}
    assert doses(order(repeat=every_other)) == ["2026-08-07", "2026-08-21"]
    bounds = {"boundsPeriod": {"start": "2026-08-14"}}
    assert doses(order(repeat={**every_other, **bounds})) == ["2026-08-14", "2026-08-28"]
    assert doses(order(repeat={**every_other, "dayOfWeek": ["mon"]})) == []


def test_dates_of_the_plan_are_doses_as_far_as_they_are_past() -> None:
    dates = ["2026-08-01", "2026-08-10", "2026-08-25T09:00:00+02:00", "2026-09-10"]
    assert doses(order({"event": dates})) == ["2026-08-10", "2026-08-25T09:00"]


@pytest.mark.parametrize(
    "chart",
    [
        order(repeat=weekly("mon"), authoredOn=None),
        order(repeat=weekly("mon"), status="on-hold"),
        order(repeat=weekly("mon"), status="stopped"),
        order(repeat=weekly("mon"), status="draft"),
        order(repeat=weekly("mon"), status="entered-in-error"),
        order(repeat=weekly("mon"), subject={"reference": "Patient/2"}),
        order(repeat=weekly("someday")),
        order(repeat={**weekly("mon"), "period": 3}),
        order(repeat={**weekly("mon"), "period": 1, "periodUnit": "mo"}),
        order(repeat={**weekly("mon"), "periodMax": 2}),
        order(repeat={"period": 1, "periodUnit": "wk"}),
        order(repeat=weekly("mon"), medicationCodeableConcept={"text": "testosterone 1 % gel"}),
    ],
)
def test_a_plan_that_is_not_in_force_or_names_no_day_tells_of_no_dose(chart: Json) -> None:
    assert doses(chart) == []


def test_a_dose_that_was_noted_wins_over_the_plan() -> None:
    noted = administration(effectiveDateTime="2026-08-19")
    assert doses(order(repeat=weekly("mon")), noted) == ["2026-08-19", "2026-08-10", "2026-08-17"]


def test_a_long_plan_is_told_by_its_last_doses() -> None:
    found = doses(order(repeat=weekly("mon"), authoredOn="2015-01-01"))
    assert (len(found), found[-1]) == (60, "2026-08-31")
