"""Every published resource is valid FHIR R4, honest about what it holds, and says what the service does."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from fhir.resources.R4B import get_fhir_model_class

from cds_hooks.judgement.knowledge.knowledge import Knowledge
from cds_hooks.presentation.canonical import CHECKS, LOINC, OVERRIDE_REASONS, card_code
from cds_hooks.presentation.overrides import override_reasons
from cds_hooks.presentation.terminology import notices
from cds_hooks.presentation.terminology.catalogue import Catalogue
from cds_hooks.presentation.terminology.public import UCUM
from cds_hooks.presentation.terminology.resources import encode_resource, encode_summary
from service.examples.chart import chart_json
from service.site.site import packaged_files
from terminology.conditions import ICD_10, ICD_10_CM, ICD_10_GM, SNOMED
from terminology.context_factors import FACTORS, QUANTITIES
from terminology.drugs.drugs import ATC, RXNORM
from terminology.local.code_map import CodeMap, Entry
from terminology.local.files import read_code_map
from terminology.loinc import UNUSABLE
from terminology.units.conversion import Conversion
from terminology.vocabulary import Vocabulary
from tests.engine import report_of
from tests.optional_tables import needs_atc, needs_snomed
from tests.presentation.terminology.conftest import ENTRIES

NOTICE = Path(__file__).parents[3] / "NOTICE"
EDITIONS = (ICD_10, ICD_10_CM, ICD_10_GM)
KINDS = ("CodeSystem", "ValueSet", "ConceptMap", "OperationDefinition", "StructureDefinition")


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("encode", [encode_resource, encode_summary])
def test_fhir_resources_accepts_every_resource(local_catalogue: Catalogue, kind: str, encode: object) -> None:
    model = get_fhir_model_class(kind)
    assert local_catalogue.of_type(kind)
    for identity, published in local_catalogue.of_type(kind).items():
        body = encode(local_catalogue, published)  # type: ignore[operator]
        assert model.model_validate_json(body).id == identity
        assert b"null" not in body


@pytest.mark.parametrize("kind", KINDS)
def test_every_url_name_and_title_is_given_once(local_catalogue: Catalogue, kind: str) -> None:
    heads = [json.loads(encode_summary(local_catalogue, one)) for one in local_catalogue.of_type(kind).values()]
    for field in ("url", "name", "title"):
        assert len({head[field] for head in heads}) == len(heads), field
    assert all(re.fullmatch(r"[A-Z][A-Za-z0-9_]*", head["name"]) for head in heads)


@needs_atc
@needs_snomed
def test_public_code_systems_are_fragments_with_their_notices_and_ours_are_complete(catalogue: Catalogue) -> None:
    public = {LOINC, RXNORM, ATC, *EDITIONS, SNOMED, UCUM}
    for url, system in catalogue.systems.items():
        assert (system.content == "fragment") == (url in public), url
        assert (system.notice is not None) == (url in public), url
    assert public <= set(catalogue.systems)


@pytest.mark.parametrize("name", ["LOINC", "RXNORM", "UCUM", "ICD_10_CM", "ICD_10", "ATC", "SNOMED"])
def test_notices_are_those_of_the_notice_file(name: str) -> None:
    assert getattr(notices, name) in " ".join(NOTICE.read_text(encoding="utf-8").split())


def test_optional_tables_leave_nothing_behind_when_they_are_removed(knowledge: Knowledge) -> None:
    files = packaged_files("terminology.tables")
    lean = Vocabulary.build({name: table for name, table in files.items() if name not in ("atc.csv", "snomed.csv")})
    catalogue = Catalogue.of(replace(knowledge, vocabulary=lean), "1")
    shown = b"".join(encode_resource(catalogue, one) for kind in KINDS for one in catalogue.of_type(kind).values())
    assert {ATC, SNOMED}.isdisjoint(catalogue.systems)
    assert notices.SNOMED.encode() not in shown
    assert notices.ATC.encode() not in shown


def test_loinc_shows_only_names_that_were_seen_in_a_source(catalogue: Catalogue, vocabulary: Vocabulary) -> None:
    shown = {one["code"]: one.get("display") for one in _resource(catalogue, "CodeSystem", "loinc")["concept"]}
    assert shown == {
        code.code: code.long_name if code.name == "official" else None for code in vocabulary.loinc.values()
    }
    assert None in shown.values()


def test_no_text_is_shown_of_editions_whose_owners_keep_it(catalogue: Catalogue) -> None:
    for url in EDITIONS:
        named = {concept.display is not None for concept in catalogue.systems[url].concepts.values()}
        assert named == {url == ICD_10_CM}


def test_override_reasons_are_those_of_the_cards(catalogue: Catalogue, knowledge: Knowledge) -> None:
    carded = {
        coding.code: coding.display for coding in override_reasons(knowledge.words) if coding.system == OVERRIDE_REASONS
    }
    published = catalogue.systems[OVERRIDE_REASONS].concepts
    assert {code: concept.display for code, concept in published.items()} == carded


def test_every_check_is_published_once_with_what_it_says(catalogue: Catalogue, knowledge: Knowledge) -> None:
    published = catalogue.systems[CHECKS]
    written = [(file, check) for file in knowledge.protocols for check in file.check]
    titles = {card_code(check.id) for _, check in written}
    assert len(titles) == len({check.id for _, check in written})
    pooled = {card_code(key.removeprefix("topic_").upper()) for key in knowledge.words if key.startswith("topic_")}
    assert set(published.concepts) == {*titles, *pooled}
    for file, check in written:
        concept = published.concepts[card_code(check.id)]
        assert concept.display is not None
        assert concept.display.startswith(f"{check.id} ")
        assert check.says in (concept.definition or "")
        assert {"topic", "protocol"} == {one.code for one in concept.properties}
        assert file.id in {one.value for one in concept.properties}


@pytest.mark.parametrize("name", ["hematocrit", "stable"])
def test_every_card_names_a_published_check_by_its_display(
    catalogue: Catalogue, knowledge: Knowledge, name: str
) -> None:
    cards = report_of(json.loads(chart_json(name)), date(2026, 9, 4))["cards"]
    assert cards
    for card in cards:
        topic = card["source"]["topic"]
        assert topic["system"] == CHECKS
        assert catalogue.systems[CHECKS].concepts[topic["code"]].display == topic["display"]


def test_every_analyte_with_a_usable_code_has_a_value_set_of_exactly_those(
    catalogue: Catalogue, vocabulary: Vocabulary
) -> None:
    unusable = {*UNUSABLE, "panel", "timing"}
    for name in vocabulary.analytes:
        meant = {code.code for code in vocabulary.loinc.values() if code.analyte == name and code.role not in unusable}
        (group,) = catalogue.value_sets[name.replace("_", "-")].groups
        own = {code.code for code in QUANTITIES.values() if code.analyte == name}
        assert (group.system, set(group.codes)) == ((FACTORS, own) if own else (LOINC, meant)), name


def test_every_unit_of_an_analyte_is_one_that_is_converted(catalogue: Catalogue, vocabulary: Vocabulary) -> None:
    for name in vocabulary.analytes:
        (group,) = catalogue.value_sets[f"{name.replace('_', '-')}-units"].groups
        assert group.codes
        assert all(isinstance(vocabulary.unit(name, unit, unit, True), Conversion) for unit in group.codes), name


def test_the_laboratory_codes_are_those_an_ehr_is_asked_for(catalogue: Catalogue, vocabulary: Vocabulary) -> None:
    (group,) = catalogue.value_sets["laboratory-codes"].groups
    assert group.codes == vocabulary.laboratory_codes


@needs_atc
@needs_snomed
def test_value_sets_of_conditions_hold_what_charts_are_read_by(catalogue: Catalogue, vocabulary: Vocabulary) -> None:
    listed = [(system, code) for system in (*EDITIONS, SNOMED) for code in vocabulary.listed[system]]
    tried = [(system, code.rstrip("*")) for system, code in listed]
    ends = {True: ("9", "A1", "1A"), False: ("", ".9", ".A1")}  # by whether the category has its dot already
    tried += [(system, code.replace("*", end)) for system, code in listed if "*" in code for end in ends["." in code]]
    for system, code in (*tried, (ICD_10_CM, "Z99.9"), (ICD_10_CM, "I2"), (SNOMED, "1")):
        held = {identity for identity, one in catalogue.value_sets.items() if one.holds(system, code)}
        assert held == {f"condition-{concept}" for concept in vocabulary.conditions([(system, code)])}, code


@needs_atc
@needs_snomed
def test_value_sets_of_drugs_hold_what_orders_are_read_by(catalogue: Catalogue, vocabulary: Vocabulary) -> None:
    tried = [(system, code) for system in (RXNORM, ATC) for code in vocabulary.listed[system]]
    tried += [(ATC, f"{code}99") for code in vocabulary.listed[ATC] if len(code) == 5]
    sets = {identity: one for identity, one in catalogue.value_sets.items() if identity.startswith("drug-")}
    titles = {one.title.casefold().removesuffix(" (drug)"): one for one in sets.values()}
    for system, code in (*tried, (ATC, "G03FA01"), (ATC, "A10BA02"), (RXNORM, "1")):
        match = vocabulary.drug([(system, code, "")], [])
        meant = {match.drug.casefold(), *map(str.casefold, match.others)} if match else set()
        assert {title for title, one in titles.items() if one.holds(system, code)} == meant, code


@needs_atc
@needs_snomed
def test_the_definition_of_a_value_set_says_categories_and_exceptions(catalogue: Catalogue) -> None:
    compose = _resource(catalogue, "ValueSet", "drug-other-androgen")["compose"]
    assert {"property": "concept", "op": "is-a", "value": "G03BA"} in compose["include"][0]["filter"]
    assert {concept["code"] for concept in compose["exclude"][0]["concept"]} == {"G03BA02", "G03BA03"}


def test_a_site_without_codes_of_its_own_publishes_no_map_of_them(catalogue: Catalogue) -> None:
    assert "local-codes" not in catalogue.concept_maps


def test_the_published_site_map_can_be_loaded_as_it_was_written(local_catalogue: Catalogue) -> None:
    body = encode_resource(local_catalogue, local_catalogue.concept_maps["local-codes"])
    resource = json.loads(body)
    assert (resource["version"], resource["publisher"], resource["date"]) == ("7", "Dr. Ada", "2026-11-01")
    assert sorted((row.entry for row in read_code_map(body)), key=_key) == sorted(ENTRIES, key=_key)


def test_rows_that_fhir_cannot_say_are_counted_and_left_out(knowledge: Knowledge) -> None:
    odd = (
        Entry("unit", "ng  je dL", "ng/dL", "equal"),
        Entry("unit", " ng", "ng/dL", "equal"),
        Entry("laboratory", "X", "2986-8", "equal", system="not a uri"),
        Entry("laboratory", "Y", "", "unmatched", system=""),
    )
    vocabulary = knowledge.vocabulary.with_map(CodeMap(2, "", None, odd))
    catalogue = Catalogue.of(replace(knowledge, vocabulary=vocabulary), "1")
    shown = json.loads(encode_resource(catalogue, catalogue.concept_maps["local-codes"]))
    assert "3 rows" in shown["description"]
    assert [element["code"] for group in shown["group"] for element in group["element"]] == ["Y"]


def _key(entry: Entry) -> tuple[str, str, str]:
    return entry.kind, entry.code, entry.target


def _resource(catalogue: Catalogue, kind: str, identity: str) -> dict[str, object]:
    found: dict[str, object] = json.loads(encode_resource(catalogue, catalogue.of_type(kind)[identity]))
    return found
