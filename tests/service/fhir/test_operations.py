"""Every terminology operation answers alike by GET and POST, and as its description says."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from fhir.resources.R4B import get_fhir_model_class

from service.fhir.operations.operations import OPERATIONS, Operation
from service.fhir.operations.posted import VALUES
from tests.service.fhir.calls import FHIR, asked, said

LOINC = "http://loinc.org"
SETS = "https://hormone-cds.example/ValueSet"
CALLS = [
    ("CodeSystem/$lookup", {"system": LOINC, "code": "2986-8"}),
    ("CodeSystem/$lookup", {"system": LOINC, "code": "2986-8", "property": "usable", "displayLanguage": "en"}),
    ("CodeSystem/$lookup", {"system": "http://unitsofmeasure.org", "code": "mg/dL"}),
    ("CodeSystem/$lookup", {"system": LOINC, "code": "2986-7"}),
    ("CodeSystem/$lookup", {"system": LOINC}),
    ("CodeSystem/$validate-code", {"url": LOINC, "code": "2986-8", "display": "hematocrit"}),
    ("CodeSystem/$validate-code", {"system": LOINC, "code": "2986-7"}),
    ("CodeSystem/loinc/$validate-code", {"code": "2986-8"}),
    ("CodeSystem/ucum/$validate-code", {"code": "m[IU]/L"}),
    ("ValueSet/$validate-code", {"url": f"{SETS}/hematocrit", "system": LOINC, "code": "4544-3"}),
    ("ValueSet/$validate-code", {"url": f"{SETS}/nothing", "system": LOINC, "code": "4544-3"}),
    ("ValueSet/$validate-code", {"url": f"{SETS}/hematocrit|0", "system": LOINC, "code": "4544-3"}),
    ("ValueSet/hematocrit/$validate-code", {"system": LOINC, "code": "4544-3"}),
    ("ValueSet/$expand", {"url": f"{SETS}/hematocrit", "filter": "volume", "offset": 1, "count": 2}),
    ("ValueSet/hematocrit/$expand", {"activeOnly": True, "includeDefinition": True, "includeDesignations": False}),
    ("ValueSet/$expand", {"count": 3}),
    ("ValueSet/hematocrit/$expand", {"filter": ""}),
    ("ConceptMap/$translate", {"system": LOINC, "code": "2986-8"}),
    ("ConceptMap/$translate", {"system": LOINC, "code": "2984-3", "source": f"{SETS}/laboratory-codes"}),
    ("ConceptMap/loinc-to-analyte/$translate", {"system": LOINC, "code": "2986-8"}),
    (
        "ConceptMap/loinc-to-analyte/$translate",
        {"system": "https://hormone-cds.example/CodeSystem/analyte", "code": "hematocrit", "reverse": True},
    ),
]


def declared(path: str) -> Operation:
    kind, name = path.split("/")[0], path.rpartition("$")[2]
    return next(one for one in OPERATIONS if (one.kind, one.name) == (kind, name))


def posted(path: str, values: dict[str, Any]) -> dict[str, Any]:
    """The same call as a Parameters resource."""
    kinds = {parameter.name: parameter.kind for parameter in declared(path).parameters}
    sent = [{"name": name, VALUES[kinds[name]][0]: value} for name, value in values.items()]
    return {"resourceType": "Parameters", "parameter": sent}


def steady(answer: httpx.Response) -> dict[str, Any]:
    """An answer without the moment it was made."""
    resource: dict[str, Any] = answer.json()
    resource.get("expansion", {}).pop("timestamp", None)
    return resource


@pytest.mark.parametrize(("path", "values"), CALLS, ids=[f"{path}-{number}" for number, (path, _) in enumerate(CALLS)])
def test_get_and_post_answer_alike(client: httpx.Client, path: str, values: dict[str, Any]) -> None:
    query = {name: str(value).lower() if isinstance(value, bool) else value for name, value in values.items()}
    by_get = client.get(f"/fhir/{path}", params=query)
    by_post = client.post(f"/fhir/{path}", json=posted(path, values))
    assert (by_get.status_code, steady(by_get)) == (by_post.status_code, steady(by_post))
    for answer in (by_get, by_post):
        assert answer.headers["content-type"] == FHIR
        get_fhir_model_class(answer.json()["resourceType"]).model_validate_json(answer.content)
    head = client.head(f"/fhir/{path}", params=query)
    assert (head.status_code, head.content) == (by_get.status_code, b"")


@pytest.mark.parametrize("operation", OPERATIONS, ids=[f"{one.kind}-{one.name}" for one in OPERATIONS])
def test_every_example_is_answered_with_the_resource_that_is_promised(
    client: httpx.Client, operation: Operation
) -> None:
    answer = client.get(f"/fhir/{operation.kind}/${operation.name}", params=dict(operation.example))
    assert (answer.status_code, answer.json()["resourceType"]) == (200, operation.answers)


@pytest.mark.parametrize("path", ["ValueSet/hematocrit/$validate-code", "CodeSystem/loinc/$validate-code"])
def test_code_coding_and_codeable_concept_mean_the_same(client: httpx.Client, path: str) -> None:
    coding = {"system": LOINC, "code": "4544-3", "userSelected": True}
    bare = [{"name": "code", "valueCode": "4544-3"}, {"name": "system", "valueUri": LOINC}]
    answers = [
        asked(client, path, *bare),
        asked(client, path, {"name": "coding", "valueCoding": coding}),
        asked(client, path, {"name": "codeableConcept", "valueCodeableConcept": {"coding": [coding], "text": "Hct"}}),
    ]
    assert [said(answer)["result"] for answer in answers] == [True, True, True]
    assert answers[0].json() == answers[1].json() == answers[2].json()


def test_a_system_is_taken_from_a_coding(client: httpx.Client) -> None:
    coding = {"name": "coding", "valueCoding": {"system": LOINC, "code": "4544-3"}}
    assert said(asked(client, "CodeSystem/$validate-code", coding))["result"] is True
    assert said(asked(client, "CodeSystem/$lookup", coding))["name"] == "LOINC"
    assert said(asked(client, "ConceptMap/$translate", coding))["result"] is True


def test_several_properties_may_be_wanted(client: httpx.Client) -> None:
    wanted = [("system", LOINC), ("code", "2986-8"), ("property", "usable"), ("property", "analyte")]
    found = client.get("/fhir/CodeSystem/$lookup", params=wanted).json()["parameter"]
    assert [part["part"][0]["valueCode"] for part in found if part["name"] == "property"] == ["analyte", "usable"]


def test_maps_between_other_value_sets_are_not_asked(client: httpx.Client) -> None:
    sent = {"system": LOINC, "code": "2986-8", "source": f"{SETS}/hematocrit"}
    assert said(client.get("/fhir/ConceptMap/$translate", params=sent))["result"] is False
    assert said(client.get("/fhir/ConceptMap/$translate", params=sent | {"source": f"{SETS}/laboratory-codes"}))[
        "result"
    ]


def test_a_search_box_that_is_still_empty_lists_everything(client: httpx.Client) -> None:
    empty = steady(client.get("/fhir/ValueSet/hematocrit/$expand?filter="))
    assert empty == steady(client.get("/fhir/ValueSet/hematocrit/$expand"))


def test_an_answer_is_laid_out_for_a_person_when_asked(client: httpx.Client) -> None:
    plain, pretty = client.get("/fhir/ValueSet/hematocrit"), client.get("/fhir/ValueSet/hematocrit?_pretty=true")
    assert plain.json() == pretty.json()
    assert (plain.text.count("\n"), pretty.text.count("\n") > 10) == (0, True)
