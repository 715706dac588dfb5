"""Whose resources a chart holds (decision 9)."""

from __future__ import annotations

from typing import Any

import pytest

from cds_hooks.facts import UnreadReason
from cds_hooks.refusal import Refusal
from tests.record.charts import Json, bundle, facts_of, observation, patient, read_json, request

UUID = "urn:uuid:3819264d-f39e-44cf-9e89-63078b714a0f"


def refused(chart: Json, **settings: Any) -> Refusal:
    with pytest.raises(Refusal) as caught:
        read_json(chart, **settings)
    return caught.value


@pytest.mark.parametrize(
    "reference",
    [
        "Patient/1",
        "https://ehr.example/fhir/Patient/1",
        "Patient/1/_history/2",
        "http://a/Patient/1/_history/9",
        "urn:uuid:1",
    ],
)
def test_every_form_of_reference_to_the_patient_is_understood(reference: str) -> None:
    assert len(facts_of(observation(subject={"reference": reference})).readings) == 1


@pytest.mark.parametrize(
    "subject",
    [
        {"reference": "Patient/2"},
        {"reference": "Patient/11"},
        {"reference": "Patient/"},
        {"reference": "1"},
        {"reference": "Group/1"},
        {"reference": "Medication/1"},
        {"reference": UUID},
        {"reference": "#p"},
        {"reference": ""},
        {"identifier": {"system": "urn:mrn", "value": "99"}},
    ],
)
@pytest.mark.parametrize("make", [observation, request])
def test_another_subject_is_told_without_any_of_its_values(subject: Json, make: Any) -> None:
    facts = facts_of(make(subject=subject))
    assert (facts.readings, facts.therapies) == ((), ())
    (unread,) = facts.unread
    assert unread.reason is UnreadReason.OTHER_PATIENT
    assert (unread.code, unread.analyte, unread.value, unread.unit, unread.effective) == ("", None, None, None, None)


@pytest.mark.parametrize("subject", [None, {}, {"display": "the patient"}])
def test_a_resource_without_subject_is_the_patients(subject: Json | None) -> None:
    assert len(facts_of(observation(subject=subject)).readings) == 1


def test_a_uuid_subject_is_matched_with_the_full_url_of_the_patient() -> None:
    chart = {
        "resourceType": "Bundle",
        "entry": [
            {"fullUrl": UUID, "resource": patient(id=None)},
            {"fullUrl": "urn:uuid:o", "resource": observation(id=None, subject={"reference": UUID})},
        ],
    }
    facts = read_json(chart)
    assert facts.patient.reference == UUID
    assert [reading.reference for reading in facts.readings] == ["urn:uuid:o"]


def test_a_contained_subject_is_the_patient_unless_its_identifiers_say_otherwise() -> None:
    def about(value: str) -> Json:
        inside = {"resourceType": "Patient", "id": "p", "identifier": [{"system": "urn:mrn", "value": value}]}
        return observation(subject={"reference": "#p"}, contained=[inside])

    whose = patient(identifier=[{"system": "urn:mrn", "value": "7"}])
    assert len(read_json(bundle(whose, about("7"))).readings) == 1
    assert read_json(bundle(whose, about("8"))).unread[0].reason is UnreadReason.OTHER_PATIENT
    assert len(read_json(bundle(patient(), about("8"))).readings) == 1


def test_a_subject_given_by_identifier_is_compared_with_the_patients() -> None:
    whose = patient(identifier=[{"system": "urn:mrn", "value": "7"}])
    mine = observation(subject={"identifier": {"system": "urn:mrn", "value": "7"}})
    assert len(read_json(bundle(whose, mine)).readings) == 1


def test_two_patients_in_a_bundle_are_refused() -> None:
    refusal = refused(bundle(patient(), patient(id="2")))
    assert (refusal.status, refusal.problems[0].code) == (400, "invalid")
    assert "more than one Patient" in refusal.diagnostics


def test_one_patient_sent_twice_is_one_patient() -> None:
    assert read_json(bundle(patient(), patient())).patient.reference == "Patient/1"


def test_without_a_patient_the_one_common_subject_is_meant() -> None:
    facts = read_json(bundle(observation(), observation(id="o2"), request()))
    assert facts.patient.reference == "Patient/1"
    assert facts.patient.sex is None
    assert len(facts.readings) == 2


def test_without_a_patient_several_subjects_are_refused() -> None:
    refusal = refused(bundle(observation(), observation(id="o2", subject={"reference": "Patient/2"})))
    assert refusal.status == 400
    assert "name several" in refusal.diagnostics
    assert refusal.expression is not None


def test_a_bundle_about_nobody_is_read_with_an_unnamed_patient() -> None:
    facts = read_json(bundle(observation(subject=None)))
    assert facts.patient.reference == ""
    assert len(facts.readings) == 1


def test_the_patient_of_the_request_decides_even_when_the_patient_was_not_sent() -> None:
    facts = read_json(bundle(observation(), observation(id="o2", subject={"reference": "Patient/2"})), patient_id="1")
    assert [reading.reference for reading in facts.readings] == ["Observation/o1"]
    assert [one.reference for one in facts.unread] == ["Observation/o2"]


def test_other_patients_in_a_prefetch_are_not_the_patient_of_the_request() -> None:
    facts = read_json(bundle(patient(id="2", gender="female"), patient(), observation()), patient_id="1")
    assert (facts.patient.reference, facts.patient.sex) == ("Patient/1", "male")
