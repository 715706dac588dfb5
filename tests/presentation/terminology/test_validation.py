"""$validate-code is true for what is valid, and otherwise says what is wrong."""

from __future__ import annotations

from typing import Any

import pytest

from cds_hooks.presentation.canonical import LOINC
from cds_hooks.presentation.terminology.catalogue import Catalogue
from cds_hooks.presentation.terminology.definitions import Asked
from cds_hooks.presentation.terminology.operations.validation import validate_in_set, validate_in_system
from cds_hooks.presentation.terminology.public import UCUM
from terminology.conditions import ICD_10_CM
from terminology.drugs.drugs import ATC, RXNORM
from tests.optional_tables import where_held
from tests.presentation.terminology.answer import read


def in_system(catalogue: Catalogue, url: str, *asked: Asked) -> dict[str, Any]:
    return read(validate_in_system(catalogue, catalogue.systems[url], asked))


def in_set(catalogue: Catalogue, identity: str, *asked: Asked) -> dict[str, Any]:
    return read(validate_in_set(catalogue, catalogue.value_sets[identity], asked))


def kinds(answer: dict[str, Any]) -> list[str]:
    """The tx-issue-types of an answer."""
    return [issue["details"]["coding"][0]["code"] for issue in answer.get("issues", {}).get("issue", ())]


def test_every_code_of_every_code_system_is_valid_with_its_own_display(catalogue: Catalogue) -> None:
    for url, system in catalogue.systems.items():
        for concept in list(system.concepts.values())[:400]:
            answer = in_system(catalogue, url, Asked(url, concept.code, concept.display))
            assert answer["result"] is True, (url, concept.code)
            assert (answer["code"], answer["system"]) == (concept.code, url)


def test_every_code_of_every_value_set_is_in_it(catalogue: Catalogue) -> None:
    for identity, value_set in catalogue.value_sets.items():
        for system, code in list(value_set.codes())[:10]:
            assert in_set(catalogue, identity, Asked(system, code))["result"] is True, (identity, code)


@pytest.mark.parametrize(
    ("system", "code", "said"),
    [
        (LOINC, "2986-7", "check digit"),
        (LOINC, "1-8", "fragment"),
        (RXNORM, "1", "fragment"),
        (ICD_10_CM, "A00", "fragment"),
        (UCUM, "bananas", "UCUM"),
        ("https://hormone-cds.example/CodeSystem/drug", "ghost", "all of Drugs"),
    ],
)
def test_a_code_that_is_not_known_is_not_valid_and_the_message_says_how_far_that_goes(
    catalogue: Catalogue, system: str, code: str, said: str
) -> None:
    answer = in_system(catalogue, system, Asked(system, code))
    assert answer["result"] is False
    assert said in answer["message"]
    assert kinds(answer) == ["invalid-code"]
    assert "code" not in answer


@pytest.mark.parametrize("unit", ["mg/dL", "m[IU]/mL", "10*3/uL", "{ratio}", "kg.m2/s2", "[ft_i]"])
def test_every_ucum_expression_is_valid(catalogue: Catalogue, unit: str) -> None:
    assert in_system(catalogue, UCUM, Asked(UCUM, unit))["result"] is True


@pytest.mark.parametrize(
    ("display", "result", "issues"),
    [
        (None, True, []),
        ("Testosterone [Mass/volume] in Serum or Plasma", True, []),
        ("TESTOSTERONE  [mass/volume] in serum or plasma ", True, []),
        ("Testosterone Free [Mass/volume] in Serum or Plasma", False, ["invalid-display"]),
    ],
)
def test_a_display_is_checked_whatever_its_case(
    catalogue: Catalogue, display: str | None, result: bool, issues: list[str]
) -> None:
    answer = in_set(catalogue, "testosterone-total", Asked(LOINC, "2986-8", display))
    assert (answer["result"], kinds(answer)) == (result, issues)
    assert answer["display"] == "Testosterone [Mass/volume] in Serum or Plasma"


def test_a_display_is_not_called_wrong_where_the_name_was_never_verified(catalogue: Catalogue) -> None:
    answer = in_system(catalogue, LOINC, Asked(LOINC, "10631-0", "Testosterone in saliva"))
    assert answer["result"] is True
    assert "not checked" in answer["message"]
    assert "display" not in answer


@pytest.mark.parametrize(
    ("identity", "asked", "result", "said"),
    where_held(
        [
            ("condition-vte", Asked(ICD_10_CM, "I26"), True, None),
            ("condition-vte", Asked(ICD_10_CM, "I26.99"), True, "category"),
            ("condition-vte", Asked(ICD_10_CM, "I82.401"), True, "category"),
            ("condition-vte", Asked(ICD_10_CM, "I82"), False, "not in the value set"),
            ("condition-vte", Asked(ICD_10_CM, "I26.99; DROP"), False, "not in the value set"),
            ("condition-vte", Asked(ICD_10_CM, "i26.99"), False, "not in the value set"),
            ("drug-other-androgen", Asked(ATC, "G03BA01"), True, "category"),
            ("drug-other-androgen", Asked(ATC, "G03BA03"), False, "not in the value set"),
            ("drug-testosterone", Asked(ATC, "G03BA03"), True, None),
            ("testosterone-total", Asked(LOINC, "2984-3"), False, "specimen"),
            ("testosterone-total", Asked(LOINC, "2993-4"), False, "deprecated"),
            ("testosterone-total", Asked(LOINC, "4544-3"), False, "not in the value set"),
            ("testosterone-total", Asked(LOINC, "2986-7"), False, "check digit"),
            ("testosterone-total", Asked("urn:nowhere", "2986-8"), False, "not held"),
            ("testosterone-total", Asked(None, "2986-8"), False, "no system"),
            ("laboratory-codes", Asked(LOINC, "2993-4"), True, "deprecated"),
            ("hematocrit-units", Asked(UCUM, "%"), True, None),
            ("testosterone-total-units", Asked(UCUM, "fg/dL"), False, "understood all the same"),
        ]
    ),
)
def test_a_value_set_holds_what_it_says_and_nothing_else(
    catalogue: Catalogue, identity: str, asked: Asked, result: bool, said: str | None
) -> None:
    answer = in_set(catalogue, identity, asked)
    assert answer["result"] is result
    assert said in answer["message"] if said is not None else "message" not in answer
    severities = {issue["severity"] for issue in answer.get("issues", {}).get("issue", ())}
    assert ("error" in severities) == (not result)


def test_a_unit_of_something_else_is_not_called_understood(catalogue: Catalogue) -> None:
    assert "understood" not in in_set(catalogue, "hematocrit-units", Asked(UCUM, "g/dL"))["message"]


def test_one_coding_of_several_is_enough(catalogue: Catalogue) -> None:
    good, bad, foreign = Asked(LOINC, "2986-8"), Asked(LOINC, "2986-7"), Asked("urn:nowhere", "1")
    assert in_set(catalogue, "testosterone-total", bad, foreign, good)["result"] is True
    wrong = in_set(catalogue, "testosterone-total", bad, foreign)
    assert wrong["result"] is False
    assert kinds(wrong) == ["not-in-vs", "invalid-code", "not-found"]
