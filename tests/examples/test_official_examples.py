"""The official examples of FHIR R4 go through both doors: none is a fault, and none is called wrong that is right.

`make test` tries those that something is expected of and EACH of every type of resource, `make test-all` all of them.
The four that are larger than MAX_BODY, definitions of FHIR itself, are refused (413).
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from service.app import create_app
from service.site.settings import Settings
from tests.extent import ALL
from tests.tools import node_module

HEADERS = {"Content-Type": "application/fhir+json"}
MAX_BODY = 8_000_000
EACH = 3
# What is wrong in HL7's own examples, each looked up in R4's definitions: the end of the place, the files, and why.
WRONG = {
    "these codes are not UCUM: TAB, ea, mEq, mcg, drop, month, ml/hr, tbl": (
        ".code",
        {
            *("Bundle-father", "Claim-760151", "Claim-760152", "VisionPrescription-33124"),
            *(f"MedicationDispense-meddisp03{number}" for number in ("09", 13, 18, 24, 27, 28, 29)),
            *(f"MedicationRequest-medrx03{number}" for number in ("04", 14, 19, 22, 25, 26, 28, 29, 34, 35)),
        },
    ),
    "a code of R4 has no two blanks in a row": (".code", {"Bundle-v2-valuesets", "CodeSystem-v2-0550"}),
    "DeviceMetric.parent refers to a Device": (".reference", {"DeviceMetric-example"}),
    "DeviceUseStatement.reasonReference does not refer to a Procedure": (".reference", {"DeviceUseStatement-example"}),
    "MedicationRequest.dispenseRequest.performer is an Organization": (".reference", {"MedicationRequest-medrx0301"}),
    "Observation.performer is no Encounter": (".reference", {"Observation-clinical-gender"}),
    "ImplementationGuide has a name and a status": (".name", {"ImplementationGuide-fhir", "ig-r4"}),
    "Questionnaire.item has a linkId": (".linkId", {"Questionnaire-qs1"}),
    "SearchParameter.base is 1..*": (
        ".base",
        {
            f"SearchParameter-{of}-extensions-{kind}-{what}"
            for of, kind in (("codesystem", "CodeSystem"), ("valueset", "ValueSet"))
            for what in ("author", "effective", "end", "keyword", "workflow")
        },
    ),
    "an id has 64 characters at most": (
        ".id",
        {"SearchParameter-questionnaireresponse-extensions-QuestionnaireResponse-item-subject"},
    ),
}
HAS_TWO = "ImplementationGuide.status"


@pytest.fixture(scope="module")
def door() -> Iterator[TestClient]:
    """The application, in process."""
    app = create_app(Settings(max_body=MAX_BODY, max_resources=100_000))
    with TestClient(app, raise_server_exceptions=False) as client:
        yield client


@pytest.fixture(scope="module")
def examples() -> list[Path]:
    """Every example."""
    found = sorted(node_module("hl7.fhir.r4.examples", "examples").glob("*.json"))
    return [path for path in found if path.name not in ("package.json", ".index.json")]


@pytest.fixture(scope="module")
def tried(examples: list[Path]) -> list[Path]:
    """Those that go through the doors."""
    return examples if ALL else [path for _, same in groupby(examples, of_type) for path in chosen([*same])]


def of_type(example: Path) -> str:
    """The type of its resource, by its name."""
    return example.stem.partition("-")[0]


def chosen(same: Sequence[Path]) -> list[Path]:
    """Of examples of one type those that something is expected of, and some from first to last."""
    spread = {same[place * (len(same) - 1) // (EACH - 1)] for place in range(EACH)}
    expected = {name for _, names in WRONG.values() for name in names}
    return [path for path in same if path in spread or path.stem in expected or path.stat().st_size > MAX_BODY]


def sent(door: TestClient, path: str, example: Path) -> dict[str, Any]:
    """The answer of a door, which is a report, or an outcome that explains; never a fault."""
    answer = door.post(path, content=example.read_bytes(), headers=HEADERS)
    assert answer.status_code < 500, example.name
    told: dict[str, Any] = answer.json()
    if answer.status_code != 200:
        assert told["resourceType"] == "OperationOutcome"
        assert all(len(issue["diagnostics"]) > 20 for issue in told["issue"]), example.name
    is_large = example.stat().st_size > MAX_BODY
    assert (answer.status_code == 413) == is_large, example.name
    return told


def test_there_are_as_many_as_hl7_publishes(examples: list[Path]) -> None:
    assert len(examples) > 5_000
    stems = {path.stem for path in examples}
    assert not [name for _, names in WRONG.values() for name in names if name not in stems]


def test_every_type_of_resource_is_tried(examples: list[Path], tried: list[Path]) -> None:
    assert {of_type(path) for path in tried} == {of_type(path) for path in examples}
    assert len(tried) > 300


def test_none_is_called_wrong_that_is_right(door: TestClient, tried: list[Path]) -> None:
    expected: dict[str, set[str]] = {}
    for end, names in WRONG.values():
        for name in names:
            expected.setdefault(name, set()).add(end)
    for example in tried:
        is_input = example.stem.startswith("Parameters-")
        told = sent(door, "/fhir/$validate", example)
        errors = [one["expression"][0] for one in told["issue"] if one["severity"] == "error" and "expression" in one]
        ends = {f".{place.rpartition('.')[2]}" for place in errors if place != HAS_TWO}
        assert is_input or ends == expected.get(example.stem, set()), (example.name, errors)


def test_none_is_a_fault_where_charts_are_judged(door: TestClient, tried: list[Path]) -> None:
    for example in tried:
        sent(door, "/evaluate", example)


def test_a_chart_of_theirs_is_judged_strictly(door: TestClient, examples: list[Path]) -> None:
    patient = next(path for path in examples if path.name == "Patient-example.json")
    result = next(path for path in examples if path.name == "Observation-f001.json")
    resources = [json.loads(path.read_bytes()) for path in (patient, result)]
    resources[1]["subject"] = {"reference": "Patient/example"}
    bundle = {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": one} for one in resources]}
    assert door.post("/evaluate?strict=true", json=bundle).status_code == 200
