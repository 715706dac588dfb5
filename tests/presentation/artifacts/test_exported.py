"""What is exported is valid FHIR R4, whole, and refers to nothing that is not there."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from fhir.resources.R4B import get_fhir_model_class

from cds_hooks.judgement.knowledge.knowledge import Knowledge
from cds_hooks.presentation.artifacts.artifact import KINDS, encode_artifact_summary
from cds_hooks.presentation.canonical import BASE
from cds_hooks.presentation.terminology.catalogue import Catalogue
from tests.presentation.artifacts.walking import actions, nodes

Resources = dict[tuple[str, str], dict[str, Any]]
_ID = re.compile(r"[A-Za-z0-9\-.]{1,64}")
_REFERRING = ("resource", "definitionCanonical", "valueSet")


def test_fhir_resources_accepts_every_resource(encoded: dict[tuple[str, str], bytes]) -> None:
    for (kind, identity), body in encoded.items():
        assert get_fhir_model_class(kind).model_validate_json(body).id == identity
        assert _ID.fullmatch(identity)
        assert b"null" not in re.sub(rb'"data":"[^"]*"', b"", body), identity


def test_fhir_resources_accepts_every_summary(catalogue: Catalogue) -> None:
    for kind in KINDS:
        for artifact in catalogue.artifacts[kind].values():
            body = encode_artifact_summary(artifact)
            assert get_fhir_model_class(kind).model_validate_json(body).meta.tag[0].code == "SUBSETTED"
            assert not {"action", "content", "code"} & json.loads(body).keys()


def test_there_is_a_plan_for_every_profile_a_library_for_every_file_an_activity_for_every_order(
    catalogue: Catalogue, knowledge: Knowledge
) -> None:
    assert len(catalogue.artifacts["PlanDefinition"]) == len(knowledge.variants)
    assert len(catalogue.artifacts["Library"]) == len(knowledge.files)
    assert {f"order-{order.code}" for order in knowledge.orders} == set(catalogue.artifacts["ActivityDefinition"])


@pytest.mark.parametrize("field", ["url", "name", "title"])
def test_every_url_name_and_title_is_given_once(resources: Resources, field: str) -> None:
    for kind in KINDS:
        given = [one[field] for (of, _), one in resources.items() if of == kind]
        assert len(set(given)) == len(given)
    assert all(re.fullmatch(r"[A-Z][A-Za-z0-9_]*", one["name"]) for one in resources.values())


def test_every_canonical_leads_to_something_published(resources: Resources, catalogue: Catalogue) -> None:
    kinds = (*KINDS, "CodeSystem", "ValueSet")
    known = {catalogue.url_of(one) for kind in kinds for one in catalogue.of_type(kind).values()}
    named = {
        node[key]
        for one in resources.values()
        for node in nodes(one)
        for key in _REFERRING
        if isinstance(node.get(key), str)
    }
    named |= {library for one in resources.values() for library in one.get("library", ())}
    assert {url for url in named if url.startswith(BASE)} - known == set()
    assert len(named) > 100


def test_every_code_of_our_systems_is_published(resources: Resources, catalogue: Catalogue) -> None:
    for one in resources.values():
        for node in nodes(one):
            system = catalogue.systems.get(node.get("system", ""))
            if system is not None and system.url.startswith(BASE):
                assert system.find(node["code"]) is not None, node


def test_actions_and_goals_that_are_named_are_there_once(resources: Resources) -> None:
    for (kind, identity), one in resources.items():
        if kind != "PlanDefinition":
            continue
        ids = [node["id"] for node in nodes(one["action"]) if "id" in node]
        assert len(set(ids)) == len(ids), identity
        assert set(ids) == set(actions(one))
        related = {node["actionId"] for node in nodes(one["action"]) if "actionId" in node}
        goals = {goal for node in nodes(one["action"]) for goal in node.get("goalId", ())}
        assert related <= set(ids)
        assert goals <= {goal["id"] for goal in one.get("goal", ())}


def test_what_shows_loinc_codes_carries_its_notice(resources: Resources) -> None:
    for name, one in resources.items():
        if any(node.get("system") == "http://loinc.org" for node in nodes(one)):
            assert "LOINC" in one["copyright"], name


def test_the_codes_of_a_protocol_are_those_of_its_analytes(catalogue: Catalogue, knowledge: Knowledge) -> None:
    held = catalogue.value_sets["protocol-spironolactone"]
    analytes = set().union(*(one.analytes for one in knowledge.variants.values() if one.id == "spironolactone"))
    (group,) = held.groups
    assert {knowledge.vocabulary.loinc[code].analyte for code in group.codes} == analytes
