"""Which organs the patient has: the newest inventory, and operations no newer inventory contradicts."""

from __future__ import annotations

from typing import Any

import pytest

from cds_hooks.facts import UnreadReason
from cds_hooks.presentation.canonical import BASE
from terminology.organs import INVENTORY, ORGANS
from tests.optional_tables import needs_snomed
from tests.record.charts import ICD10, LOINC, SNOMED, Json, bundle, facts_of, read_json, resource

CODING = [{"system": INVENTORY, "code": "present"}]
PRESENT = {"valueCodeableConcept": {"coding": CODING}}
ABSENT = {"valueCodeableConcept": {"coding": [{"system": INVENTORY, "code": "absent"}]}}


def organ(code: str = "uterus", identity: str = "o1", **changes: Any) -> Json:
    written = {
        "id": identity,
        "status": "final",
        "code": {"coding": [{"system": INVENTORY, "code": code}]},
        "effectiveDateTime": "2026-08-01",
        **changes,
    }
    return resource("Observation", **{key: item for key, item in written.items() if item is not None})


def coded(system: str, code: str) -> Json:
    return {"valueCodeableConcept": {"coding": [{"system": system, "code": code}]}}


def operation(day: str | None = "2020-05-05", code: str = "Z90.710") -> Json:
    return resource("Condition", code={"coding": [{"system": ICD10, "code": code}]}, onsetDateTime=day)


def organs(*resources: Json) -> tuple[tuple[str, ...], ...]:
    person = facts_of(*resources).patient
    return person.organs, person.organs_absent, person.organs_removed


def test_the_inventory_is_one_of_the_projects_own_code_systems() -> None:
    assert f"{BASE}/CodeSystem/organ-inventory" == INVENTORY


@pytest.mark.parametrize(
    ("answer", "present"),
    [
        (PRESENT, True),
        (ABSENT, False),
        (coded(SNOMED, "52101004"), True),
        (coded(SNOMED, "2667000"), False),
        (coded(LOINC, "LA9633-4"), True),
        (coded(LOINC, "LA9634-2"), False),
        ({"valueBoolean": True}, True),
        ({"valueBoolean": False}, False),
        ({"valueCodeableConcept": {"coding": [{"system": "urn:x", "code": "absent"}, *CODING]}}, True),
    ],
)
def test_an_organ_is_recorded_as_present_or_absent(answer: Json, present: bool) -> None:
    assert organs(organ(**answer)) == ((("uterus",), (), ()) if present else ((), ("uterus",), ()))


@pytest.mark.parametrize("code", ORGANS)
def test_every_organ_of_the_inventory_is_read(code: str) -> None:
    assert organs(organ(code, **PRESENT)) == ((code,), (), ())


def test_an_inventory_may_stand_in_the_components_of_one_observation() -> None:
    parts = [
        {"code": {"coding": [{"system": INVENTORY, "code": code}]}, **answer}
        for code, answer in (("ovaries", PRESENT), ("uterus", ABSENT))
    ]
    assert organs(organ(code="", component=parts)) == (("ovaries",), ("uterus",), ())


@pytest.mark.parametrize("status", ["unknown", None])
def test_an_answer_without_a_known_status_counts_as_final(status: str | None) -> None:
    assert facts_of(organ(status=status, **ABSENT)).patient.organs_absent == ("uterus",)


@pytest.mark.parametrize("status", ["entered-in-error", "preliminary", "registered", "cancelled"])
def test_only_a_final_answer_counts(status: str) -> None:
    facts = facts_of(organ(status=status, **ABSENT))
    assert facts.patient.organs_absent == ()
    assert [one.reason for one in facts.unread] == [UnreadReason.STATUS]


@pytest.mark.parametrize("status", ["amended", "corrected"])
def test_a_corrected_answer_is_final_too(status: str) -> None:
    assert organs(organ(status=status, **ABSENT))[1] == ("uterus",)


def test_an_organ_of_somebody_else_is_left_out() -> None:
    assert organs(organ(subject={"reference": "Patient/2"}, **ABSENT)) == ((), (), ())


def test_another_code_of_the_same_name_is_no_inventory() -> None:
    other = {"coding": [{"system": "urn:other", "code": "uterus"}]}
    assert organs(organ(**{**ABSENT, "code": other})) == ((), (), ())
    assert organs(organ("liver", **ABSENT)) == ((), (), ())


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({}, UnreadReason.VALUE_MISSING),
        (coded(INVENTORY, "unsure"), UnreadReason.VALUE_MISSING),
        ({**PRESENT, "valueBoolean": False}, UnreadReason.VALUE_MISSING),
        ({**PRESENT, "dataAbsentReason": {"text": "asked, declined"}}, UnreadReason.VALUE_MISSING),
        ({**PRESENT, "effectiveDateTime": None}, UnreadReason.EFFECTIVE_MISSING),
        ({**PRESENT, "effectiveDateTime": "2027-01-01"}, UnreadReason.EFFECTIVE_FUTURE),
        ({**PRESENT, "effectiveDateTime": "2026"}, UnreadReason.EFFECTIVE_IMPRECISE),
    ],
)
def test_an_answer_that_cannot_be_used_is_told(changes: Json, reason: UnreadReason) -> None:
    facts = facts_of(organ(**changes))
    assert (facts.patient.organs, facts.patient.organs_absent) == ((), ())
    assert [one.reason for one in facts.unread] == [reason]


def test_the_newest_answer_wins_in_whatever_order_they_stand() -> None:
    old, new = organ(effectiveDateTime="2024-01-01", **PRESENT), organ(identity="o2", **ABSENT)
    assert organs(old, new) == organs(new, old) == ((), ("uterus",), ())


def test_answers_of_one_moment_that_contradict_each_other_are_no_answer() -> None:
    both = organ(**PRESENT), organ(identity="o2", **ABSENT)
    assert organs(*both) == ((), (), ())
    told = [(one.reference, one.reason) for one in facts_of(*both).unread]
    assert told == [(f"Observation/{name}", UnreadReason.VERSION_CONFLICT) for name in ("o1", "o2")]
    assert facts_of(*both, organ(identity="o3", effectiveDateTime="2026-08-02", **ABSENT)).unread == ()


def test_an_operation_removes_an_organ() -> None:
    assert organs(operation()) == ((), ("uterus",), ("uterus",))


@needs_snomed
def test_a_history_of_hysterectomy_removes_the_uterus() -> None:
    history = resource("Condition", code={"coding": [{"system": SNOMED, "code": "161800001"}]})
    assert organs(history) == ((), ("uterus",), ("uterus",))


@pytest.mark.parametrize("code", ["Z90.711", "Z90.712", "Z90.721", "Z90.71"])
def test_an_operation_that_leaves_tissue_removes_nothing(code: str) -> None:
    assert organs(operation(code=code)) == ((), (), ())


@pytest.mark.parametrize(
    ("operated", "present"),
    [("2020-05-05", True), ("2026-07-31", True), ("2026-08-01", False), ("2026-08-02", False), (None, False)],
)
def test_only_a_newer_inventory_undoes_an_operation(operated: str | None, present: bool) -> None:
    found = organs(operation(operated), organ(**PRESENT))
    assert found == ((("uterus",), (), ()) if present else ((), ("uterus",), ("uterus",)))


def test_the_day_it_was_written_down_stands_for_the_day_of_an_operation() -> None:
    noted = {**operation(None), "recordedDate": "2020-01-01"}
    assert organs(noted, organ(**PRESENT)) == (("uterus",), (), ())


def test_an_organ_that_an_inventory_says_is_absent_was_not_always_operated_on() -> None:
    assert organs(organ(**ABSENT)) == ((), ("uterus",), ())
    assert organs(organ(**ABSENT), operation()) == ((), ("uterus",), ("uterus",))


def test_organs_are_known_without_a_patient_resource() -> None:
    assert read_json(bundle(organ(**PRESENT))).patient.organs == ("uterus",)
