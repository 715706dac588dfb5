"""An open order counts while it is recent and no result has come since; schedule and suggestions agree on it."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from tests.charts import chart
from tests.engine import report_of

TODAY = date(2026, 9, 4)
MAN = {
    "today": TODAY,
    "therapy": [{"text": "testosterone gel 1.62 %", "start": date(2026, 3, 1)}],
    "results": [["4544-3", 55, "%", date(2026, 8, 20)]],
}


def order(authored: str | None) -> dict[str, Any]:
    """An open order of a blood count."""
    found = {
        "resourceType": "ServiceRequest",
        "id": "s1",
        "status": "active",
        "intent": "order",
        "subject": {"reference": "Patient/story"},
        "code": {"coding": [{"system": "http://loinc.org", "code": "58410-2"}]},
    }
    return found if authored is None else found | {"authoredOn": authored}


@pytest.mark.parametrize(
    ("authored", "counts"),
    [
        ("2026-09-01", True),
        ("2026-08-20", True),  # of the result's own day: it may have been placed because of it
        ("2026-08-19", False),  # answered by the result
        ("2026-06-01", False),
        (None, False),
    ],
)
def test_an_order_placed_since_the_result_is_not_offered_again(authored: str | None, counts: bool) -> None:
    bundle = chart(MAN)
    bundle["entry"].append({"resource": order(authored)})
    (card,) = [card for card in report_of(bundle, TODAY)["cards"] if card["indicator"] == "critical"]
    offered = any("CBC panel" in offer["label"] for offer in card.get("suggestions", []))
    assert offered is not counts
    assert ("Already ordered: hematocrit" in card["detail"]) is counts


@pytest.mark.parametrize(("authored", "counts"), [("2026-06-06", True), ("2026-06-05", False)])
def test_an_order_nobody_drew_for_in_ninety_days_counts_no_more(authored: str, counts: bool) -> None:
    bundle = chart(MAN | {"results": []})
    bundle["entry"].append({"resource": order(authored)})
    labels = [offer["label"] for card in report_of(bundle, TODAY)["cards"] for offer in card.get("suggestions", [])]
    assert any("CBC panel" in label for label in labels) is not counts
