"""$lookup says all that is known about a code, and why a code is not known."""

from __future__ import annotations

import pytest

from cds_hooks.presentation.canonical import LOINC
from cds_hooks.presentation.terminology.catalogue import Catalogue
from cds_hooks.presentation.terminology.definitions import Asked
from cds_hooks.presentation.terminology.operations.lookup import look_up
from cds_hooks.presentation.terminology.public import UCUM
from cds_hooks.refusal import Refusal
from terminology.conditions import ICD_10_CM
from terminology.drugs.drugs import ATC, RXNORM
from terminology.vocabulary import Vocabulary
from tests.optional_tables import where_held
from tests.presentation.terminology.answer import properties, read


def test_every_loinc_row_can_be_looked_up(catalogue: Catalogue, vocabulary: Vocabulary) -> None:
    for code in vocabulary.loinc.values():
        answer = read(look_up(catalogue, Asked(LOINC, code.code), ()))
        said = properties(answer)
        assert (answer["name"], "version" in answer) == ("LOINC", False)
        assert (answer["code"], answer["system"]) == (code.code, LOINC)
        assert said["role"] == [code.role]
        assert said.get("PROPERTY", [""]) == [code.property.strip("-")]
        assert ("reason" in said) == (said["usable"] == [False])
        assert (answer["display"] == code.long_name) == (code.name == "official")
        assert ("is not held" in answer["display"]) == (code.name != "official")


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("2984-3", "specimen"),  # testosterone in saliva
        ("2988-4", "specimen"),  # in urine
        ("2993-4", "deprecated"),
        ("27169-2", "does not say in which specimen"),
        ("58410-2", "panel"),
        ("90369-0", "tells when"),
        ("72166-2", "not a quantity"),  # tobacco smoking status
    ],
)
def test_a_code_that_is_not_used_says_why(catalogue: Catalogue, code: str, reason: str) -> None:
    said = properties(read(look_up(catalogue, Asked(LOINC, code), ())))
    assert said["usable"] == [False]
    assert reason in said["reason"][0]


def test_a_retired_code_is_inactive(catalogue: Catalogue) -> None:
    assert properties(read(look_up(catalogue, Asked(LOINC, "2993-4"), ("inactive",)))) == {"inactive": [True]}


@pytest.mark.parametrize(
    ("unit", "usable", "analyte"),
    [
        ("ng/dL", True, "testosterone_total"),
        ("pmol/L", True, "estradiol"),
        ("fg/dL", True, "testosterone_total"),  # listed nowhere, understood by grammar
        ("10*3/uL", True, "platelets"),
        ("[mi_us]/h", False, None),
        ("Cel", False, None),
    ],
)
def test_a_unit_says_for_what_it_is_usable(catalogue: Catalogue, unit: str, usable: bool, analyte: str | None) -> None:
    said = properties(read(look_up(catalogue, Asked(UCUM, unit), ())))
    assert said["usable"] == [usable]
    assert said.get("analyte", []) == [] if analyte is None else analyte in said["analyte"]


@pytest.mark.parametrize(
    ("system", "code", "expected"),
    where_held(
        [
            (RXNORM, "835840", {"drug": ["testosterone"]}),
            (ATC, "G03BA03", {"drug": ["testosterone"]}),
            (ATC, "G03F", {"drug": ["estrogen+progestogen"], "category": [True]}),
            (ICD_10_CM, "I26", {"condition": ["vte", "pulmonary-embolism"], "category": [True]}),
        ]
    ),
)
def test_a_code_says_what_it_is_read_as(
    catalogue: Catalogue, system: str, code: str, expected: dict[str, list[str]]
) -> None:
    assert properties(read(look_up(catalogue, Asked(system, code), ()))) == expected


def test_only_what_is_wanted_is_said(catalogue: Catalogue) -> None:
    assert properties(read(look_up(catalogue, Asked(LOINC, "2986-8"), ("usable",)))) == {"usable": [True]}
    assert len(properties(read(look_up(catalogue, Asked(LOINC, "2986-8"), ("*",))))) > 5


@pytest.mark.parametrize(
    ("asked", "status", "said"),
    where_held(
        [
            (Asked(LOINC, "2986-7"), 404, "check digit"),
            (Asked(LOINC, "testosterone"), 404, "not a LOINC code"),
            (Asked(LOINC, "718-7 "), 404, "not a LOINC code"),
            (Asked(LOINC, "1-8"), 404, "fragment"),
            (Asked(UCUM, "mg/dl/"), 404, "not a UCUM expression"),
            (Asked(UCUM, "mg{a  b}"), 404, "not a UCUM expression"),
            (Asked(UCUM, " kat"), 404, "not a UCUM expression"),
            (Asked(UCUM, "MG/DECILITER"), 404, "not a UCUM expression"),
            (Asked(RXNORM, "1"), 404, "fragment of RxNorm"),
            (Asked(ICD_10_CM, "I26.99"), 404, "category"),
            (Asked(ATC, "G03FA01"), 404, "category"),
            (Asked("https://hormone-cds.example/CodeSystem/analyte", "ghost"), 404, "all of Analytes"),
            (Asked("urn:nowhere", "1"), 404, "Known: http://loinc.org"),
            (Asked(None, "2986-8"), 400, "system"),
            (Asked(UCUM, "mg/dL", version="9"), 404, "is version 2.2"),
        ]
    ),
)
def test_what_is_not_known_is_refused_with_the_reason(
    catalogue: Catalogue, asked: Asked, status: int, said: str
) -> None:
    with pytest.raises(Refusal) as refused:
        look_up(catalogue, asked, ())
    assert refused.value.status == status
    assert said in refused.value.diagnostics
    assert asked.code not in refused.value.diagnostics or asked.code == "1"


@pytest.mark.parametrize("axis", ["COMPONENT", "TIME_ASPCT", "CLASS", "STATUS"])
def test_a_property_of_loinc_that_is_not_held_is_no_mistake(catalogue: Catalogue, axis: str) -> None:
    assert properties(read(look_up(catalogue, Asked(LOINC, "2986-8"), (axis, "usable")))) == {"usable": [True]}
    with pytest.raises(Refusal, match="Unknown property"):
        look_up(catalogue, Asked(UCUM, "mg/dL"), (axis,))


def test_a_property_nobody_knows_is_refused(catalogue: Catalogue) -> None:
    with pytest.raises(Refusal, match="Unknown property"):
        look_up(catalogue, Asked(LOINC, "2986-8"), ("PROPRETY",))
