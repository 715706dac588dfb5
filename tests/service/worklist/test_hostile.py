"""Ids, sites and sentences that are not what they should be: shown as they are, and carried out by nobody."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from fhir.resources.R4B.bundle import Bundle

from tests.service.population.populations import judged
from tests.service.worklist.listing import HTML, PATH, listed, listing_service

IDS = [
    "<script>alert(1)",
    '"><img src=x onerror=alert(1)>',
    "=1+1",
    "@cmd",
    "-1",
    "a b c",
    "' OR 1=1 --",
    "{{ 7 * 7 }}",
    "x" * 300,
    "ü-ñ-é",
]
SITE = "=cmd|'/c calc'!A1<b>"


def chart(name: str) -> list[dict[str, Any]]:
    """A man on testosterone whose hematocrit is far too high."""
    of: dict[str, Any] = {"subject": {"reference": f"Patient/{name}"}}
    text = {"text": "testosterone gel 1.62 %"}
    return [
        {
            "resourceType": "Patient",
            "id": name,
            "birthDate": "1970-01-01",
            "gender": "male",
            "managingOrganization": {"display": SITE},
        },
        {"resourceType": "MedicationRequest", "id": "m", "status": "active", "intent": "order"}
        | of
        | {"authoredOn": "2025-12-01", "medicationCodeableConcept": text},
        {"resourceType": "Observation", "id": "o", "status": "final", "effectiveDateTime": "2026-09-01"}
        | of
        | {
            "code": {"coding": [{"system": "http://loinc.org", "code": "4544-3"}]},
            "valueQuantity": {"value": 57, "unit": "%", "system": "http://unitsofmeasure.org", "code": "%"},
        },
    ]


@pytest.fixture(scope="module")
def clinic(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    """A service that lists them."""
    place: Path = tmp_path_factory.mktemp("hostile")
    lines = [json.dumps(one) for name in IDS for one in chart(name)]
    (place / "in.ndjson").write_text("\n".join(lines))
    judged(place / "in.ndjson", place / "runs" / "one", 1)
    with listing_service(place / "runs") as client:
        yield client


def test_each_is_listed_as_the_run_has_it(clinic: httpx.Client) -> None:
    found = listed(clinic)
    assert len(found) == len(IDS)
    assert all("unsafe" in one["states"] and one["site"] == SITE for one in found)
    assert {one["patient"] for one in found} == set(IDS)


def test_on_the_page_they_are_text(clinic: httpx.Client) -> None:
    page = clinic.get(PATH, headers=HTML).text
    assert "<script>alert" not in page
    assert "<img" not in page.replace('<img src="../static/', "")
    assert "{{ 7 * 7 }}" in page
    assert "&lt;script&gt;alert(1)" in page


def test_in_a_spreadsheet_they_are_no_formula(clinic: httpx.Client) -> None:
    found = list(csv.DictReader(io.StringIO(clinic.get(f"{PATH}?_format=csv").content.decode("utf-8-sig"), newline="")))
    assert len(found) == len(IDS)
    cells = [cell for row in found for cell in row.values()]
    assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@", "\t", "\r"))]
    assert {row["site"] for row in found} == {f"'{SITE}"}


def test_in_fhir_what_cannot_be_an_id_is_named_only(clinic: httpx.Client) -> None:
    answer = clinic.get(f"{PATH}?_format=fhir")
    Bundle.model_validate_json(answer.content)
    tasks = [entry["resource"] for entry in answer.json()["entry"] if entry["resource"]["resourceType"] == "Task"]
    named = [task["for"] for task in tasks]
    assert len(named) == len(IDS)
    assert not [one for one in named if "reference" in one and " " in one["reference"]]
    assert {"display": "@cmd"} in named


def test_a_filter_is_a_value_and_never_sql(clinic: httpx.Client) -> None:
    for name in ("site", "protocol", "check"):
        assert clinic.get(PATH, params={name: "' OR 1=1 --"}).status_code == 400
    assert len(clinic.get(PATH, params={"site": SITE}).json()["patients"]) == len(IDS)
