"""A result that a gate has made a bound is called neither in goal nor in target."""

from __future__ import annotations

from datetime import date
from typing import Any

from tests.charts import chart
from tests.engine import report_of

TODAY = date(2026, 9, 4)
BIOTIN = ["biotin 10 mg daily"]


def _said(story: dict[str, Any], check: str) -> list[str]:
    found = report_of(chart({"today": TODAY, "supplements": BIOTIN, **story}), TODAY)["findings"]
    return [one["summary"] for one in found if one["check"] == check and one["state"] == "raised"]


def test_a_testosterone_on_biotin_is_not_called_in_goal() -> None:
    drug = {"text": "testosterone cypionate 100 mg/week", "start": date(2025, 1, 1), "every_days": 7}
    said = _said({"therapy": [drug], "results": [["2986-8", 1610, "ng/dL", date(2026, 9, 3)]]}, "DQ-TIME-01")
    assert said
    assert not any("in goal" in one for one in said)


def test_a_tsh_on_biotin_in_pregnancy_is_not_called_in_the_goal() -> None:
    drug = {"text": "levothyroxine 100 mcg daily", "start": date(2025, 1, 1)}
    story = {"gender": "female", "age": 30, "pregnant": True, "therapy": [drug]}
    assert not _said({**story, "results": [["3016-3", 2.0, "m[IU]/L", date(2026, 9, 3)]]}, "THY-09")
