"""A condition that only asks for a result has no limit to print, and a value in goal names its goal."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import pytest

from tests.charts import chart
from tests.engine import report_of

TODAY = date(2026, 9, 4)
CYPIONATE = {"text": "testosterone cypionate 100 mg", "route": "injection", "every_days": 7, "start": date(2026, 3, 1)}
PATCH = {"text": "estradiol patch 0.1 mg/24h", "route": "patch", "every_days": 3.5, "start": date(2026, 1, 5)}
WOMAN = {"age": 35, "conditions": ["F64.0"], "therapy": [PATCH]}
DRAWN = datetime(2026, 9, 3, 8)


def raised(story: dict[str, Any], check: str) -> dict[str, Any]:
    """The raised finding of a check."""
    found = report_of(chart({"today": TODAY, **story}), TODAY)["findings"]
    (one,) = [one for one in found if one["check"] == check and one["state"] == "raised"]
    finding: dict[str, Any] = one
    return finding


def limits(finding: dict[str, Any]) -> list[str]:
    """What a card prints as limits."""
    return [step["limit"] for step in finding["because"] if step["outcome"] == "true" and "limit" in step]


@pytest.mark.parametrize(
    ("story", "limit"),
    [
        ({"therapy": [CYPIONATE], "results": [["2986-8", 520, "ng/dL", DRAWN]]}, "inside 450–700 ng/dL"),
        ({**WOMAN, "results": [["2243-4", 150, "pg/mL", DRAWN]]}, "inside 100–200 pg/mL"),
    ],
)
def test_a_value_in_goal_at_an_unknown_time_names_the_goal(story: dict[str, Any], limit: str) -> None:
    finding = raised(story, "DQ-TIME-01")
    assert "in goal" in finding["summary"]
    assert limits(finding) == [limit]


@pytest.mark.parametrize(
    ("value", "said"), [(449, "below goal"), (450, "in goal"), (700, "in goal"), (701, "above goal")]
)
def test_the_edges_of_a_goal_are_in_it(value: int, said: str) -> None:
    story = {"therapy": [CYPIONATE], "results": [["2986-8", value, "ng/dL", DRAWN]]}
    assert said in raised(story, "DQ-TIME-01")["summary"]


@pytest.mark.parametrize("comparator", ["<", ">"])
def test_an_estradiol_that_is_only_a_bound_is_not_called_in_goal(comparator: str) -> None:
    bound = {"valueQuantity": {"value": 150, "unit": "pg/mL", "code": "pg/mL", "comparator": comparator}}
    finding = raised({**WOMAN, "results": [["2243-4", 150, "pg/mL", DRAWN, bound]]}, "DQ-TIME-01")
    assert "in goal" not in finding["summary"]
    assert limits(finding) == []


def test_a_result_that_is_only_asked_for_prints_no_limit() -> None:
    conjugated = {"text": "conjugated estrogens 0.625 mg tablet", "start": date(2026, 1, 5)}
    story = {**WOMAN, "therapy": [conjugated], "results": [["2243-4", 40, "pg/mL", DRAWN]]}
    assert limits(raised(story, "GA-F-05")) == []


def test_a_goal_of_the_patients_own_with_one_edge_has_no_other() -> None:
    story = {
        **WOMAN,
        "goals": [{"loinc": "2243-4", "low": 100, "unit": "pg/mL"}],
        "results": [["2243-4", 350, "pg/mL", DRAWN]],
    }
    assert "in goal" in raised(story, "DQ-TIME-01")["summary"]


def test_an_age_is_no_bare_number() -> None:
    planned = {"text": "testosterone gel 1.62 %", "planned": True}
    finding = raised({"age": 56, "therapy": [planned], "results": [["4544-3", 46, "%", DRAWN]]}, "SC-BASE-01")
    assert set(limits(finding)) == {"from 40 years of age"}
