"""A diagnosis in doubt is neither there nor absent: the check that asks for it is unknown, and a card says why."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from cds_hooks.facts import Unread, UnreadReason
from tests.asking import ask, case, on
from tests.engine import report_of, states
from tests.record.charts import ICD10, bundle, observation, patient, request, resource

TODAY = date(2026, 9, 4)
DIAGNOSIS = {"coding": [{"system": ICD10, "code": "C61"}]}
HL7 = "http://terminology.hl7.org/CodeSystem"
GERMAN = "http://fhir.de/CodeSystem/bfarm/icd-10-gm"


def condition(code: dict[str, Any] = DIAGNOSIS, status: str | None = None) -> dict[str, Any]:
    verification = {"verificationStatus": {"coding": [{"code": status}]}} if status else {}
    return resource("Condition", code=code, **verification)


@pytest.mark.parametrize(
    ("recorded", "state"),
    [
        (condition(), "raised"),
        (condition(status="confirmed"), "raised"),
        (condition(status="provisional"), "unknown"),
        (condition(status="differential"), "unknown"),
        (condition({"coding": [{"system": GERMAN, "code": "C61 V"}]}), "unknown"),
        (condition(DIAGNOSIS | {"text": "Family history of prostate cancer"}), "unknown"),
        (condition(status="refuted"), "clear"),
        (condition({"coding": [{"system": GERMAN, "code": "C61 A"}]}), "clear"),
    ],
)
def test_cancer_on_testosterone_is_judged_by_how_sure_it_is(recorded: dict[str, Any], state: str) -> None:
    report = report_of(bundle(patient(), request(), observation(), recorded), TODAY)
    assert states(report)["MT-CI-01"] == state
    if state == "unknown":
        assert any("MT-CI-01" in card["detail"] and "in doubt" in card["detail"] for card in report["cards"])


def clinical(word: str) -> dict[str, Any]:
    return {"clinicalStatus": {"coding": [{"system": f"{HL7}/condition-clinical", "code": word}]}}


@pytest.mark.parametrize(
    ("more", "state"),
    [
        ({}, "unknown"),
        (clinical("active"), "unknown"),
        (clinical("resolved"), "clear"),
        ({"abatementDateTime": "2020-01-01"}, "clear"),
    ],
)
def test_a_past_diagnosis_that_only_words_name_leaves_no_doubt_of_the_present(more: dict[str, Any], state: str) -> None:
    """With a code it would not count either."""
    recorded = resource("Condition", code={"text": "Prostate cancer"}, **more)
    report = report_of(bundle(patient(), request(), observation(), recorded), TODAY)
    assert states(report)["MT-CI-01"] == state


@pytest.mark.parametrize(
    ("asked", "more", "truth"),
    [
        ("", {}, None),
        ("", {"past": True}, False),
        (", past_too = true", {"past": True}, None),
        (', within = "365 d"', {}, None),
        (', within = "365 d"', {"effective": on("2025-09-04")}, None),
        (', within = "365 d"', {"effective": on("2025-09-03")}, False),
        (', older_than = "365 d"', {"effective": on("2025-09-03")}, None),
        (', older_than = "365 d"', {"effective": on("2025-09-04")}, False),
    ],
)
def test_a_doubt_counts_where_a_diagnosis_would(asked: str, more: dict[str, Any], truth: bool | None) -> None:
    doubt = Unread("Condition/1", "x", UnreadReason.CODE_UNKNOWN, "", concepts=("any-fracture",), **more)
    assert ask(f'{{ condition = ["any-fracture"]{asked} }}', case(unread=(doubt,))).truth is truth


@pytest.mark.parametrize(("word", "urgency"), [("active", "warning"), ("resolved", "critical")])
def test_a_hemolysis_that_is_over_explains_no_bilirubin(word: str, urgency: str) -> None:
    hemolysis = resource("Condition", code={"coding": [{"system": ICD10, "code": "D59.9"}]}, **clinical(word))
    levothyroxine = request(medicationCodeableConcept={"text": "levothyroxine 100 mcg"})
    liver = (observation("1742-6", 121, "U/L", id="alt"), observation("1975-2", 2.5, "mg/dL", id="bilirubin"))
    report = report_of(bundle(patient(), levothyroxine, *liver, hemolysis), TODAY)
    assert {one["check"]: one["urgency"] for one in report["findings"]}["LIV-02"] == urgency
