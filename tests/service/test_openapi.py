"""The API's document says what the routes do."""

from __future__ import annotations

import json
import re
from typing import Any

import httpx
import pytest
from jsonschema import Draft202012Validator

from service.demo.chart import chart_json

HOOK = "/cds-services/hormone-monitoring-patient-view"
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
    return dict(found["content"]["application/json"]["schema"]) | {"components": document["components"]}


def test_every_reference_leads_somewhere(document: Document) -> None:
    references = set(re.findall(r'"\$ref": "([^"]+)"', json.dumps(document)))
    known = {f"#/components/schemas/{name}" for name in document["components"]["schemas"]}
    assert references <= known


def test_every_address_for_systems_is_documented(document: Document) -> None:
    assert set(document["paths"]) == {"/cds-services", HOOK, "/evaluate", "/schemas/report", "/health"}


@pytest.mark.parametrize("path", [HOOK, "/evaluate"])
def test_every_refusal_is_documented_as_an_outcome(document: Document, path: str) -> None:
    responses = document["paths"][path]["post"]["responses"]
    assert {"200", "400", "413", "415"} <= set(responses)
    for status in set(responses) - {"200"}:
        schema = responses[status]["content"]["application/json"]["schema"]
        assert schema == {"$ref": "#/components/schemas/OperationOutcome"}


def test_discovery_is_as_documented(client: httpx.Client, document: Document) -> None:
    schema = schema_at(document, "/cds-services", "get", "responses", "200")
    Draft202012Validator(schema).validate(client.get("/cds-services").json())


def test_a_hook_call_and_its_answer_are_as_documented(
    client: httpx.Client, document: Document, call: dict[str, Any]
) -> None:
    Draft202012Validator(schema_at(document, HOOK, "post", "requestBody")).validate(call)
    answer = client.post(HOOK, json=call).json()
    Draft202012Validator(schema_at(document, HOOK, "post", "responses", "200")).validate(answer)


def test_a_report_is_as_documented_and_as_its_own_schema_says(client: httpx.Client, document: Document) -> None:
    bundle = json.loads(chart_json("hematocrit"))
    Draft202012Validator(schema_at(document, "/evaluate", "post", "requestBody")).validate(bundle)
    report = client.post("/evaluate", params={"today": "2026-09-04"}, json=bundle).json()
    Draft202012Validator(schema_at(document, "/evaluate", "post", "responses", "200")).validate(report)
    Draft202012Validator(client.get("/schemas/report").json()).validate(report)


def test_a_refusal_is_as_documented(client: httpx.Client, document: Document) -> None:
    answer = client.post("/evaluate", json={"resourceType": "Patient"})
    Draft202012Validator(schema_at(document, "/evaluate", "post", "responses", "400")).validate(answer.json())
