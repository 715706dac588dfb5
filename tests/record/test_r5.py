"""R5 says some things in other elements: they are read as the same facts."""

from __future__ import annotations

from typing import Any

import pytest

from cds_hooks.facts import Facts
from tests.record.charts import CYPIONATE, LOINC, Json, facts_of, request, resource

CBC: Json = {"coding": [{"system": LOINC, "code": "58410-2"}]}
HYSTERECTOMY: Json = {"coding": [{"system": "http://snomed.info/sct", "code": "236886002"}]}


def administration(**elements: Any) -> Json:
    return resource("MedicationAdministration", id="a1", status="completed", **elements)


def procedure(**elements: Any) -> Json:
    return resource("Procedure", id="p1", status="completed", code=HYSTERECTOMY, **elements)


def order(code: Json) -> Json:
    return resource("ServiceRequest", id="s1", status="active", intent="order", authoredOn="2026-09-01", code=code)


PAIRS = {
    "the drug of an order": (
        request(),
        request(medicationCodeableConcept=None, medication={"concept": CYPIONATE}),
    ),
    "the moment of a dose": (
        administration(medicationCodeableConcept=CYPIONATE, effectiveDateTime="2026-08-31T08:00:00+02:00"),
        administration(medication={"concept": CYPIONATE}, occurenceDateTime="2026-08-31T08:00:00+02:00"),
    ),
    "the period of a dose": (
        administration(medicationCodeableConcept=CYPIONATE, effectivePeriod={"start": "2026-08-31"}),
        administration(medication={"concept": CYPIONATE}, occurencePeriod={"start": "2026-08-31"}),
    ),
    "the day of an operation": (
        procedure(performedDateTime="2020-03-01"),
        procedure(occurrenceDateTime="2020-03-01"),
    ),
    "the period of an operation": (
        procedure(performedPeriod={"end": "2020-03-01"}),
        procedure(occurrencePeriod={"end": "2020-03-01"}),
    ),
    "the code of a laboratory order": (order(CBC), order({"concept": CBC})),
}


@pytest.mark.parametrize(("r4", "r5"), PAIRS.values(), ids=list(PAIRS))
def test_r5_is_read_as_r4_is(r4: Json, r5: Json) -> None:
    facts = facts_of(r4, panels={"58410-2": ("hematocrit",)})
    assert facts_of(r5, panels={"58410-2": ("hematocrit",)}) == facts
    assert has_news(facts)


def has_news(facts: Facts) -> bool:
    """Whether anything was read at all."""
    return bool(facts.therapies or facts.doses or facts.conditions or facts.orders)
