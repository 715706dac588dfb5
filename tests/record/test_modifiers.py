"""What an element nobody here knows may turn into something else (FHIR R4, Extensibility; Resource.implicitRules)."""

from __future__ import annotations

from decimal import Decimal

import pytest

from cds_hooks.facts import UnreadReason
from tests.record.charts import Json, bundle, facts_of, observation, patient, read_json, resource

UNKNOWN = UnreadReason.MODIFIED
MODIFIERS = (
    {"modifierExtension": [{"url": "http://example.org/negated", "valueBoolean": True}]},
    {"modifierExtension": [{}]},
    {"implicitRules": "http://example.org/rules"},
)
HARMLESS = ({"modifierExtension": []}, {"modifierExtension": None}, {"implicitRules": None}, {"extension": [{}]})
CANCER = resource(
    "Condition", id="c", code={"coding": [{"system": "http://hl7.org/fhir/sid/icd-10-cm", "code": "C61"}]}
)
DRUG = resource(
    "MedicationRequest", id="m", status="active", medicationCodeableConcept={"text": "testosterone cypionate"}
)


@pytest.mark.parametrize("modifier", MODIFIERS)
def test_a_result_whose_modifier_is_not_known_is_not_used_and_its_value_is_told(modifier: Json) -> None:
    facts = facts_of(observation(id="o", value=56) | modifier)
    (unread,) = facts.unread
    assert facts.readings == ()
    assert (unread.reference, unread.reason, unread.analyte) == ("Observation/o", UNKNOWN, "hematocrit")
    assert unread.value == Decimal(56)


@pytest.mark.parametrize("nothing", HARMLESS)
def test_a_modifier_that_says_nothing_changes_nothing(nothing: Json) -> None:
    facts = facts_of(observation() | nothing)
    assert len(facts.readings) == 1
    assert facts.unread == ()


@pytest.mark.parametrize("modifier", MODIFIERS)
def test_a_diagnosis_whose_modifier_is_not_known_is_neither_there_nor_known_to_be_missing(modifier: Json) -> None:
    facts = facts_of(CANCER | modifier)
    assert facts.conditions == ()
    assert facts.incomplete == {"conditions"}
    assert [(one.reference, one.reason) for one in facts.unread] == [("Condition/c", UNKNOWN)]


@pytest.mark.parametrize("modifier", MODIFIERS)
def test_an_order_whose_modifier_is_not_known_is_no_therapy(modifier: Json) -> None:
    facts = facts_of(DRUG | modifier)
    assert facts.therapies == ()
    assert [(one.reference, one.reason) for one in facts.unread] == [("MedicationRequest/m", UNKNOWN)]


def test_a_person_whose_modifier_is_not_known_has_no_sex_and_no_age() -> None:
    facts = read_json(bundle(patient() | MODIFIERS[0], observation()))
    assert (facts.patient.birth_date, facts.patient.sex) == (None, None)
    assert [one.reason for one in facts.unread] == [UNKNOWN]
    assert len(facts.readings) == 1


def test_a_report_lends_its_modifier_to_the_results_inside() -> None:
    inside = {key: value for key, value in observation(id="hct").items() if key != "subject"}
    facts = facts_of(resource("DiagnosticReport", id="r", status="final", contained=[inside]) | MODIFIERS[0])
    assert [(one.reference, one.reason) for one in facts.unread] == [("DiagnosticReport/r#hct", UNKNOWN)]


def test_of_another_patients_record_only_that_is_said() -> None:
    (unread,) = facts_of(observation(subject={"reference": "Patient/2"}) | MODIFIERS[0]).unread
    assert unread.reason is UnreadReason.OTHER_PATIENT
