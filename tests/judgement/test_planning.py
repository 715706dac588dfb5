"""Visits, slots and draws: contiguous windows, weekday mornings inside the valid window, no second needle."""

from __future__ import annotations

import json
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import pytest

from cds_hooks.facts import Dose, Moment
from cds_hooks.judgement.planning.schedule import Visit, asked_at, counts_from, next_of
from cds_hooks.judgement.planning.slots import on_weekday, propose_slot
from cds_hooks.judgement.timing.course import Course
from tests.charts import chart
from tests.engine import report_of, site, states


def course(form_id: str, interval_hours: int, last_dose: Moment) -> Course:
    form = next(form for form in site().knowledge.forms if form.id == form_id)
    doses = (Dose("testosterone", last_dose, "MedicationAdministration/1"),)
    return Course("testosterone", (), None, form, Decimal(interval_hours), None, None, None, doses, POLICY)


POLICY = site().knowledge.policy
IN_BAND = [("2986-8", 520, "ng/dL"), ("4544-3", 47, "%"), ("2243-4", 28, "pg/mL")]
FULL_SET = [
    *IN_BAND,
    ("2857-1", 1.0, "ng/mL"),
    ("13967-5", 30, "nmol/L"),
    ("13457-7", 110, "mg/dL"),
    ("2085-9", 45, "mg/dL"),
    ("2160-0", 1.0, "mg/dL"),
    ("1742-6", 25, "U/L"),
]
MONDAY = Moment(date(2026, 8, 31), time(8))


@pytest.mark.parametrize(
    ("form", "hours", "due", "expected"),
    [
        ("TE-W", 168, date(2026, 11, 30), datetime(2026, 12, 3, 7)),
        ("TE-W", 168, date(2026, 9, 10), datetime(2026, 9, 10, 7)),
        ("TE-2W", 336, date(2026, 9, 7), datetime(2026, 9, 7, 7)),
        ("TE-SC-AI", 168, date(2026, 9, 7), datetime(2026, 9, 7, 7)),
        ("GEL162", 24, date(2026, 9, 9), datetime(2026, 9, 9, 7)),
    ],
)
def test_a_slot_is_the_valid_weekday_morning_nearest_to_the_due_date(
    form: str, hours: int, due: date, expected: datetime
) -> None:
    window = timedelta(days=30)
    slot = propose_slot(course(form, hours, MONDAY), due, due - window, due + window, MONDAY, skip=False)
    assert slot is not None
    assert slot.start == expected


SATURDAY, SUNDAY = date(2026, 9, 5), date(2026, 9, 6)


@pytest.mark.parametrize(
    ("due", "earliest", "latest", "today", "expected"),
    [
        (date(2026, 9, 4), date(2026, 9, 1), date(2026, 9, 9), date(2026, 9, 1), date(2026, 9, 4)),
        (SATURDAY, date(2026, 9, 4), date(2026, 9, 9), date(2026, 9, 1), date(2026, 9, 4)),
        (SUNDAY, date(2026, 9, 4), date(2026, 9, 9), date(2026, 9, 1), date(2026, 9, 7)),
        (SATURDAY, SATURDAY, date(2026, 9, 9), date(2026, 9, 1), date(2026, 9, 7)),
        (SUNDAY, date(2026, 9, 4), SUNDAY, date(2026, 9, 1), date(2026, 9, 4)),
        (SATURDAY, SATURDAY, SUNDAY, date(2026, 9, 1), SATURDAY),
        (SUNDAY, date(2026, 9, 1), date(2026, 9, 9), SUNDAY, date(2026, 9, 7)),
        (SATURDAY, SATURDAY, date(2026, 9, 9), SATURDAY, date(2026, 9, 7)),
        (SATURDAY, SATURDAY, SUNDAY, SATURDAY, SATURDAY),
        (SUNDAY, date(2026, 9, 1), SUNDAY, SATURDAY, SUNDAY),
    ],
    ids=[
        "a weekday stays",
        "Saturday goes back to Friday",
        "Sunday goes on to Monday",
        "nothing before the window",
        "nothing after the window",
        "a window of a weekend alone",
        "due today, a Sunday",
        "due today, a Saturday",
        "due today and at the weekend alone",
        "nothing before today",
    ],
)
def test_a_draw_whose_hour_does_not_matter_is_due_on_a_weekday(
    due: date, earliest: date, latest: date, today: date, expected: date
) -> None:
    assert on_weekday(due, earliest, latest, today) == expected


@pytest.mark.parametrize(
    ("conditions", "today", "due"),
    [
        ([], SATURDAY, "2026-09-07"),
        ([], SUNDAY, "2026-09-07"),
        ([], date(2026, 9, 4), "2026-09-04"),
        (["R17"], SATURDAY, "2026-09-05"),
        (["R17"], SUNDAY, "2026-09-06"),
    ],
    ids=[
        "liver tests that are missing wait for Monday",
        "on a Sunday too",
        "on a Friday they are due today",
        "with jaundice they are due today",
        "on a Sunday too, with jaundice",
    ],
)
def test_at_a_weekend_what_is_not_critical_is_due_on_monday(conditions: list[str], today: date, due: str) -> None:
    therapy = [{"text": "bicalutamide 50 mg daily", "every_days": 1, "start": date(2026, 1, 5)}]
    told = {"today": today, "age": 30, "gender": "male", "therapy": therapy, "conditions": conditions}
    draws = [draw for draw in report_of(chart(told), today)["draws"] if "alt" in draw["analytes"]]
    assert [draw["due"] for draw in draws] == [due]


def test_overdue_safety_labs_do_not_wait_for_monday() -> None:
    told = story(order={"last_dose": datetime(2026, 8, 31, 8)}, today=datetime(2026, 9, 5, 15))
    draws = report_of(chart(told), told["today"])["draws"]
    assert next(draw for draw in draws if "hematocrit" in draw["analytes"])["due"] == "2026-09-05"


def test_a_trough_slot_ends_when_the_next_dose_is_due() -> None:
    due = date(2026, 9, 7)
    slot = propose_slot(course("TE-SC-AI", 168, MONDAY), due, due, due, MONDAY, skip=False)
    assert slot is not None
    assert (slot.start, slot.end) == (datetime(2026, 9, 7, 7), datetime(2026, 9, 7, 8))


def test_a_slot_is_never_in_the_past() -> None:
    now = Moment(date(2026, 9, 3), time(12))
    due = date(2026, 9, 3)
    slot = propose_slot(course("TE-W", 168, MONDAY), due, due, due + timedelta(days=10), now, skip=False)
    assert slot is not None
    assert slot.start == datetime(2026, 9, 4, 7)


def test_a_dose_known_by_day_only_narrows_the_window_to_hours_that_are_surely_valid() -> None:
    due = date(2026, 9, 10)
    day_only = course("TE-W", 168, Moment(date(2026, 8, 31)))
    slot = propose_slot(day_only, due, due - timedelta(days=3), due + timedelta(days=3), MONDAY, skip=False)
    assert slot is not None
    assert slot.start.date() == date(2026, 9, 11)
    first, last = slot.start - datetime(2026, 9, 7, 23, 59, 59), slot.end - datetime(2026, 9, 7)
    assert timedelta(hours=58.8) <= first
    assert last <= timedelta(hours=109.2)


def test_no_slot_without_a_dose_or_in_another_clock() -> None:
    due = date(2026, 9, 10)
    form = next(form for form in site().knowledge.forms if form.id == "TE-W")
    bare = Course("testosterone", (), None, form, Decimal(168), None, None, None, (), POLICY)
    assert propose_slot(bare, due, due, due, MONDAY, skip=False) is None


def test_times_in_utc_are_exact_for_the_draw_and_leave_a_slot_that_is_valid_in_every_zone() -> None:
    told = story(
        order={"start": date(2026, 6, 1), "last_dose": datetime(2026, 8, 31, 8)},
        results=[[code, value, unit, datetime(2026, 9, 3, 20)] for code, value, unit in IN_BAND],
    )
    bundle = json.loads(json.dumps(chart(told)).replace("-05:00", "Z"))
    report = report_of(bundle, date(2026, 9, 4))
    level = next(f for f in report["findings"] if f["check"] == "MT-LVL-01")
    assert level["evidence"][0]["timing"] == "mid"
    assert report["draws"][0]["slot"] == {"start": "2026-12-03T08:49:00", "end": "2026-12-03T11:00:00"}


VISITS = tuple(
    Visit.read({"name": name, "at": at, "early": "14 d", "late": "30 d", "analytes": ["hematocrit"], **more})
    for name, at, more in (("3-month", "90 d", {}), ("6-month", "182 d", {}), ("annual", "365 d", {"every": "365 d"}))
)


@pytest.mark.parametrize(("place", "first"), [(0, 46), (1, 137), (2, 274)])
def test_a_result_between_two_visits_counts_for_the_nearer(place: int, first: int) -> None:
    assert counts_from(VISITS, place) == first


@pytest.mark.parametrize(
    ("answered", "visit", "due"),
    [
        (None, "3-month", 90),
        (45, "3-month", 90),
        (46, "6-month", 182),
        (125, "6-month", 182),
        (139, "annual", 365),
        (180, "annual", 365),
        (290, "annual", 655),
        (399, "annual", 764),
    ],
)
def test_an_item_is_due_at_the_first_visit_no_result_answers_and_yearly_from_the_last(
    answered: int | None, visit: str, due: int
) -> None:
    found = next_of("hematocrit", asked_at("hematocrit", VISITS), answered, day=45)
    assert found is not None
    assert (found.visit, found.due) == (visit, due)


def test_an_item_outside_every_visit_is_never_due() -> None:
    assert next_of("ldl", asked_at("ldl", VISITS), None, day=45) is None


@pytest.mark.parametrize(
    ("day", "visit", "due"),
    [(120, "3-month", 90), (121, "3-month", 90), (212, "3-month", 90), (213, "6-month", 182), (1161, "annual", 1095)],
)
def test_of_several_visits_that_passed_unanswered_the_last_is_named(day: int, visit: str, due: int) -> None:
    found = next_of("hematocrit", asked_at("hematocrit", VISITS), None, day)
    assert found is not None
    assert (found.visit, found.due) == (visit, due)


@pytest.mark.parametrize("day", [140, 280, 300, 365, 370, 500, 550, 600, 684])
@pytest.mark.parametrize("profile", ["optimization", "es2018", "aua2018"])
def test_labs_drawn_yesterday_are_never_called_missing(day: int, profile: str) -> None:
    start = date(2025, 1, 6)
    today = start + timedelta(days=day)
    results = [[code, value, unit, today - timedelta(days=1)] for code, value, unit in FULL_SET]
    told = story(order={"start": start}, results=results, today=today)
    report = report_of(chart(told), today, [profile])
    assert states(report)["SC-OVER-01"] == "clear"


def story(**more: Any) -> dict[str, Any]:
    base = {
        "rxnorm": "835840",
        "text": "testosterone cypionate 100 mg IM weekly",
        "every_days": 7,
        "start": date(2026, 3, 2),
    }
    return {"today": date(2026, 9, 4), "therapy": [base | more.pop("order", {})], "age": 45, **more}


def test_overdue_safety_labs_are_due_today_and_the_level_waits_for_its_hour() -> None:
    told = story(order={"last_dose": datetime(2026, 8, 31, 8)}, today=datetime(2026, 9, 4, 15))
    report = report_of(chart(told), told["today"])
    safety = next(draw for draw in report["draws"] if "hematocrit" in draw["analytes"])
    level = next(draw for draw in report["draws"] if "testosterone_total" in draw["analytes"])
    assert safety["due"] == "2026-09-04"
    assert "slot" not in safety
    assert level["slot"]["start"] == "2026-09-10T07:00:00"


def test_an_analyte_is_drawn_once_when_two_wishes_overlap() -> None:
    told = story(
        order={"start": date(2026, 6, 1), "last_dose": datetime(2026, 8, 31, 8)},
        results=[["2986-8", 980, "ng/dL", datetime(2026, 9, 1, 20)]],
        today=datetime(2026, 9, 2, 15),
    )
    report = report_of(chart(told), told["today"])
    levels = [draw for draw in report["draws"] if "testosterone_total" in draw["analytes"]]
    assert len(levels) == 1
    assert {"SC-DUE-01", "TM-INV-01", "3-month visit"} <= set(levels[0]["reasons"])


def test_a_level_is_drawn_at_the_hour_of_the_protocol_that_reads_it_in_its_own_way() -> None:
    told = {
        "today": datetime(2026, 9, 4, 15),
        "age": 57,
        "gender": "female",
        "therapy": [{"text": "testosterone gel 5 mg/d", "start": date(2026, 8, 5)}],
        "results": [["14913-8", 2.6, "nmol/L", datetime(2026, 9, 2, 14)]],
    }
    draws = [
        draw for draw in report_of(chart(told), told["today"])["draws"] if "testosterone_total" in draw["analytes"]
    ]
    assert draws
    assert all("at least 4 hours after the application" in draw["instruction"] for draw in draws)


def test_what_is_ordered_is_neither_overdue_nor_proposed_again() -> None:
    told = story()
    bundle = chart(told)
    bundle["entry"].append(
        {
            "resource": {
                "resourceType": "ServiceRequest",
                "id": "s1",
                "status": "active",
                "intent": "order",
                "authoredOn": "2026-08-20",
                "subject": {"reference": "Patient/story"},
                "code": {"coding": [{"system": "http://loinc.org", "code": "58410-2"}]},
            }
        }
    )
    report = report_of(bundle, told["today"])
    assert not any("hematocrit" in draw["analytes"] for draw in report["draws"])
    overdue = next(f for f in report["findings"] if f["check"] == "SC-OVER-01")
    assert "hematocrit" not in overdue["summary"].lower()


def test_without_a_recorded_start_no_visit_is_placed_and_that_is_said() -> None:
    told = story()
    del told["therapy"][0]["start"]
    report = report_of(chart(told), told["today"])
    finding = next(f for f in report["findings"] if f["check"] == "SC-OVER-01")
    assert finding["state"] == "unknown"
    assert finding["because"][0]["missing"] == "MedicationRequest.authoredOn"
    assert [draw["reasons"] for draw in report["draws"]] == [["SC-OVER-02"]]
