"""Drugs handed over by a pharmacy, where nobody ordered them."""

from __future__ import annotations

from typing import Any

import pytest

from cds_hooks.facts import Therapy
from tests.record.charts import CYPIONATE, Json, facts_of, request, resource


def dispensed(**changes: Any) -> Json:
    written = {
        "id": "d1",
        "status": "completed",
        "medicationCodeableConcept": CYPIONATE,
        "whenHandedOver": "2026-08-20T10:00:00+02:00",
        "daysSupply": {"value": 30, "unit": "d"},
        **changes,
    }
    return resource("MedicationDispense", **{key: item for key, item in written.items() if item is not None})


def therapies(*resources: Json) -> tuple[Therapy, ...]:
    return facts_of(*resources).therapies


def test_a_drug_handed_over_is_taken_and_is_no_dose() -> None:
    facts = facts_of(dispensed())
    (found,) = facts.therapies
    assert (found.drug, found.reference, found.status, found.current) == (
        "testosterone",
        "MedicationDispense/d1",
        "active",
        True,
    )
    assert found.start is not None
    assert found.start.text == "2026-08-20T10:00"
    assert facts.doses == ()


@pytest.mark.parametrize(
    ("days", "end", "status"),
    [
        ({"value": 15}, None, "active"),
        ({"value": 14, "unit": "days"}, "2026-09-03", "completed"),
        ({"value": 5}, "2026-08-25", "completed"),
        (None, None, "unknown"),
        ({"value": 2, "unit": "wk"}, None, "unknown"),
        ({"value": 0}, None, "unknown"),
    ],
)
def test_a_supply_lasts_as_many_days_as_it_says(days: Json | None, end: str | None, status: str) -> None:
    (found,) = therapies(dispensed(daysSupply=days))
    assert (found.end.text if found.end else None, found.status) == (end, status)


@pytest.mark.parametrize(
    "changes",
    [
        *(
            {"status": status}
            for status in ("preparation", "cancelled", "declined", "entered-in-error", "on-hold", None)
        ),
        {"whenHandedOver": None},
        {"whenHandedOver": "2026-10-01"},
        {"subject": {"reference": "Patient/2"}},
    ],
)
def test_what_was_not_handed_over_is_not_taken(changes: Json) -> None:
    assert therapies(dispensed(**changes)) == ()


def test_an_order_of_the_drug_counts_in_place_of_what_was_handed_over() -> None:
    assert [one.reference for one in therapies(dispensed(), request())] == ["MedicationRequest/m1"]
    other = request(medicationCodeableConcept={"text": "anastrozole 1 mg"})
    assert len(therapies(dispensed(), other)) == 2
    draft = request(status="draft")
    assert {one.reference for one in therapies(dispensed(), draft)} == {"MedicationRequest/m1", "MedicationDispense/d1"}
