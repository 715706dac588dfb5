"""The population run and `POST /evaluate` say the same of the same patients."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.service.population.populations import TODAY, bundles, invented, judged, rows

PATIENTS = 120
JSON = {"Content-Type": "application/fhir+json"}


@pytest.fixture(scope="module")
def export(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An export."""
    return invented(tmp_path_factory.mktemp("same"), PATIENTS, seed=11, observations=6)


def test_findings_draws_and_unread_are_those_of_the_http_door(
    client: httpx.Client, export: Path, tmp_path: Path
) -> None:
    judged(export, tmp_path / "out", 1)
    told = {name: _by_patient(rows(tmp_path / "out", name)) for name in ("findings", "draws", "unread")}
    clear = {row["patient"]: row["clear"] for row in rows(tmp_path / "out", "patients")}
    charts = bundles(export)
    assert len(charts) >= PATIENTS
    for subject, bundle in charts.items():
        report = _report(client, bundle)
        patient = subject.removeprefix("Patient/")
        assert _findings(report) == [_finding(row) for row in told["findings"].get(patient, [])]
        assert clear[patient] == sum(one["state"] == "clear" for one in report["findings"])
        assert [_draw(one) for one in report["draws"]] == [_draw(row) for row in told["draws"].get(patient, [])]
        unread = sorted((one["reference"], one["reason"], one["detail"]) for one in report["unread"])
        assert unread == [(row["reference"], row["reason"], row["detail"]) for row in told["unread"].get(patient, [])]


def _report(client: httpx.Client, bundle: bytes) -> dict[str, Any]:
    answer = client.post("/evaluate", params={"today": TODAY}, content=bundle, headers=JSON)
    assert answer.status_code == 200, answer.text
    report: dict[str, Any] = answer.json()
    return report


def _by_patient(found: list[dict[str, Any]]) -> dict[str, list[dict[str, Any]]]:
    by_patient: dict[str, list[dict[str, Any]]] = {}
    for row in found:
        by_patient.setdefault(row["patient"], []).append(row)
    return by_patient


def _findings(report: dict[str, Any]) -> list[tuple[Any, ...]]:
    profiles = {one["id"]: one["profile"] for one in report["protocols"]}
    told = [one for one in report["findings"] if one["state"] != "clear"]
    return sorted(_finding(one | {"profile": profiles[one["protocol"]]}) for one in told)


def _finding(one: dict[str, Any]) -> tuple[Any, ...]:
    evidence = sorted(
        json.dumps([shown.get(name) for name in ("reference", "analyte", "canonical", "effective")])
        for shown in one.get("evidence", ())
    )
    fields = ("protocol", "check", "state", "urgency", "profile", "summary")
    return (*(one[field] for field in fields), evidence)


def _draw(one: dict[str, Any]) -> tuple[Any, ...]:
    fields = ("due", "earliest", "latest", "instruction")
    return (*(one[field] for field in fields), one.get("visit"), [*one["analytes"]], [*one.get("orders", ())])
