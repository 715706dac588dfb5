"""The course of a drug: where it began, what changed, when a level can be read, what is said when that is unknown."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import pytest
from msgspec.structs import replace

from cds_hooks.facts import Dose, Facts, Moment, Patient, Therapy
from cds_hooks.judgement.timing.course import Course, course_of
from tests.charts import chart
from tests.engine import report_of, site, states


def order(start: date | None, *, end: date | None = None, dose: str = "100 mg", **more: Any) -> Therapy:
    fields: dict[str, Any] = {
        "drug": "testosterone",
        "reference": f"MedicationRequest/{start}",
        "name": "testosterone cypionate",
        "basis": "name in text",
        "status": "stopped" if end else "active",
        "product": "cypionate",
        "route": "injection",
        "dose": dose,
        "start": Moment(start) if start else None,
        "end": Moment(end) if end else None,
    }
    return Therapy(**(fields | more))


def course(*therapies: Therapy, doses: tuple[Dose, ...] = ()) -> Course:
    found = course_of(
        ("testosterone",),
        Facts(Patient("Patient/1"), (), therapies, doses),
        site().knowledge.forms,
        site().knowledge.policy,
    )
    assert found is not None
    return found


def dose(day: date) -> Dose:
    return Dose("testosterone", Moment(day), f"MedicationAdministration/{day}")


@pytest.mark.parametrize(
    ("therapies", "start", "changed"),
    [
        ([order(date(2026, 6, 1))], date(2026, 6, 1), date(2026, 6, 1)),
        ([order(date(2026, 1, 5), end=date(2026, 6, 1)), order(date(2026, 6, 1))], date(2026, 1, 5), date(2026, 1, 5)),
        (
            [order(date(2026, 1, 5), end=date(2026, 6, 1)), order(date(2026, 6, 1), dose="120 mg")],
            date(2026, 1, 5),
            date(2026, 6, 1),
        ),
        ([order(date(2025, 1, 5), end=date(2026, 2, 1)), order(date(2026, 6, 1))], date(2025, 1, 5), date(2025, 1, 5)),
        ([order(date(2025, 1, 5), end=date(2026, 1, 31)), order(date(2026, 6, 1))], date(2026, 6, 1), date(2026, 6, 1)),
        ([order(date(2025, 1, 5)), order(date(2026, 6, 1))], date(2025, 1, 5), date(2025, 1, 5)),
        ([order(None)], None, None),
    ],
)
def test_an_episode_begins_with_the_first_order_and_anew_after_more_than_120_days_without(
    therapies: list[Therapy], start: date | None, changed: date | None
) -> None:
    found = course(*therapies)
    assert (found.start and found.start.day, found.changed and found.changed.day) == (start, changed)


def test_doses_given_between_two_orders_bridge_the_gap() -> None:
    earlier, later = order(date(2025, 1, 5), end=date(2025, 6, 1)), order(date(2026, 6, 1))
    doses = tuple(map(dose, (date(2025, 9, 20), date(2026, 1, 10), date(2026, 4, 25))))
    assert course(earlier, later, doses=doses).start == Moment(date(2025, 1, 5))
    assert course(earlier, later, doses=doses[1:]).start == Moment(date(2026, 1, 10))


def test_doses_before_the_only_order_belong_to_its_episode() -> None:
    renewal = order(date(2026, 6, 1))
    found = course(renewal, doses=(dose(date(2026, 3, 1)), dose(date(2026, 5, 1))))
    assert (found.start, found.changed) == (Moment(date(2026, 3, 1)), Moment(date(2026, 3, 1)))


@pytest.mark.parametrize(
    "renewal", [{"dose": None}, {"product": None}, {"route": None}, {"interval_hours": None}, {"dose": "100 mg"}]
)
def test_a_renewal_that_leaves_something_out_is_no_change(renewal: dict[str, Any]) -> None:
    first = order(date(2026, 1, 5), end=date(2026, 6, 1))
    again = order(date(2026, 6, 1), **renewal)
    assert course(first, again).changed == Moment(date(2026, 1, 5))


def test_two_products_in_use_leave_the_form_open() -> None:
    weekly: dict[str, Any] = {"interval_hours": 168}
    gel = order(date(2026, 6, 1), product="androgel-1.62", route="topical", reference="MedicationRequest/gel")
    assert course(order(date(2026, 1, 5), **weekly), gel).form is None
    assert course(order(date(2026, 1, 5), end=date(2026, 6, 1), **weekly), gel).form is not None


def test_a_drug_known_only_from_doses_began_with_the_first_of_them() -> None:
    found = course(doses=(dose(date(2026, 6, 8)), dose(date(2026, 6, 1))))
    assert (found.start, found.form, found.current) == (Moment(date(2026, 6, 1)), None, None)


def test_a_long_interval_keeps_its_episode_longer() -> None:
    quarterly: dict[str, Any] = {"product": "undecanoate", "interval_hours": 2352}
    earlier = order(date(2025, 1, 5), end=date(2026, 1, 10), **quarterly)
    assert course(earlier, order(date(2026, 6, 1), **quarterly)).start == Moment(date(2025, 1, 5))


def story(*results: list[Any], **order_changes: Any) -> dict[str, Any]:
    weekly = {
        "rxnorm": "835840",
        "text": "testosterone cypionate 100 mg IM",
        "route": "intramuscular",
        "every_days": 7,
        "start": datetime(2026, 6, 1, 8),
        "last_dose": datetime(2026, 8, 31, 8),
    }
    kept = {name: value for name, value in (weekly | order_changes).items() if value is not None}
    return {"today": datetime(2026, 9, 4, 15), "therapy": [kept], "results": list(results)}


LEVEL = ["2986-8", 380, "ng/dL", datetime(2026, 9, 3, 20)]


def missing(report: dict[str, Any], check: str) -> list[str]:
    finding = next(f for f in report["findings"] if f["check"] == check)
    assert finding["state"] in ("unknown", "raised"), finding
    return [step["missing"] for step in finding["because"] if "missing" in step]


@pytest.mark.parametrize(
    ("change", "check", "element"),
    [
        ({"last_dose": None}, "MT-LVL-01", "MedicationAdministration.effectiveDateTime (last dose before the draw)"),
        ({"every_days": None}, "MT-LVL-01", "dosageInstruction.route and timing"),
        ({"start": None}, "TM-SS-01", "MedicationRequest.authoredOn"),
        ({"start": None}, "MT-PSA-05", "MedicationRequest.authoredOn"),
    ],
)
def test_what_is_unknown_names_the_element_that_would_have_told(
    change: dict[str, Any], check: str, element: str
) -> None:
    told = story(LEVEL, ["2857-1", 1.0, "ng/mL", date(2026, 9, 3)], **change)
    assert element in missing(report_of(chart(told), told["today"]), check)


def test_a_level_of_a_course_without_recorded_start_is_judged_all_the_same() -> None:
    told = story(LEVEL, start=None)
    assert states(report_of(chart(told), told["today"]))["MT-LVL-01"] == "raised"


def test_two_doses_on_the_day_of_the_draw_without_times_leave_the_timing_unknown() -> None:
    told = story(["2986-8", 380, "ng/dL", date(2026, 8, 31)], last_dose=date(2026, 8, 31))
    finding = next(f for f in report_of(chart(told), told["today"])["findings"] if f["check"] == "DQ-TIME-01")
    assert finding["state"] == "raised"
    assert finding["evidence"][0]["timing"] == "unknown"


def test_free_testosterone_is_calculated_with_the_albumin_of_the_same_draw() -> None:
    drawn = datetime(2026, 9, 3, 8)
    rows = [["14913-8", 24, "nmol/L", drawn], ["13967-5", 25, "nmol/L", drawn], ["1751-7", 4.0, "g/dL", drawn]]
    told = story(*rows)
    derived = {d["quantity"]: d for d in report_of(chart(told), told["today"])["derived"]}
    assert derived["calculated_free_testosterone"]["value"] == 647.9
    assert derived["calculated_free_testosterone"]["from"] == ["Observation/o1", "Observation/o2"]


@pytest.mark.parametrize(
    "other", [["13967-5", 25, "nmol/L", date(2026, 9, 1)], ["13967-5", 0.5, "nmol/L", date(2026, 9, 3)]]
)
def test_nothing_is_calculated_from_another_draw_or_an_impossible_value(other: list[Any]) -> None:
    told = story(["14913-8", 24, "nmol/L", date(2026, 9, 3)], other)
    assert report_of(chart(told), told["today"])["derived"] == []


def test_facts_are_not_changed_by_judging_them() -> None:
    found = course(order(date(2026, 6, 1)))
    assert replace(found) == found
