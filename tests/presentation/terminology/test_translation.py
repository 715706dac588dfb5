"""$translate says what a code is read as, exactly as charts are read."""

from __future__ import annotations

from typing import Any

import pytest

from cds_hooks.presentation.canonical import ANALYTES, CONDITIONS, DRUGS, LOCAL_UNITS, LOINC
from cds_hooks.presentation.terminology.catalogue import Catalogue
from cds_hooks.presentation.terminology.definitions import Asked, Mapped, Target
from cds_hooks.presentation.terminology.operations.translation import Direction, translate
from cds_hooks.presentation.terminology.public import UCUM
from terminology.conditions import ICD_10_CM, SNOMED
from terminology.drugs.drugs import ATC, RXNORM
from terminology.local.code_map import DECIDING
from terminology.vocabulary import Vocabulary
from tests.optional_tables import needs_atc, needs_snomed, where_held
from tests.presentation.terminology.answer import read
from tests.presentation.terminology.conftest import LOCAL


def translated(catalogue: Catalogue, *asked: Asked, reverse: bool = False, system: str | None = None) -> dict[str, Any]:
    return read(translate(catalogue, list(catalogue.concept_maps.values()), asked, Direction(reverse, system)))


def targets(answer: dict[str, Any]) -> list[tuple[str, str | None]]:
    return [(one["equivalence"], one.get("concept", {}).get("code")) for one in answer.get("match", ())]


def test_every_laboratory_code_is_translated_or_says_why_not(catalogue: Catalogue, vocabulary: Vocabulary) -> None:
    for code in vocabulary.laboratory_codes:
        answer = translated(catalogue, Asked(LOINC, code))
        ((equivalence, target),) = targets(answer)
        assert answer["result"] is (equivalence in DECIDING)
        assert target == (vocabulary.loinc[code].analyte if answer["result"] else None)
        assert ("message" in answer) == (equivalence == "unmatched")


@pytest.mark.parametrize(
    ("asked", "expected"),
    where_held(
        [
            (Asked(RXNORM, "835840"), [("equivalent", "testosterone")]),
            (Asked(ATC, "G03BA03"), [("equivalent", "testosterone")]),
            (Asked(ATC, "G03BA01"), [("equivalent", "other androgen")]),
            (Asked(ATC, "G03FA17"), [("equivalent", "estrogen+progestogen")]),
            (Asked(ICD_10_CM, "I26.99"), [("equivalent", "vte"), ("equivalent", "pulmonary-embolism")]),
            (Asked(SNOMED, "48130008"), [("equivalent", "hypogonadism")]),
            (Asked(LOINC, "1-8"), []),
            (Asked("urn:nowhere", "2986-8"), []),
            (Asked(None, "2986-8"), []),
        ]
    ),
)
def test_a_code_is_translated_as_it_is_read(
    catalogue: Catalogue, asked: Asked, expected: list[tuple[str, str]]
) -> None:
    answer = translated(catalogue, asked)
    assert targets(answer) == expected
    assert answer["result"] is bool(expected)
    assert ("message" in answer) is not bool(expected)


@needs_atc
def test_every_drug_code_is_translated_to_what_an_order_is_read_as(
    catalogue: Catalogue, vocabulary: Vocabulary
) -> None:
    for system in (RXNORM, ATC):
        for code in list(vocabulary.listed[system])[::7]:
            match = vocabulary.drug([(system, code, "")], [])
            assert match is not None
            found = targets(translated(catalogue, Asked(system, code)))
            equivalence = "narrower" if match.others else "equivalent"
            assert found == [(equivalence, drug) for drug in (match.drug, *match.others)], code


def test_backwards_it_names_every_code_that_is_read_as_one(catalogue: Catalogue, vocabulary: Vocabulary) -> None:
    answer = translated(catalogue, Asked(ANALYTES, "testosterone_total"), reverse=True)
    held = catalogue.value_sets["testosterone-total"].groups[0].codes
    assert {code for _, code in targets(answer)} == set(held)
    assert {one["concept"]["system"] for one in answer["match"]} == {LOINC}


@needs_atc
@needs_snomed
def test_only_the_code_system_wanted_is_answered(catalogue: Catalogue) -> None:
    assert targets(translated(catalogue, Asked(RXNORM, "835840"), system=DRUGS))
    assert not targets(translated(catalogue, Asked(RXNORM, "835840"), system=ANALYTES))
    backwards = translated(catalogue, Asked(CONDITIONS, "vte"), reverse=True, system=SNOMED)
    assert {one["concept"]["system"] for one in backwards["match"]} == {SNOMED}


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        (Asked(LOCAL, "TESTO"), [("equivalent", "2986-8")]),
        (Asked(LOCAL, "HKT"), [("equal", "4544-3"), ("equivalent", "20570-8")]),
        (Asked(LOCAL, "SHBGX"), [("wider", "13967-5")]),
        (Asked(LOCAL_UNITS, "Prozent"), [("equal", "%")]),
        (Asked(LOCAL, "0815"), [("equivalent", "testosterone")]),
        (Asked(LOCAL, "0816"), [("equivalent", "835840")]),
        (Asked(LOINC, "2986-8"), [("equivalent", "testosterone_total")]),
    ],
)
def test_a_sites_own_codes_are_translated(
    local_catalogue: Catalogue, asked: Asked, expected: list[tuple[str, str]]
) -> None:
    assert targets(translated(local_catalogue, asked)) == expected


def test_a_drug_is_named_by_code_or_by_name(local_catalogue: Catalogue) -> None:
    systems = [
        translated(local_catalogue, Asked(LOCAL, code))["match"][0]["concept"]["system"] for code in ("0815", "0816")
    ]
    assert systems == [DRUGS, RXNORM]


def test_the_narrowest_category_decides() -> None:
    wide, narrow = Target("equivalent", "wide"), Target("equivalent", "narrow")
    rows = {"I8": (wide,), "I82": (narrow,), "I": (wide,)}
    group = Mapped("urn:a", "urn:b", rows, {}, categories=("I8", "I82", "I"))
    assert [group.find(code) for code in ("I82.4", "I83", "J1")] == [(narrow,), (wide,), ()]


def test_a_sites_rows_say_what_they_are_for(local_catalogue: Catalogue) -> None:
    unit = translated(local_catalogue, Asked(LOCAL, "TESTO"))
    assert unit["match"][0]["source"] == "https://hormone-cds.example/ConceptMap/local-codes"
    assert "without a unit are in ng/dL" in unit["message"]
    assert "from 2025-01-02" in translated(local_catalogue, Asked(LOCAL, "HKT"))["message"]
    assert "not used" in translated(local_catalogue, Asked(LOCAL, "SHBGX"))["message"]


def test_backwards_wider_is_narrower(local_catalogue: Catalogue) -> None:
    assert targets(translated(local_catalogue, Asked(LOINC, "13967-5"), reverse=True)) == [("narrower", "SHBGX")]
    assert targets(translated(local_catalogue, Asked(UCUM, "%"), reverse=True)) == [("equal", "Prozent")]
