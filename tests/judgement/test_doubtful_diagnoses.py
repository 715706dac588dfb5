"""A diagnosis in doubt is neither there nor absent: the check that asks for it is unknown, and a card says why."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from tests.engine import report_of, states
from tests.record.charts import ICD10, bundle, observation, patient, request, resource

TODAY = date(2026, 9, 4)
DIAGNOSIS = {"coding": [{"system": ICD10, "code": "C61"}]}
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
