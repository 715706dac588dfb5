"""Our own extensions are defined where their URLs say, and used as they are defined."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from cds_hooks.presentation.artifacts.artifact import KINDS
from cds_hooks.presentation.canonical import BASE
from cds_hooks.presentation.terminology.catalogue import Catalogue
from cds_hooks.presentation.terminology.resources import encode_resource
from tests.charts import chart
from tests.engine import site
from tests.judges import hl7_problems, medplum_problems
from tests.presentation.monitoring.answers import encoded_for
from tests.test_stories import STORIES

Resource = dict[str, Any]


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return Catalogue.of(site().knowledge, "1.2.3")


@pytest.fixture(scope="module")
def bodies(catalogue: Catalogue) -> list[bytes]:
    return [encode_resource(catalogue, one) for one in catalogue.of_type("StructureDefinition").values()]


@pytest.fixture(scope="module")
def definitions(bodies: list[bytes]) -> dict[str, Resource]:
    """The definitions by the URL of the extension."""
    return {one["url"]: one for one in map(json.loads, bodies)}


@pytest.fixture(scope="module")
def emitted(catalogue: Catalogue) -> list[tuple[str, Resource]]:
    """Every extension of ours in what is emitted, with the path of the element that has it."""
    exported = [encode_resource(catalogue, one) for kind in KINDS for one in catalogue.artifacts[kind].values()]
    answers = [encoded_for(chart(story), story["today"]) for story in STORIES[::5]]
    resources = [json.loads(body) for body in exported]
    resources += [entry["resource"] for body in answers for entry in json.loads(body)["entry"]]
    return [found for one in resources for found in _extensions(one, one["resourceType"])]


def _extensions(value: Any, path: str) -> Iterator[tuple[str, Resource]]:
    if isinstance(value, list):
        for inner in value:
            yield from _extensions(inner, path)
    elif isinstance(value, dict):
        for one in value.get("extension", ()):
            if one["url"].startswith(BASE):
                yield path, one
        for name, inner in value.items():
            # An action in an action is an action: FHIR's definitions refer to it as such.
            yield from _extensions(inner, path if path.endswith(f".{name}") else f"{path}.{name}")


def test_every_extension_that_is_emitted_is_defined_and_each_definition_is_of_use(
    definitions: dict[str, Resource], emitted: list[tuple[str, Resource]]
) -> None:
    assert {one["url"] for _, one in emitted} == set(definitions)


def test_extensions_stand_where_their_definitions_let_them(
    definitions: dict[str, Resource], emitted: list[tuple[str, Resource]]
) -> None:
    for path, one in emitted:
        assert path in {context["expression"] for context in definitions[one["url"]]["context"]}, one["url"]


def test_extensions_have_the_parts_and_types_of_their_definitions(
    definitions: dict[str, Resource], emitted: list[tuple[str, Resource]]
) -> None:
    for _, one in emitted:
        elements = {element["id"]: element for element in definitions[one["url"]]["differential"]["element"]}
        slices = {name.partition(":")[2]: element for name, element in elements.items() if "sliceName" in element}
        parts = {part["url"]: part for part in one.get("extension", ())}
        assert set(parts) <= set(slices)
        assert {name for name, element in slices.items() if element["min"]} <= set(parts)
        for name, part in parts.items():
            assert _value(part) == _allowed(elements[f"Extension.extension:{name}.value[x]"])
        assert _value(one) == (_allowed(elements["Extension.value[x]"]) if not slices else None)


def _value(extension: Resource) -> str | None:
    return next((name.removeprefix("value") for name in extension if name.startswith("value")), None)


def _allowed(element: Resource) -> str:
    (kind,) = element["type"]
    code: str = kind["code"]
    return code[0].upper() + code[1:]


def test_judges_from_outside_find_nothing_wrong(bodies: list[bytes]) -> None:
    assert medplum_problems(bodies) == [[]] * len(bodies)
    assert hl7_problems(bodies) == [[]] * len(bodies)
