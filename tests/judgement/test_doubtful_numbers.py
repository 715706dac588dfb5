"""What a chart with several doubtful results gets to read: a reason for each, and nothing reassuring of any."""

from __future__ import annotations

from datetime import date, datetime
from itertools import permutations
from typing import Any

import pytest

from tests.charts import chart
from tests.engine import report_of, states

TODAY = date(2026, 9, 4)
DRAWN = date(2026, 9, 3)
BEFORE = date(2026, 2, 1)
CYPIONATE = {"text": "testosterone cypionate", "start": date(2026, 3, 1), "every_days": 14, "route": "injection"}


def report(*results: list[Any]) -> dict[str, Any]:
    return report_of(chart({"today": TODAY, "age": 60, "therapy": [CYPIONATE], "results": list(results)}), TODAY)


def said(found: dict[str, Any], check: str) -> str:
    (summary,) = [finding["summary"] for finding in found["findings"] if finding["check"] == check]
    return str(summary)


def test_every_doubtful_result_on_a_card_has_its_reason() -> None:
    found = report(["2345-7", 5.5, "mg/dL", DRAWN], ["4544-3", 0.55, "%", DRAWN])
    (card,) = [card for card in found["cards"] if card["indicator"] == "critical"]
    assert "glucose" not in card["summary"].lower()
    assert "- **Why:** glucose 5.5 mg/dL is outside 0.5 mmol/L to 120 mmol/L; as mmol/L" in card["detail"]
    assert "- **Why:** hematocrit 0.55 % is outside 15 % to 75 %; as L/L it would be 55 %" in card["detail"]


def test_a_held_result_is_unread_for_its_own_reason() -> None:
    found = report(["2345-7", 5.5, "mg/dL", DRAWN], ["4544-3", 0.55, "%", DRAWN])
    details = {item["reference"]: item["detail"] for item in found["unread"]}
    assert "glucose" not in details["Observation/o2"]
    assert details["Observation/o2"].startswith("DQ-UNIT-02: hematocrit 0.55 %")


def test_an_impossible_value_too_old_for_a_card_is_held_and_said_to_be() -> None:
    found = report(["2857-1", 1.0, "g/L", BEFORE], ["2857-1", 2.9, "ng/mL", DRAWN])
    assert states(found)["DQ-UNIT-02"] == "clear"
    assert said(found, "DQ-UNIT-02") == (
        "PSA 1.0 g/L (1000000.00 ng/mL) is outside 0 ng/mL to 5000 ng/mL; as ng/mL it would be 1 ng/mL; "
        "it is old, and no check uses it"
    )
    assert [item["reason"] for item in found["unread"]] == ["held"]


def test_a_baseline_that_serves_for_a_held_one_may_raise_and_never_clears() -> None:
    held, first = ["2857-1", 1.0, "g/L", BEFORE], ["2857-1", 1.1, "ng/mL", date(2026, 4, 1)]
    assert states(report(held, first, ["2857-1", 2.9, "ng/mL", DRAWN]))["MT-PSA-01"] == "raised"
    assert states(report(held, first, ["2857-1", 1.2, "ng/mL", DRAWN]))["MT-PSA-01"] == "unknown"
    assert states(report(first, ["2857-1", 1.2, "ng/mL", DRAWN]))["MT-PSA-01"] == "clear"


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_results_of_one_day_are_judged_alike_in_any_order(order: tuple[int, ...]) -> None:
    results = [["4544-3", 47, "%", DRAWN], ["4544-3", 0.55, "%", DRAWN], ["4544-3", 46, "%", DRAWN]]
    found = states(report(*[results[place] for place in order]))
    assert {found[name] for name in ("MT-HCT-01", "MT-HCT-02", "MT-HCT-03")} == {"unknown"}


def test_a_held_result_of_an_earlier_hour_does_not_stand_in_the_way() -> None:
    morning, evening = datetime(2026, 9, 3, 8), datetime(2026, 9, 3, 18)
    assert states(report(["4544-3", 0.55, "%", morning], ["4544-3", 47, "%", evening]))["MT-HCT-01"] == "clear"
    assert states(report(["4544-3", 47, "%", morning], ["4544-3", 0.55, "%", evening]))["MT-HCT-01"] == "unknown"


@pytest.mark.parametrize("code", ["2143-6", "9812-9"])
def test_a_low_cortisol_may_be_the_answer_to_dexamethasone(code: str) -> None:
    found = report([code, 14, "nmol/L", DRAWN])
    (card,) = [card for card in found["cards"] if "Cortisol" in card["summary"]]
    assert "dexamethasone" in card["detail"]
    assert "emergency" not in card["detail"]


@pytest.mark.parametrize(
    ("code", "value", "unit"),
    [
        ("9813-7", 82, "ug/dL"),  # 82 nmol/L would be critical, 82 ug/dL is high
        ("14675-3", 14, "nmol/L"),  # 14 nmol/L would be critical, 14 ug/dL is usual
        ("9812-9", 82, "ug/dL"),
    ],
)
def test_a_cortisol_of_which_one_reading_is_harmless_is_no_critical_one(code: str, value: float, unit: str) -> None:
    """A doubt is critical where every plausible reading is, and only there."""
    found = report([code, value, unit, datetime(2026, 9, 3, 8, 30)])
    (told,) = [one for one in found["findings"] if one["check"] == "DQ-UNIT-08"]
    assert (told["state"], told["urgency"]) == ("raised", "warning")
    assert "verify it today" in told["advice"]


@pytest.mark.parametrize(
    ("code", "possible", "unlikely", "unit"),
    [
        ("14749-6", 120, 120.1, "mmol/L"),
        ("2160-0", 40, 40.1, "mg/dL"),
        ("2160-0", 0.1, 0.09, "mg/dL"),
        ("3026-2", 60, 60.1, "ug/dL"),
        ("3053-6", 2000, 2001, "ng/dL"),
        ("17861-6", 30, 30.1, "mg/dL"),
        ("17861-6", 3, 2.9, "mg/dL"),
        ("13457-7", 2000, 2001, "mg/dL"),
        ("6690-2", 2000, 2001, "10*3/uL"),
        ("8302-2", 280, 281, "cm"),
    ],
)
def test_bounds_are_inclusive(code: str, possible: float, unlikely: float, unit: str) -> None:
    assert states(report([code, possible, unit, DRAWN]))["DQ-UNIT-02"] == "clear"
    assert states(report([code, unlikely, unit, DRAWN]))["DQ-UNIT-02"] == "raised"


@pytest.mark.parametrize(
    ("code", "as_labelled", "mislabelled", "unit", "check"),
    [
        ("718-7", 12.5, 12.6, "mmol/L", "DQ-UNIT-10"),
        ("3024-7", 2.3, 2.2, "pg/mL", "DQ-UNIT-10"),
        ("3051-0", 2, 2.1, "ng/dL", "DQ-UNIT-10"),
        ("2484-4", 130, 131, "nmol/L", "DQ-UNIT-10"),
        ("2991-8", 300, 301, "pg/mL", "DQ-UNIT-10"),
        ("10501-5", 100, 99, "m[IU]/L", "DQ-UNIT-11"),
        ("15067-2", 100, 99, "m[IU]/L", "DQ-UNIT-11"),
        ("9812-9", 60, 61, "ug/dL", "DQ-UNIT-08"),
    ],
)
def test_a_number_is_doubted_just_beyond_what_its_label_allows(
    code: str, as_labelled: float, mislabelled: float, unit: str, check: str
) -> None:
    assert states(report([code, as_labelled, unit, DRAWN]))[check] == "clear"
    assert states(report([code, mislabelled, unit, DRAWN]))[check] == "raised"


@pytest.mark.parametrize(
    ("code", "value", "unit", "held"),
    [
        ("14913-8", 99.9, "nmol/L", False),
        ("14913-8", 100, "nmol/L", True),
        ("2991-8", 499, "pg/mL", False),
        ("2991-8", 500, "pg/mL", True),
    ],
)
def test_a_level_a_peak_can_reach_is_doubted_and_judged(code: str, value: float, unit: str, held: bool) -> None:
    found = report([code, value, unit, DRAWN])
    assert states(found)["DQ-UNIT-06" if unit == "nmol/L" else "DQ-UNIT-10"] == "raised"
    assert bool(found["unread"]) is held
