"""The closing card names the next blood test of all, also where another card asks for it."""

from __future__ import annotations

from datetime import date

from tests.charts import chart
from tests.engine import report_of

TODAY = date(2026, 9, 4)


def test_a_repeat_that_another_card_asks_for_comes_before_the_annual_visit() -> None:
    story = {
        "today": TODAY,
        "therapy": [{"text": "levothyroxine 100 mcg daily", "start": date(2025, 1, 1)}],
        "results": [["3016-3", 12, "m[IU]/L", date(2026, 9, 3)]],
    }
    summaries = [card["summary"] for card in report_of(chart(story), TODAY)["cards"]]
    assert "Next blood test Fri 2026-10-16: TSH, free T4." in summaries


def test_central_disease_is_followed_by_free_t4_and_never_by_tsh() -> None:
    story = {
        "today": TODAY,
        "conditions": ["E23.0"],
        "therapy": [{"text": "levothyroxine 100 mcg daily", "start": date(2025, 1, 1)}],
        "results": [["3024-7", 1.5, "ng/dL", date(2026, 9, 3)]],
    }
    draws = report_of(chart(story), TODAY)["draws"]
    assert [draw["analytes"] for draw in draws] == [["ft4"]]


def test_the_illness_that_colours_a_result_is_named_not_an_old_one() -> None:
    story = {
        "today": TODAY,
        "conditions": [["A41.9", date(2022, 1, 1)], ["U07.1", date(2026, 8, 20)]],
        "therapy": [{"text": "levothyroxine 100 mcg daily", "start": date(2025, 1, 1)}],
        "results": [["3016-3", 6, "m[IU]/L", date(2026, 9, 3)]],
    }
    findings = report_of(chart(story), TODAY)["findings"]
    said = next(one["summary"] for one in findings if one["check"] == "PRE-ILL")
    assert said.startswith("TSH drawn within 6 weeks of an acute illness")
