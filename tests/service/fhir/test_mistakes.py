"""What cannot be meant is refused under /fhir, in FHIR's media type, with the remedy and without the input."""

from __future__ import annotations

import json

import httpx
import pytest

FHIR = "application/fhir+json"
SECRET = "zq-secret-zq"
LOOKUP = "/fhir/CodeSystem/$lookup"
EXPAND = "/fhir/ValueSet/hematocrit/$expand"
GETS = [
    (f"/fhir/ValueSet?nmae={SECRET}", 400, "title:contains"),
    (f"/fhir/ValueSet?{SECRET}=1", 400, "Known here"),
    ("/fhir/ValueSet?name:exact=x", 400, "Known here"),
    ("/fhir/ValueSet?_count=many", 400, "whole number"),
    ("/fhir/ValueSet?_count=-1", 400, "whole number"),
    ("/fhir/ValueSet?_count=1&_count=2", 400, "once"),
    ("/fhir/ValueSet?_summary=text", 400, "count"),
    ("/fhir/ValueSet?name=", 400, "1 to 500"),
    (f"/fhir/ValueSet?name={'x' * 501}", 400, "1 to 500"),
    (f"/fhir/ValueSet/{SECRET}", 404, "lists them"),
    (f"/fhir/ValueSet/hematocrit?version={SECRET}", 400, "_format"),
    (f"/fhir/{SECRET}", 404, "openapi.json"),
    ("/fhir", 404, "openapi.json"),
    ("/fhir/ValueSet/hematocrit/$subsumes", 404, "openapi.json"),
    (f"/fhir/CodeSystem/$subsumes?codeA={SECRET}", 404, "not supported"),
    ("/fhir/CodeSystem/snomed-ct/$subsumes", 404, "not supported"),
    ("/fhir/ConceptMap/$closure", 404, "not supported"),
    ("/fhir/$closure", 404, "not supported"),
    ("/fhir/ValueSet/_history", 404, "not supported"),
    ("/fhir/ValueSet/hematocrit/_history", 404, "not supported"),
    (f"/fhir/ValueSet/hematocrit/_history/{SECRET}", 404, "not supported"),
    (f"/fhir/ValueSet?{'&'.join(['name=x'] * 9)}", 400, "8 times"),
    ("/fhir/metadata?mode=normative", 400, "terminology"),
    (LOOKUP, 400, "exactly one of"),
    (f"{LOOKUP}?code={SECRET}", 400, "system"),
    (f"{LOOKUP}?system=http://loinc.org&code={SECRET}", 404, "LOINC"),
    (f"{LOOKUP}?system={SECRET}&code=1", 404, "http://loinc.org"),
    (f"{LOOKUP}?system=http://loinc.org&code=2986-8&property={SECRET}", 400, "METHOD_TYP"),
    (f"{LOOKUP}?coding=http://loinc.org|{SECRET}", 400, "Known here"),
    (f"{LOOKUP}?system=http://loinc.org&code=1&code={SECRET}", 400, "once"),
    ("/fhir/CodeSystem/$validate-code?code=2986-8", 400, "url"),
    ("/fhir/ValueSet/$validate-code?code=2986-8&system=http://loinc.org", 400, "url"),
    ("/fhir/ValueSet/hematocrit/$validate-code?url=x&code=2986-8&system=http://loinc.org", 400, "Known here"),
    (f"{EXPAND}?count=ten", 400, "whole number"),
    (f"{EXPAND}?count=1.5", 400, "whole number"),
    (f"{EXPAND}?activeOnly=yes", 400, "true or false"),
    (f"{EXPAND}?filtre={SECRET}", 400, "filter"),
    (f"{EXPAND}?date={SECRET}&{SECRET}=1", 400, "Not supported here: date."),
    ("/fhir/ConceptMap/$translate?system=http://loinc.org&code=1&url=urn:nothing", 404, "lists them"),
    ("/fhir/ValueSet?_format=xml", 406, "JSON"),
    ("/fhir/ValueSet?_format=application/fhir%2Bxml", 406, "JSON"),
    ("/fhir/ValueSet?_pretty=yes", 400, "_pretty"),
]
BODIES = [
    (b"", 400, "JSON"),
    (SECRET.encode(), 400, "JSON"),
    (b'{"resourceType": "Patient"}', 400, "Parameters"),
    (b'["x"]', 400, "Parameters"),
    (b"[" * 50_000, 400, "Parameters"),
    (b'{"resourceType": "Parameters", "parameter": [{"name": "code"}]}', 400, "valueCode"),
    (b'{"resourceType": "Parameters", "parameter": [{"name": "code", "valueBoolean": true}]}', 400, "valueCode"),
    (b'{"resourceType": "Parameters", "parameter": [{"name": "code", "valueCode": null}]}', 400, "valueCode"),
    (b'{"resourceType": "Parameters", "parameter": [{"name": "code", "valueCode": 7}]}', 400, "valueCode"),
    (b'{"resourceType": "Parameters", "parameter": [{"name": "code", "valueCode": ""}]}', 400, "1 to 500"),
    (b'{"resourceType": "Parameters", "parameter": [{"name": "zq-secret-zq", "valueCode": "1"}]}', 400, "Known here"),
    (b'{"resourceType": "Parameters", "parameter": [{"name": "code", "valueZq-secret-zq": 1}]}', 400, "valueCode"),
    (b'{"resourceType": "Parameters", "parameter": [{"name": "code", "part": []}]}', 400, "valueCode"),
    (
        b'{"resourceType": "Parameters", "parameter": [{"name": "code", "valueCode": "1", "_valueCode": {}}]}',
        400,
        "Extensions of a value",
    ),
    (
        b'{"resourceType": "Parameters", "parameter": [{"name": "date", "valueDateTime": "2026-01-01"}]}',
        400,
        "Not supported here: date",
    ),
    (
        b'{"resourceType": "Parameters", "parameter": [{"name": "valueSet", "resource": {}}]}',
        400,
        "Not supported here: valueSet",
    ),
    (
        b'{"resourceType": "Parameters", "parameter": [{"name": "dependency", "part": [{"name": "zq-secret-zq"}]}]}',
        400,
        "Not supported here: dependency",
    ),
    (
        b'{"resourceType": "Parameters", "parameter": [{"name": "zq-secret-zq", "valueDateTime": "1"}]}',
        400,
        "Unknown parameter",
    ),
    (
        b'{"resourceType": "Parameters", "parameter": [{"name": "coding", "valueCoding": {"system": "zq-secret-zq"}}]}',
        400,
        "has no code",
    ),
    (b'{"resourceType": "Parameters", "parameter": [{"valueCode": "zq-secret-zq"}]}', 400, "have a name"),
    (b'{"resourceType": "Parameters", "parameter": [{"name": 7}]}', 400, "have a name"),
    (b'{"resourceType": "Parameters", "parameter": ["zq-secret-zq"]}', 400, "have a name"),
    (b'{"resourceType": "Parameters", "parameter": [{"name": "code", "valueCode": ' + b"[" * 50_000, 400, "Parameters"),
    (b'{"resourceType": "Parameters"}', 400, "exactly one of"),
]


def refused(answer: httpx.Response, status: int, said: str) -> None:
    """Check what every refusal must be."""
    assert answer.status_code == status
    assert answer.headers["content-type"] == FHIR
    assert SECRET not in answer.text
    (issue,) = answer.json()["issue"]
    assert answer.json()["resourceType"] == "OperationOutcome"
    assert issue["severity"] == "error"
    assert said in issue["diagnostics"]


@pytest.mark.parametrize(("address", "status", "said"), GETS, ids=[address[:70] for address, _, _ in GETS])
def test_a_query_that_cannot_be_meant_is_refused(client: httpx.Client, address: str, status: int, said: str) -> None:
    refused(client.get(address), status, said)


@pytest.mark.parametrize(("body", "status", "said"), BODIES, ids=[str(body[:75]) for body, _, _ in BODIES])
def test_a_body_that_cannot_be_meant_is_refused(client: httpx.Client, body: bytes, status: int, said: str) -> None:
    refused(client.post(LOOKUP, content=body, headers={"Content-Type": FHIR}), status, said)


def test_code_and_coding_together_are_refused(client: httpx.Client) -> None:
    sent = [{"name": "code", "valueCode": "1"}, {"name": "coding", "valueCoding": {"code": SECRET}}]
    refused(client.post(LOOKUP, json={"resourceType": "Parameters", "parameter": sent}), 400, "exactly one of")


def test_a_posted_operation_takes_no_parameters_from_its_address(client: httpx.Client) -> None:
    body = {"resourceType": "Parameters", "parameter": []}
    refused(client.post(f"{LOOKUP}?code={SECRET}", json=body), 400, "_format")


@pytest.mark.parametrize("path", ["CodeSystem/$subsumes", "ConceptMap/$closure", "$closure"])
def test_a_posted_operation_that_is_lacking_is_said_to_be(client: httpx.Client, path: str) -> None:
    refused(client.post(f"/fhir/{path}", json={"resourceType": "Parameters"}), 404, "not supported")


FORM = "application/x-www-form-urlencoded"


@pytest.mark.parametrize(
    ("media", "body", "status", "said"),
    [
        (FORM, f"nmae={SECRET}".encode(), 400, "Known here"),
        (FORM, b"_count=many", 400, "whole number"),
        (FORM, b"_format=xml", 406, "JSON"),
        (FORM, b"_pretty=yes", 400, "_pretty"),
        (FORM, b"name=", 400, "1 to 500"),
        (FORM, b"name=\xff", 400, "UTF-8"),
        (FORM, b"name=x&" * 101, 400, "at most 100"),
        (FORM, b"name=" + b"x" * 300_000, 413, "MAX_BODY"),
        (f"{FORM}; charset=latin-1", b"name=x", 415, "UTF-8"),
        ("application/json", b"{}", 415, FORM),
        ("", b"name=x", 415, FORM),
    ],
)
def test_a_form_that_cannot_be_meant_is_refused(
    client: httpx.Client, media: str, body: bytes, status: int, said: str
) -> None:
    refused(client.post("/fhir/ValueSet/_search", content=body, headers={"Content-Type": media}), status, said)


def test_xml_is_not_read(client: httpx.Client) -> None:
    answer = client.post(LOOKUP, content=f"<{SECRET}/>", headers={"Content-Type": "application/fhir+xml"})
    refused(answer, 415, "JSON")


@pytest.mark.parametrize("method", ["DELETE", "PUT", "PATCH"])
@pytest.mark.parametrize(
    ("address", "allowed"),
    [
        (LOOKUP, "GET, HEAD, POST"),
        (EXPAND, "GET, HEAD, POST"),
        ("/fhir/ValueSet/hematocrit", "GET, HEAD"),
        ("/fhir/ValueSet", "GET, HEAD"),
        ("/fhir/ValueSet/_search", "POST"),
        ("/fhir/metadata", "GET, HEAD"),
    ],
)
def test_a_method_that_is_not_answered_is_told_which_are(
    client: httpx.Client, method: str, address: str, allowed: str
) -> None:
    answer = client.request(method, address)
    refused(answer, 405, "Allow")
    assert answer.headers["allow"] == allowed


@pytest.mark.parametrize(
    ("accept", "status"),
    [
        ("application/fhir+json", 200),
        ("application/json", 200),
        ("*/*", 200),
        ("application/fhir+json; fhirVersion=4.0", 200),
        ("text/html, application/xhtml+xml, */*;q=0.8", 200),
        ("application/fhir+xml, application/fhir+json;q=0.5", 200),
        ("application/fhir+xml", 406),
        ("text/turtle", 406),
    ],
)
def test_only_json_is_served(client: httpx.Client, accept: str, status: int) -> None:
    answer = client.get("/fhir/ConceptMap?_summary=count", headers={"Accept": accept})
    assert answer.status_code == status
    assert answer.headers["content-type"] == FHIR
    forced = client.get("/fhir/ConceptMap?_summary=count&_format=json", headers={"Accept": accept})
    assert forced.status_code == 200


@pytest.mark.parametrize("wanted", ["json", "application/json", "application/fhir%2Bjson", "application/fhir+json"])
def test_json_has_several_names(client: httpx.Client, wanted: str) -> None:
    assert client.get(f"/fhir/metadata?_format={wanted}").status_code == 200


def test_bodies_are_bounded_as_everywhere(client: httpx.Client) -> None:
    answer = client.post(LOOKUP, content=json.dumps({"x": "x" * 300_000}), headers={"Content-Type": FHIR})
    refused(answer, 413, "MAX_BODY")
