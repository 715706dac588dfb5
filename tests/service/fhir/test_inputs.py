"""What is said beside a code is heeded or refused, never left aside."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from service import __version__
from tests.optional_tables import needs_snomed
from tests.service.fhir.calls import FHIR, asked, said

LOINC, UCUM, SNOMED = "http://loinc.org", "http://unitsofmeasure.org", "http://snomed.info/sct"
OURS = "https://hormone-cds.example"
ANALYTES = f"{OURS}/CodeSystem/analyte"
VALIDATE = "/fhir/CodeSystem/$validate-code"
TRANSLATE = "/fhir/ConceptMap/$translate"
CODING = {"name": "coding", "valueCoding": {"system": LOINC, "code": "2986-8"}}
CONCEPT = {"name": "codeableConcept", "valueCodeableConcept": {"coding": [{"system": LOINC, "code": "2986-8"}]}}
TESTOSTERONE = {"system": LOINC, "code": "2986-8"}


def diagnostics(answer: httpx.Response) -> str:
    """What a refusal says."""
    (issue,) = answer.json()["issue"]
    return str(issue["diagnostics"])


def issues(answer: httpx.Response) -> list[tuple[str, str]]:
    """Severity and text of what an answer remarks."""
    found = next((one["resource"]["issue"] for one in answer.json()["parameter"] if one["name"] == "issues"), [])
    return [(issue["severity"], issue["details"]["text"]) for issue in found]


@pytest.mark.parametrize(
    ("path", "named"),
    [
        ("CodeSystem/loinc/$validate-code", {}),
        ("CodeSystem/$validate-code", {"url": LOINC}),
    ],
)
def test_a_system_that_is_not_the_code_system_asked_is_refused(
    client: httpx.Client, path: str, named: dict[str, str]
) -> None:
    answer = client.get(f"/fhir/{path}", params={**named, "system": SNOMED, "code": "2986-8"})
    assert answer.status_code == 400
    assert "leave it out" in diagnostics(answer)
    same = client.get(f"/fhir/{path}", params={**named, **TESTOSTERONE})
    assert said(same)["result"] is True


@pytest.mark.parametrize("sent", [CODING, CONCEPT])
@pytest.mark.parametrize(
    ("path", "beside"),
    [
        ("ValueSet/testosterone-total/$validate-code", {"name": "display", "valueString": "WRONG"}),
        ("ValueSet/testosterone-total/$validate-code", {"name": "systemVersion", "valueString": "9.9"}),
        ("ValueSet/testosterone-total/$validate-code", {"name": "system", "valueUri": "http://x"}),
        ("CodeSystem/loinc/$validate-code", {"name": "display", "valueString": "WRONG"}),
        ("CodeSystem/loinc/$validate-code", {"name": "version", "valueString": "9"}),
        ("CodeSystem/loinc/$validate-code", {"name": "system", "valueUri": LOINC}),
        ("ConceptMap/$translate", {"name": "version", "valueString": "1"}),
        ("ConceptMap/$translate", {"name": "system", "valueUri": "http://x"}),
    ],
)
def test_what_belongs_to_a_bare_code_is_refused_beside_a_coding(
    client: httpx.Client, path: str, sent: dict[str, Any], beside: dict[str, Any]
) -> None:
    answer = asked(client, path, sent, beside)
    assert answer.status_code == 400
    assert f"{beside['name']} goes with code" in diagnostics(answer)


def test_two_versions_of_one_system_are_refused(client: httpx.Client) -> None:
    answer = client.get(TRANSLATE, params={"system": f"{LOINC}|2.70", "version": "2.76", "code": "2986-8"})
    assert (answer.status_code, "one version" in diagnostics(answer)) == (400, True)


def test_a_version_of_no_map_is_refused(client: httpx.Client) -> None:
    answer = client.get(TRANSLATE, params={**TESTOSTERONE, "conceptMapVersion": "99"})
    assert (answer.status_code, "url" in diagnostics(answer)) == (400, True)


def test_a_code_without_a_system_is_not_translated(client: httpx.Client) -> None:
    answer = client.get(TRANSLATE, params={"code": "2986-8"})
    assert (answer.status_code, "system" in diagnostics(answer)) == (400, True)


@pytest.mark.parametrize(
    ("path", "versioned"),
    [
        ("CodeSystem/$lookup", {**TESTOSTERONE, "version": "2.76"}),
        ("CodeSystem/$lookup", {"system": f"{LOINC}|2.76", "code": "2986-8"}),
        ("CodeSystem/$validate-code", {"url": LOINC, "code": "2986-8", "version": "2.76"}),
        ("CodeSystem/$validate-code", {"url": f"{LOINC}|2.76", "code": "2986-8"}),
        ("CodeSystem/loinc/$validate-code", {"code": "2986-8", "version": "2.76"}),
        ("ValueSet/testosterone-total/$validate-code", {**TESTOSTERONE, "systemVersion": "2.76"}),
    ],
)
def test_a_version_of_a_code_system_that_is_held_in_none_is_answered_with_a_warning(
    client: httpx.Client, path: str, versioned: dict[str, str]
) -> None:
    """LOINC's and SNOMED CT's fragments come from several releases: they can neither confirm nor deny one, and real
    codings carry theirs. To refuse those would refuse the chart's own codes."""
    answer = client.get(f"/fhir/{path}", params=versioned)
    assert answer.status_code == 200
    assert said(answer).get("result", True) is True
    ((severity, text),) = issues(answer)
    assert (severity, "fragment" in text) == ("warning", True)


@pytest.mark.parametrize(
    ("path", "versioned"),
    [
        ("CodeSystem/$validate-code", {"url": UCUM, "code": "mg/dL", "version": "9"}),
        ("CodeSystem/$validate-code", {"url": f"{UCUM}|9", "code": "mg/dL"}),
        ("CodeSystem/$validate-code", {"url": ANALYTES, "code": "hematocrit", "version": "9"}),
        ("CodeSystem/ucum/$validate-code", {"code": "mg/dL", "version": "9"}),
        ("ValueSet/hematocrit-units/$validate-code", {"system": UCUM, "code": "%", "systemVersion": "9"}),
    ],
)
def test_another_version_than_the_one_held_makes_a_code_invalid(
    client: httpx.Client, path: str, versioned: dict[str, str]
) -> None:
    answer = client.get(f"/fhir/{path}", params=versioned)
    assert said(answer)["result"] is False
    assert "is version" in said(answer)["message"]
    assert [severity for severity, _ in issues(answer)] == ["error"]


def test_another_version_than_the_one_held_is_not_looked_up(client: httpx.Client) -> None:
    sent = {"system": UCUM, "code": "mg/dL", "version": "9"}
    answer = client.get("/fhir/CodeSystem/$lookup", params=sent)
    assert (answer.status_code, "is version 2.2" in diagnostics(answer)) == (404, True)
    assert client.get("/fhir/CodeSystem/$lookup", params=sent | {"version": "2.2"}).status_code == 200


@needs_snomed
def test_a_versioned_coding_leaves_the_others_of_its_concept_alone(client: httpx.Client) -> None:
    codings = [{"system": SNOMED, "version": "http://snomed.info/sct/900000000000207008", "code": "1"}]
    codings += [{"system": UCUM, "version": "9", "code": "%"}, {"system": LOINC, "version": "2.76", "code": "2986-8"}]
    concept = {"name": "codeableConcept", "valueCodeableConcept": {"coding": codings}}
    for path in ("ValueSet/testosterone-total/$validate-code", "ConceptMap/$translate"):
        assert said(asked(client, path, concept))["result"] is True
    assert said(asked(client, "CodeSystem/$validate-code", concept, {"name": "url", "valueUri": LOINC}))["result"]


def test_without_a_url_the_code_system_is_one_that_is_held(client: httpx.Client) -> None:
    codings = [{"system": "http://lab.example", "code": "T"}, {"system": LOINC, "code": "2986-8"}]
    concept = {"name": "codeableConcept", "valueCodeableConcept": {"coding": codings}}
    assert said(asked(client, "CodeSystem/$validate-code", concept))["result"] is True


@pytest.mark.parametrize(
    "versioned",
    [
        {**TESTOSTERONE, "version": "2.76"},
        {"system": f"{LOINC}|2.70", "code": "2986-8"},
    ],
)
def test_a_version_held_in_none_is_translated_with_a_warning(client: httpx.Client, versioned: dict[str, str]) -> None:
    answer = said(client.get(TRANSLATE, params=versioned))
    assert (answer["result"], "not checked" in answer["message"]) == (True, True)


@pytest.mark.parametrize(
    ("sent", "result"),
    [
        ({"targetsystem": f"{ANALYTES}|{__version__}"}, True),
        ({"targetsystem": f"{ANALYTES}|9"}, False),
        ({"targetsystem": f"{LOINC}|9"}, False),
        ({"source": f"{OURS}/ValueSet/laboratory-codes|{__version__}"}, True),
        ({"source": f"{OURS}/ValueSet/laboratory-codes|9"}, False),
        ({"source": f"{OURS}/ValueSet/laboratory-codes", "target": f"{OURS}/ValueSet/laboratory-codes"}, False),
        ({"url": f"{OURS}/ConceptMap/loinc-to-analyte|{__version__}"}, True),
    ],
)
def test_canonicals_with_a_version_are_understood(client: httpx.Client, sent: dict[str, str], result: bool) -> None:
    assert said(client.get(TRANSLATE, params={**TESTOSTERONE, **sent}))["result"] is result


def test_another_version_of_a_system_we_hold_is_not_translated(client: httpx.Client) -> None:
    sent = {"system": ANALYTES, "code": "hematocrit", "reverse": "true"}
    assert said(client.get(TRANSLATE, params=sent))["result"] is True
    other = said(client.get(TRANSLATE, params=sent | {"version": "9"}))
    assert (other["result"], "is version" in other["message"]) == (False, True)


CODELESS = [{"system": LOINC, "display": "Testosteron"}, {"system": LOINC, "code": "2986-8"}]
CONCEPTS = (
    "CodeSystem/$validate-code",
    "CodeSystem/loinc/$validate-code",
    "ValueSet/testosterone-total/$validate-code",
    "ConceptMap/$translate",
)


@pytest.mark.parametrize("path", CONCEPTS)
@pytest.mark.parametrize("concept", [{"text": "Testosteron"}, {"coding": [], "text": "Testosteron"}, {}])
def test_a_text_alone_is_no_code(client: httpx.Client, path: str, concept: dict[str, Any]) -> None:
    answer = said(asked(client, path, {"name": "codeableConcept", "valueCodeableConcept": concept}))
    assert (answer["result"], "There is no code" in answer["message"]) == (False, True)
    assert "Testosteron" not in answer["message"]


@pytest.mark.parametrize("path", CONCEPTS)
def test_a_coding_without_a_code_leaves_the_others_of_its_concept_alone(client: httpx.Client, path: str) -> None:
    answer = said(asked(client, path, {"name": "codeableConcept", "valueCodeableConcept": {"coding": CODELESS}}))
    assert (answer["result"], "left out" in answer["message"]) == (True, True)
    none = said(asked(client, path, {"name": "codeableConcept", "valueCodeableConcept": {"coding": CODELESS[:1]}}))
    assert (none["result"], "There is no code" in none["message"]) == (False, True)


@pytest.mark.parametrize("name", ["today", "profile", "strict"])
@pytest.mark.parametrize(
    "written", [b'"\xd0"', b"1e999999", b"1" * 5_000, rb'"\q"', b'"\t"', b"[" * 3_000 + b"]" * 3_000]
)
def test_a_value_that_json_does_not_allow_is_refused(client: httpx.Client, name: str, written: bytes) -> None:
    element = {"today": b"valueDate", "profile": b"valueCode", "strict": b"valueBoolean"}[name]
    bundle = b'{"name": "bundle", "resource": {"resourceType": "Bundle"}}'
    body = b'{"resourceType": "Parameters", "parameter": [{"name": "%s", "%s": %s}, %s]}'
    content = body % (name.encode(), element, written, bundle)
    answer = client.post("/fhir/$hormone-monitoring", content=content, headers={"Content-Type": FHIR})
    assert answer.status_code == 400
    assert answer.json()["resourceType"] == "OperationOutcome"
