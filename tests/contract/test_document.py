"""The OpenAPI document covers the application, and its examples work as they stand."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from fastapi.routing import APIRoute
from jsonschema import Draft202012Validator

from service.fhir.doors import LACKING
from service.http.body import FORM
from tests.contract.document import APP, DOCUMENT

# For people, not for programs: pages, their files, and the document itself.
PAGES = {"/", "/openapi", "/openapi.json", "/protocols", "/protocols/{id}", "/static/{name}", "/timeline", "/try"}
PAGES |= {"/docs", "/docs/{page}", "/stats/threshold"}
# Said to be lacking, instead of being read as ids.
REFUSED = {f"/fhir/{path}" for path in LACKING}
CONTENTS = {
    f"{method.upper()} {path}": operation["requestBody"]["content"]
    for path, operations in DOCUMENT["paths"].items()
    for method, operation in operations.items()
    if "requestBody" in operation
}
FORMS = {name: content[FORM] for name, content in CONTENTS.items() if FORM in content}
BODIES = {name: content["application/json"] for name, content in CONTENTS.items() if name not in FORMS}


def test_every_route_is_documented_or_a_page() -> None:
    routes = {
        (route.path_format, method)
        for route in APP.routes
        if isinstance(route, APIRoute)
        for method in route.methods or ()
    }
    documented = {(path, method.upper()) for path, methods in DOCUMENT["paths"].items() for method in methods}
    assert {(path, method) for path, method in routes if path not in PAGES | REFUSED} == documented


def test_the_document_is_served_as_it_is(client: httpx.Client) -> None:
    assert client.get("/openapi.json").json() == DOCUMENT


def test_every_operation_has_an_id_of_its_own_and_says_what_it_is_for() -> None:
    operations = [operation for methods in DOCUMENT["paths"].values() for operation in methods.values()]
    assert len({operation["operationId"] for operation in operations}) == len(operations)
    assert all(operation["summary"] and operation["tags"] for operation in operations)


def path_examples(operation: dict[str, Any]) -> dict[str, str]:
    """The examples of what stands in braces in an address."""
    return {one["name"]: one["example"] for one in operation.get("parameters", ()) if one["in"] == "path"}


@pytest.mark.parametrize(("operation", "body"), BODIES.items(), ids=list(BODIES))
def test_every_example_is_valid_and_accepted(client: httpx.Client, operation: str, body: dict[str, Any]) -> None:
    Draft202012Validator(body["schema"] | {"components": DOCUMENT["components"]}).validate(body["example"])
    method, template = operation.split()
    path = template.format_map(path_examples(DOCUMENT["paths"][template][method.lower()]))
    answer = client.request(method, path, json=body["example"])
    assert answer.status_code == 200
    if path.startswith("/fhir/"):
        kinds = ("Bundle", "CarePlan", "OperationOutcome", "Parameters", "ValueSet")
        assert answer.json()["resourceType"] in kinds
    elif path.endswith("/feedback"):
        assert answer.json()["received"] == len(body["example"]["feedback"])
    else:
        assert answer.json()["cards"]


@pytest.mark.parametrize(("operation", "form"), FORMS.items(), ids=list(FORMS))
def test_every_example_of_a_form_is_valid_and_accepted(
    client: httpx.Client, operation: str, form: dict[str, Any]
) -> None:
    Draft202012Validator(form["schema"] | {"components": DOCUMENT["components"]}).validate(form["example"])
    method, path = operation.split()
    answer = client.request(method, path, data=form["example"])
    assert (answer.status_code, answer.json()["total"]) == (200, 1)
