"""Results that stand inside a report or a panel."""

from __future__ import annotations

from decimal import Decimal
from time import process_time

import pytest

from cds_hooks.facts import UnreadReason
from tests.record.charts import Json, bundle, facts_of, observation, patient, read_json, resource

INSIDE = {key: value for key, value in observation(id="hct", value=55).items() if key != "subject"}


def report(*inside: Json, **elements: object) -> Json:
    return resource("DiagnosticReport", **{"id": "r1", "status": "final", "contained": list(inside), **elements})


@pytest.mark.parametrize("kind", ["DiagnosticReport", "Observation"])
def test_a_result_inside_a_report_or_a_panel_is_read(kind: str) -> None:
    carrier = {**report(INSIDE), "resourceType": kind, "code": {"text": "Blood count"}}
    (reading,) = facts_of(carrier).readings
    assert (reading.analyte, reading.value, reading.reference) == ("hematocrit", Decimal(55), f"{kind}/r1#hct")


def test_results_of_several_reports_may_have_one_name() -> None:
    facts = facts_of(report(INSIDE), report({**INSIDE, "effectiveDateTime": "2026-08-01"}, id="r2"))
    assert [reading.reference for reading in facts.readings] == ["DiagnosticReport/r1#hct", "DiagnosticReport/r2#hct"]


def test_a_result_inside_belongs_to_whom_the_report_is_about() -> None:
    (unread,) = facts_of(report(INSIDE, subject={"reference": "Patient/2"})).unread
    assert (unread.reference, unread.reason) == ("DiagnosticReport/r1#hct", UnreadReason.OTHER_PATIENT)


@pytest.mark.parametrize("status", ["entered-in-error", "cancelled"])
def test_with_a_withdrawn_report_its_results_are_withdrawn(status: str) -> None:
    facts = facts_of(report(INSIDE, status=status))
    assert [one.reason for one in facts.unread] == [UnreadReason.STATUS]
    assert not facts.readings


def test_a_result_inside_without_a_time_does_not_take_that_of_the_report() -> None:
    timeless = {key: value for key, value in INSIDE.items() if key != "effectiveDateTime"}
    (unread,) = facts_of(report(timeless, effectiveDateTime="2026-09-01")).unread
    assert unread.reason is UnreadReason.EFFECTIVE_MISSING


def test_of_two_versions_of_a_report_the_newer_counts() -> None:
    older = report(INSIDE, meta={"versionId": "1"})
    newer = report({**INSIDE, "valueQuantity": {"value": 45, "unit": "%"}}, meta={"versionId": "2"})
    assert [reading.value for reading in facts_of(older, newer).readings] == [Decimal(45)]


def test_a_result_inside_knows_the_specimen_beside_it() -> None:
    fasting = {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/v2-0916", "code": "F"}]}
    specimen = {"resourceType": "Specimen", "id": "s", "collection": {"fastingStatusCodeableConcept": fasting}}
    glucose = observation("2345-7", 95, "mg/dL", id="g", specimen={"reference": "#s"})
    (reading,) = facts_of(report(glucose, specimen)).readings
    assert reading.notes == ("fasting",)


def test_what_is_no_result_inside_a_report_is_left() -> None:
    facts = facts_of(report({"resourceType": "Organization", "id": "lab"}, {**INSIDE, "id": None}))
    assert [reading.reference for reading in facts.readings] == ["DiagnosticReport/r1#1"]


@pytest.mark.parametrize(("element", "kind"), [("specimen", "Specimen"), ("subject", "Patient")])
def test_what_results_name_beside_them_is_searched_once(element: str, kind: str) -> None:
    numbers = range(3000)
    results = [observation(id=f"o{number}", **{element: {"reference": f"#s{number}"}}) for number in numbers]
    carrier = report(*results, *[{"resourceType": kind, "id": f"s{number}"} for number in numbers])
    began = process_time()
    assert len(facts_of(carrier).readings) == 3000
    assert process_time() - began < 1


def test_a_result_inside_belongs_to_the_patient_beside_it() -> None:
    theirs = {"resourceType": "Patient", "id": "p", "identifier": [{"system": "urn:x", "value": "2"}]}
    ours = patient(identifier=[{"system": "urn:x", "value": "1"}])
    inside = observation(subject={"reference": "#p"})
    assert read_json(bundle(ours, report(inside, theirs))).unread[0].reason is UnreadReason.OTHER_PATIENT
    assert read_json(bundle(ours, report(inside, theirs | {"identifier": ours["identifier"]}))).readings
