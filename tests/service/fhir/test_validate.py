"""`$validate`: an outcome and nothing else, whatever is found, and a refusal of what cannot be meant."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest

from service.strict import COLUMN, LINE

FHIR = {"Content-Type": "application/fhir+json"}
RIGHT = {"resourceType": "Patient", "id": "1", "gender": "male"}
WRONG = RIGHT | {"gender": "zq-secret-zq"}
OBSERVATION = {"resourceType": "Observation", "status": "final", "code": {"text": "x"}}
ALL_OK = "All OK: nothing wrong was found."


def parameters(*sent: Any) -> dict[str, Any]:
    """The input of an operation."""
    return {"resourceType": "Parameters", "parameter": list(sent)}


def issues(client: httpx.Client, body: Any, path: str = "/fhir/$validate") -> list[dict[str, Any]]:
    """What is found, with the status every finding has."""
    answer = client.post(path, content=json.dumps(body), headers=FHIR)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/fhir+json")
    outcome = answer.json()
    assert outcome["resourceType"] == "OperationOutcome"
    found: list[dict[str, Any]] = outcome["issue"]
    return found


@pytest.mark.parametrize("path", ["/fhir/$validate", "/fhir/Patient/$validate"])
def test_what_is_right_is_said_to_be_so(client: httpx.Client, path: str) -> None:
    (issue,) = issues(client, RIGHT, path)
    assert issue == {"severity": "information", "code": "informational", "diagnostics": ALL_OK}


def test_what_is_wrong_is_told_with_its_place_and_not_repeated(client: httpx.Client) -> None:
    (issue,) = issues(client, WRONG)
    assert (issue["severity"], issue["code"], issue["expression"]) == ("error", "code-invalid", ["Patient.gender"])
    assert {one["url"]: one["valueInteger"] for one in issue["extension"]} == {LINE: 1, COLUMN: 50}
    assert "female" in issue["diagnostics"]
    assert "zq-secret-zq" not in json.dumps(issue)


def test_the_resource_in_parameters_is_told_by_its_place_there(client: httpx.Client) -> None:
    (issue,) = issues(client, parameters({"name": "resource", "resource": WRONG}))
    assert issue["expression"] == ["Parameters.parameter[0].resource.gender"]


PARAMETERS = parameters({"name": "today", "valueDate": "2026-09-04"}, {"name": "profile", "valueString": "es2018"})
BROKEN = parameters({"name": "today", "valueDate": "2026-9-4"})


@pytest.mark.parametrize("path", ["/fhir/$validate", "/fhir/Parameters/$validate"])
def test_parameters_in_parameters_are_validated_themselves(client: httpx.Client, path: str) -> None:
    (issue,) = issues(client, parameters({"name": "resource", "resource": PARAMETERS}), path)
    assert issue["diagnostics"] == ALL_OK
    (issue,) = issues(client, parameters({"name": "resource", "resource": BROKEN}), path)
    assert issue["expression"] == ["Parameters.parameter[0].resource.parameter[0].valueDate"]


def test_parameters_are_validated_themselves_at_the_address_of_their_type(client: httpx.Client) -> None:
    (issue,) = issues(client, PARAMETERS | {"parameter": PARAMETERS["parameter"][:1]}, "/fhir/Parameters/$validate")
    assert issue["diagnostics"] == ALL_OK
    (issue,) = issues(client, BROKEN, "/fhir/Parameters/$validate")
    assert issue["expression"] == ["Parameters.parameter[0].valueDate"]


def test_at_another_types_address_parameters_hold_what_is_validated(client: httpx.Client) -> None:
    (issue,) = issues(client, parameters({"name": "resource", "resource": RIGHT}), "/fhir/Patient/$validate")
    assert issue["diagnostics"] == ALL_OK
    (issue,) = issues(client, parameters({"name": "resource", "resource": RIGHT}), "/fhir/Parameters/$validate")
    assert "is for a Parameters" in issue["diagnostics"]


LATER = {"resourceType": "PlanDefinition", "status": "draft", "subjectCanonical": "http://a.example"}


@pytest.mark.parametrize(
    ("version", "severity"),
    [
        ("", "error"),
        ("; fhirVersion=4.0", "error"),
        ('; fhirVersion="4.3"', "information"),
    ],
)
def test_what_only_r4b_has_is_right_where_the_media_type_says_r4b(
    client: httpx.Client, version: str, severity: str
) -> None:
    headers = {"Content-Type": f"application/fhir+json{version}"}
    (issue,) = client.post("/fhir/$validate", content=json.dumps(LATER), headers=headers).json()["issue"]
    assert issue["severity"] == severity
    bundle = {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": LATER}, {"resource": RIGHT}]}
    line = json.dumps(bundle)
    status = 422 if severity == "error" else 200
    for path in ("/evaluate?strict=true", "/fhir/$hormone-monitoring?strict=true"):
        assert client.post(path, content=line, headers=headers).status_code == status
    batch = {"Content-Type": f"application/fhir+ndjson{version}"}
    answer = client.post("/fhir/$hormone-monitoring?strict=true", content=f"{line}\n", headers=batch)
    assert ("Bundle" if status == 200 else "OperationOutcome") == json.loads(answer.text)["resourceType"]


@pytest.mark.parametrize("path", ["/fhir/$validate", "/evaluate?strict=true", "/fhir/$hormone-monitoring?strict=true"])
def test_a_release_that_cannot_be_checked_is_refused(client: httpx.Client, path: str) -> None:
    headers = {"Content-Type": "application/fhir+json; fhirVersion=5.0"}
    bundle = {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": RIGHT}]}
    answer = client.post(path, content=json.dumps(bundle), headers=headers)
    assert answer.status_code == 415
    assert "fhirVersion=4.3" in answer.json()["issue"][0]["diagnostics"]


def test_a_resource_of_another_type_is_said_to_be_one(client: httpx.Client) -> None:
    (issue,) = issues(client, OBSERVATION, "/fhir/Patient/$validate")
    assert issue["expression"] == ["Observation.resourceType"]
    assert "is for a Patient" in issue["diagnostics"]


def test_a_warning_alone_is_not_followed_by_an_all_ok(client: httpx.Client) -> None:
    (issue,) = issues(client, OBSERVATION | {"effectiveDateTime": "2026-10"})
    assert issue["severity"] == "warning"


def test_a_person_may_have_it_laid_out(client: httpx.Client) -> None:
    answer = client.post("/fhir/$validate?_pretty=true", json=RIGHT)
    assert answer.text.startswith("{\n  ")


REFUSED = {
    "mode": ("/fhir/$validate?mode=create", RIGHT, 400, "mode is not supported"),
    "profile": ("/fhir/$validate?profile=http://zq-secret-zq.example", RIGHT, 400, "profile is not supported"),
    "mode in Parameters": (
        "/fhir/$validate",
        parameters({"name": "resource", "resource": RIGHT}, {"name": "mode", "valueCode": "create"}),
        400,
        "mode is not supported",
    ),
    "an unknown parameter": (
        "/fhir/$validate",
        parameters({"name": "zq-secret-zq", "valueCode": "x"}),
        400,
        "Only a parameter named resource",
    ),
    "no resource": ("/fhir/$validate", parameters(), 400, "exactly one"),
    "two resources": (
        "/fhir/$validate",
        parameters({"name": "resource", "resource": RIGHT}, {"name": "resource", "resource": RIGHT}),
        400,
        "exactly one",
    ),
    "a misspelt parameter": ("/fhir/$validate?zq-secret-zq=1", RIGHT, 400, "Known here"),
    "another format": ("/fhir/$validate?_format=xml", RIGHT, 406, "Only JSON"),
    "a type that FHIR has not": ("/fhir/zq-secret-zq/$validate", RIGHT, 404, "no resource of this type"),
    "no type": ("/fhir/$validate", {"id": "zq-secret-zq"}, 400, "resourceType"),
    "a list": ("/fhir/$validate", [RIGHT], 400, "resourceType"),
    "an instance": ("/fhir/Patient/1/$validate", RIGHT, 404, "nothing at this address"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_meant_is_refused(client: httpx.Client, name: str) -> None:
    path, body, status, said = REFUSED[name]
    answer = client.post(path, content=json.dumps(body), headers=FHIR)
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/fhir+json")
    (issue,) = answer.json()["issue"]
    assert said in issue["diagnostics"]
    assert "zq-secret-zq" not in answer.text


def test_the_capability_statement_names_it(client: httpx.Client) -> None:
    (rest,) = client.get("/fhir/metadata").json()["rest"]
    definition = "http://hl7.org/fhir/OperationDefinition/Resource-validate"
    assert {one["name"]: one["definition"] for one in rest["operation"]}["validate"] == definition


def test_a_large_body_is_refused(client: httpx.Client) -> None:
    assert client.post("/fhir/$validate", json=RIGHT | {"id": "x" * 300_000}).status_code == 413


ODD: list[dict[str, Any]] = [
    {"resourceType": "Condition", "subject": {"reference": "Patient/1"}, name: {"coding": [{"code": code}]}}
    for name in ("clinicalStatus", "verificationStatus")
    for code in ([], {}, 1)
]


@pytest.mark.parametrize("odd", [*ODD, {"resourceType": "Patient", "id": ["x"]}])
def test_a_code_or_id_of_another_shape_is_a_problem_and_no_fault(client: httpx.Client, odd: dict[str, Any]) -> None:
    condition = {"resourceType": "Condition", "subject": {"reference": "Patient/1"}}
    bundle = {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": one} for one in (odd, condition)]}
    assert any(one["severity"] == "error" for one in issues(client, bundle))
    line = json.dumps(bundle)
    headers = {"Content-Type": "application/fhir+ndjson"}
    answer = client.post("/fhir/$hormone-monitoring?strict=true", content=f"{line}\n{line}\n", headers=headers)
    assert [json.loads(one)["resourceType"] for one in answer.text.splitlines()] == ["OperationOutcome"] * 2


def test_components_that_only_have_names_have_no_code_in_common(client: httpx.Client) -> None:
    named = RIGHT | {"code": {"coding": [{"display": "a"}]}, "component": [{"code": {"coding": [{"display": "b"}]}}]}
    assert not [one for one in issues(client, named) if "obs-7" in one["diagnostics"]]
