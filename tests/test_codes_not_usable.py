"""Codes the registry knows but must not use are seen: the report names each, with the reason, and judges none."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from service.site.site import packaged_files
from terminology.loinc import LoincCode, read_loinc
from tests.engine import report_of

TODAY = date(2026, 9, 4)
SAYS = {
    "exclude_specimen": "specimen",
    "unverified_specimen": "specimen",
    "deprecated": "deprecated",
    "accept_no_convert": "never converted",
    "other_component": "only a part",
}
NEVER_READ = [
    code for code in read_loinc(packaged_files("terminology.tables")["loinc.csv"]).values() if code.role in SAYS
]


def chart(code: str, unit: str, value: float = 5) -> dict[str, Any]:
    """A man on testosterone with one result."""
    subject = {"reference": "Patient/1"}
    resources: list[dict[str, Any]] = [
        {"resourceType": "Patient", "id": "1", "gender": "male", "birthDate": "1970-01-01"},
        {
            "resourceType": "MedicationRequest",
            "id": "m",
            "status": "active",
            "intent": "order",
            "subject": subject,
            "authoredOn": "2025-09-01",
            "medicationCodeableConcept": {"text": "testosterone cypionate 200 mg/mL"},
        },
        {
            "resourceType": "Observation",
            "id": "o",
            "status": "final",
            "subject": subject,
            "code": {"coding": [{"system": "http://loinc.org", "code": code}]},
            "effectiveDateTime": "2026-09-03",
            "valueQuantity": {"value": value, "unit": unit, "system": "http://unitsofmeasure.org", "code": unit},
        },
    ]
    return {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": one} for one in resources]}


@pytest.mark.parametrize("code", NEVER_READ, ids=lambda code: code.code)
def test_a_code_that_must_not_be_used_is_reported_with_the_reason(code: LoincCode) -> None:
    report = report_of(chart(code.code, code.example_ucum or "ng/mL"), TODAY)
    (unread,) = [item for item in report["unread"] if item["reference"] == "Observation/o"]
    assert (unread["reason"], unread["code"]) == ("code-not-usable", f"http://loinc.org|{code.code}")
    assert SAYS[code.role] in unread["detail"]
    clinical = [finding for finding in report["findings"] if finding["protocol"] != "data-quality"]  # that names it
    judged = [finding for finding in clinical if finding["state"] != "unknown"]
    evidence = [item for finding in judged for item in finding.get("evidence", ())]
    assert all(item["reference"] != "Observation/o" for item in evidence)


@pytest.mark.parametrize(("code", "unit"), [("19197-3", "ng/mL"), ("19195-7", "ng/mL"), ("2942-1", "nmol/L")])
def test_a_usual_unit_does_not_make_such_a_code_usable(code: str, unit: str) -> None:
    """Whether the code or the unit is wrong cannot be known, so neither is believed."""
    report = report_of(chart(code, unit), TODAY)
    assert [item["reason"] for item in report["unread"]] == ["code-not-usable"]


def test_what_stands_in_the_way_is_said_with_the_check() -> None:
    report = report_of(chart("34611-4", "ng/mL", 12), TODAY)
    (psa,) = [finding for finding in report["findings"] if finding["check"] == "MT-PSA-03"]
    assert psa["state"] == "unknown"
    assert any("another specimen" in step["text"] for step in psa["because"])


@pytest.mark.parametrize(
    ("code", "unit", "why"),
    [
        ("59261-8", "%", "another scale"),
        ("1989-3", "ng/mL", "only a part"),
        ("14635-7", "nmol/L", "only a part"),
        ("35365-6", "ng/mL", "or more than it"),
    ],
)
def test_another_quantity_is_not_judged_for_the_unit_it_shares(code: str, unit: str, why: str) -> None:
    """Per cent of IFCC's HbA1c are not NGSP's; vitamin D3's form alone, or all metabolites, are not total 25-OH-D."""
    (unread,) = report_of(chart(code, unit), TODAY)["unread"]
    assert (unread["reason"], unread["code"]) == ("code-not-usable", f"http://loinc.org|{code}")
    assert why in unread["detail"]


def test_a_part_and_the_whole_named_together_contradict_each_other() -> None:
    both = chart("62292-8", "ng/mL")
    both["entry"][2]["resource"]["code"]["coding"].append({"system": "http://loinc.org", "code": "1989-3"})
    assert [item["reason"] for item in report_of(both, TODAY)["unread"]] == ["code-conflict"]


@pytest.mark.parametrize("code", ["74995-2", "1945-5"])
def test_codes_of_something_else_are_no_results_of_ours(code: str) -> None:
    assert report_of(chart(code, "ng/mL"), TODAY)["unread"] == []
