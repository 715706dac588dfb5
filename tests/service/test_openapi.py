"""The API's document says what the routes do."""

from __future__ import annotations

import json
import re
from typing import Any

import httpx
import pytest
from jsonschema import Draft202012Validator

from cds_hooks.presentation.terminology.capabilities import OPERATIONS
from cds_hooks.wire.discovery import ENCOUNTER_START, ORDER_SELECT, ORDER_SIGN, PATIENT_VIEW, REFILL, RESPONSE
from service.examples.chart import chart_json
from service.http.errors import ERRORS, FHIR_ERRORS

HOOK = "/cds-services/hormone-monitoring-patient-view"
IDS = (PATIENT_VIEW, ORDER_SELECT, ORDER_SIGN, REFILL, ENCOUNTER_START, RESPONSE)
HOOKS = tuple(f"/cds-services/{identity}" for identity in IDS)
Document = dict[str, Any]


@pytest.fixture(scope="module")
def document(client: httpx.Client) -> Document:
    """The document as served."""
    served: Document = client.get("/openapi.json").json()
    return served


def schema_at(document: Document, path: str, method: str, *place: str) -> Document:
    """The JSON schema of one body, with the components it refers to."""
    found: Any = document["paths"][path][method]
    for name in place:
        found = found[name]
    body = resolved(document, found)["content"]["application/json"]
    return dict(resolved(document, body["schema"])) | {"components": document["components"]}


def resolved(document: Document, part: Document) -> Document:
    """A part itself, or what it refers to."""
    if "$ref" not in part:
        return part
    *_, kind, name = part["$ref"].split("/")
    return dict(document["components"][kind][name])


def test_every_reference_leads_somewhere(document: Document) -> None:
    references = set(re.findall(r'"\$ref": "([^"]+)"', json.dumps(document)))
    known = {f"#/components/{kind}/{name}" for kind, parts in document["components"].items() for name in parts}
    assert references <= known


def test_every_address_for_systems_is_documented(document: Document) -> None:
    assert {path for path in document["paths"] if not path.startswith("/fhir/")} == {
        *(
            *("/cds-services", *HOOKS, *(f"{hook}/feedback" for hook in HOOKS)),
            *("/evaluate", "/schemas/report", "/codes/unmapped", "/stats"),
            *("/population/latest", "/population/latest/summary"),
            *("/health", "/health/live", "/health/ready", "/metrics"),
        )
    }


def test_every_terminology_address_is_documented(document: Document) -> None:
    resources = {f"/fhir/{kind}{one}" for kind in OPERATIONS for one in ("", "/{id}", "/_search")}
    on_types = {f"/fhir/{kind}/${name}" for kind, names in OPERATIONS.items() for name in names}
    on_resources = {path.replace("/$", "/{id}/$") for path in on_types} - {"/fhir/CodeSystem/{id}/$lookup"}
    on_types -= {"/fhir/PlanDefinition/$apply"}
    judging = {"/fhir/$hormone-monitoring", "/fhir/Patient/{id}/$hormone-monitoring"}
    documented = {path for path in document["paths"] if path.startswith("/fhir/")}
    validation = {"/fhir/$validate", "/fhir/{type}/$validate"}
    operations = on_types | on_resources | judging | validation
    assert documented == resources | operations | {"/fhir/metadata"}


def test_terminology_is_documented_in_its_own_media_type(document: Document) -> None:
    media = {
        (status, name)
        for path, methods in document["paths"].items()
        if path.startswith("/fhir/")
        for operation in methods.values()
        for status, answer in operation["responses"].items()
        for name in resolved(document, answer).get("content", ())
    }
    # What is no HTTP is refused before it has an address.
    # A batch is answered in lines.
    elsewhere = {("400", "application/json"), ("200", "application/fhir+ndjson")}
    assert {name for _, name in media - elsewhere} == {"application/fhir+json"}


@pytest.mark.parametrize("path", [HOOK, "/evaluate"])
def test_every_refusal_is_documented_as_an_outcome(document: Document, path: str) -> None:
    responses = document["paths"][path]["post"]["responses"]
    assert {"200", "400", "413", "415"} <= set(responses)
    for status in set(responses) - {"200"}:
        body = resolved(document, responses[status])["content"]["application/json"]
        assert body["schema"] == {"$ref": "#/components/schemas/OperationOutcome"}


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/fhir/CodeSystem/$lookup", 400),
        ("/fhir/ValueSet/nothing", 404),
        ("/fhir/metadata?_format=xml", 406),
    ],
)
def test_examples_of_terminology_errors_are_what_is_answered(client: httpx.Client, path: str, status: int) -> None:
    example = FHIR_ERRORS[status].example
    answered = client.get(path).json()
    answered["issue"][0].pop("expression", None)
    example["issue"][0].pop("expression", None)
    assert answered == example


@pytest.mark.parametrize("status", ERRORS)
def test_every_error_has_an_example_of_its_shape(document: Document, status: int) -> None:
    body = document["components"]["responses"][ERRORS[status].name]["content"]["application/json"]
    Draft202012Validator(body["schema"] | {"components": document["components"]}).validate(body["example"])


@pytest.mark.parametrize(
    ("method", "path", "status"), [("GET", "/nothing", 404), ("GET", HOOK, 405), ("POST", HOOK, 415)]
)
def test_examples_of_errors_are_what_is_answered(client: httpx.Client, method: str, path: str, status: int) -> None:
    assert client.request(method, path).json() == ERRORS[status].example


@pytest.mark.parametrize("path", [HOOK, "/evaluate"])
def test_both_names_of_json_are_documented_and_the_remedy_names_both(document: Document, path: str) -> None:
    media = set(document["paths"][path]["post"]["requestBody"]["content"])
    assert media == {"application/json", "application/fhir+json"}
    assert all(name in ERRORS[415].diagnostics for name in media)


def test_the_document_says_licence_tags_and_notices(document: Document) -> None:
    assert document["info"]["license"]["identifier"] == "Apache-2.0"
    assert "LOINC" in document["info"]["description"]
    used = {
        tag for methods in document["paths"].values() for operation in methods.values() for tag in operation["tags"]
    }
    assert {tag["name"] for tag in document["tags"] if tag["description"]} == used
    assert all(operation["description"] for methods in document["paths"].values() for operation in methods.values())


def test_components_have_names_for_readers(document: Document) -> None:
    assert not [name for name in document["components"]["schemas"] if not name.isidentifier()]
    card = document["components"]["schemas"]["Card"]["properties"]
    assert card["summary"]["maxLength"] == 139
    assert card["uuid"]["format"] == "uuid"


def test_health_is_as_documented(client: httpx.Client, document: Document) -> None:
    schema = schema_at(document, "/health", "get", "responses", "200")
    Draft202012Validator(schema).validate(client.get("/health").json())


def test_discovery_is_as_documented(client: httpx.Client, document: Document) -> None:
    schema = schema_at(document, "/cds-services", "get", "responses", "200")
    Draft202012Validator(schema).validate(client.get("/cds-services").json())


def test_a_hook_call_and_its_answer_are_as_documented(
    client: httpx.Client, document: Document, call: dict[str, Any]
) -> None:
    Draft202012Validator(schema_at(document, HOOK, "post", "requestBody")).validate(call)
    answer = client.post(HOOK, json=call).json()
    Draft202012Validator(schema_at(document, HOOK, "post", "responses", "200")).validate(answer)


@pytest.mark.parametrize("path", HOOKS)
def test_a_call_whose_data_can_be_fetched_is_documented_without_prefetch(document: Document, path: str) -> None:
    schema = resolved(document, schema_at(document, path, "post", "requestBody"))
    assert "prefetch" not in schema["required"]
    assert "required" not in resolved(document, schema["properties"]["prefetch"])


def test_a_report_is_as_documented_and_as_its_own_schema_says(client: httpx.Client, document: Document) -> None:
    bundle = json.loads(chart_json("hematocrit"))
    Draft202012Validator(schema_at(document, "/evaluate", "post", "requestBody")).validate(bundle)
    report = client.post("/evaluate", params={"today": "2026-09-04"}, json=bundle).json()
    Draft202012Validator(schema_at(document, "/evaluate", "post", "responses", "200")).validate(report)
    Draft202012Validator(client.get("/schemas/report").json()).validate(report)


def test_a_refusal_is_as_documented(client: httpx.Client, document: Document) -> None:
    answer = client.post("/evaluate", json={"resourceType": "Patient"})
    Draft202012Validator(schema_at(document, "/evaluate", "post", "responses", "400")).validate(answer.json())


def test_the_example_of_a_worklist_is_one(document: Document) -> None:
    schema = schema_at(document, "/population/latest", "get", "responses", "200")
    content = document["paths"]["/population/latest"]["get"]["responses"]["200"]["content"]
    Draft202012Validator(schema).validate(content["application/json"]["example"])
