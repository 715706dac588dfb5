"""A level that nothing compares with a target is said to be so, once and only then."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from tests.charts import chart
from tests.engine import report_of

TODAY = date(2026, 9, 4)
NOT_JUDGED = "Levels were not judged against a target"
GEL = {"text": "testosterone gel 1.62 %", "start": date(2025, 9, 1)}
PATCH = {"text": "estradiol patch 0.05 mg/24h twice weekly", "start": date(2026, 3, 1)}
TESTOSTERONE = ["2986-8", 520, "ng/dL", date(2026, 9, 3)]
ESTRADIOL = ["2243-4", 60, "pg/mL", date(2026, 9, 3)]
PROLACTIN = ["2842-3", 12, "ng/mL", date(2026, 9, 3)]


@pytest.mark.parametrize(
    ("story", "said"),
    [
        ({"therapy": [GEL], "results": [TESTOSTERONE], "organs": {"prostate": "present", "uterus": "present"}}, True),
        ({"therapy": [GEL], "results": [TESTOSTERONE], "gender": "unknown"}, True),
        ({"therapy": [GEL], "results": [TESTOSTERONE, PROLACTIN]}, False),
        ({"therapy": [PATCH], "results": [ESTRADIOL, PROLACTIN], "gender": "female", "age": 54}, False),
        ({"therapy": [GEL], "organs": {"prostate": "present", "uterus": "present"}}, False),
    ],
)
def test_a_level_is_named_as_not_judged_where_no_protocol_with_a_target_fits(story: dict[str, Any], said: bool) -> None:
    cards = report_of(chart({"today": TODAY, **story}), TODAY)["cards"]
    assert any(card["summary"].startswith(NOT_JUDGED) for card in cards) is said
