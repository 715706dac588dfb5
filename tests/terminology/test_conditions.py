"""Diagnoses are known by listed code or category, never by a prefix that takes in a sibling of other meaning."""

from __future__ import annotations

import pytest

from terminology.conditions import ICD_10, ICD_10_CM, ICD_10_GM, SNOMED, Conditions
from terminology.vocabulary import Vocabulary


@pytest.mark.parametrize(
    ("system", "code", "concepts"),
    [
        (ICD_10_CM, "C61", ("prostate-cancer",)),
        (ICD_10_CM, "c61", ("prostate-cancer",)),
        (ICD_10_CM, "Z85.46", ("prostate-cancer-history",)),
        (ICD_10_CM, "R97.20", ("elevated-psa",)),
        (ICD_10_CM, "C50.919", ("breast-cancer",)),
        (ICD_10_CM, "C50", ("breast-cancer",)),
        (ICD_10_CM, "N62", ("breast-symptoms",)),
        (ICD_10_CM, "N64.4", ("breast-symptoms",)),
        (ICD_10_CM, "I82.409", ("vte",)),
        (ICD_10_CM, "I82409", ("vte",)),
        (ICD_10_CM, "I82.A11", ("vte",)),
        (ICD_10_CM, "I26.99", ("vte", "pulmonary-embolism")),
        (ICD_10_CM, "N46.01", ("infertility", "male-infertility")),
        (ICD_10_CM, "F64.0", ("gender-dysphoria",)),
        (ICD_10_CM, "Z90.710", ("hysterectomy",)),
        ("urn:oid:2.16.840.1.113883.6.90", "C61", ("prostate-cancer",)),
        (ICD_10, "C61", ("prostate-cancer",)),
        (ICD_10, "C50.9", ("breast-cancer",)),
        (ICD_10, "I802", ("vte",)),
        (ICD_10, "N40", ("bph",)),
        (ICD_10, "I64", ("stroke",)),
        ("urn:oid:2.16.840.1.113883.6.3", "G47.3", ("sleep-apnea",)),
        (ICD_10_GM, "C61", ("prostate-cancer",)),
        (ICD_10_GM, "I80.28", ("vte",)),
        (ICD_10_GM, "I10.90", ("hypertension",)),
        (ICD_10_GM, "M81.05", ("osteoporosis",)),
        (ICD_10_GM, "M81.0-", ("osteoporosis",)),
        (ICD_10_GM, "G47.31", ("sleep-apnea",)),
        (ICD_10_GM, "O09.3!", ("pregnancy",)),
        ("http://fhir.de/CodeSystem/dimdi/icd-10-gm", "E29.1", ("hypogonadism",)),
        (SNOMED, "399068003", ("prostate-cancer",)),
        (SNOMED, "90470006", ("prostatectomy",)),
        (SNOMED, "4754008", ("breast-symptoms",)),
        (SNOMED, "77386006", ("pregnancy",)),
    ],
)
def test_a_code_means_its_concepts(vocabulary: Vocabulary, system: str, code: str, concepts: tuple[str, ...]) -> None:
    assert vocabulary.conditions([(system, code)]) == concepts


@pytest.mark.parametrize(
    ("system", "code"),
    [
        (ICD_10_CM, "N64.1"),
        (ICD_10_CM, "I82.811"),
        (ICD_10_CM, "I82.611"),
        (ICD_10_CM, "Z90.712"),
        (ICD_10_CM, "Z33.2"),
        (ICD_10_CM, "E66.3"),
        (ICD_10_CM, "C6"),
        (ICD_10_CM, "C611"),
        (ICD_10_CM, ""),
        (ICD_10, "Z79.890"),
        (ICD_10, "I82.4"),
        (ICD_10, "O09.3"),
        (ICD_10, "E66.90"),
        (ICD_10, "N40.1"),
        (ICD_10_CM, "N40"),
        (ICD_10_CM, "I64"),
        (ICD_10_GM, "Z79.890"),
        (ICD_10_GM, "R97.20"),
        (ICD_10_GM, "G47.32"),
        (ICD_10_GM, "N52.9"),
        (SNOMED, "250425007"),
        ("http://hl7.org/fhir/sid/icd-9-cm", "C61"),
    ],
)
def test_a_neighbour_of_other_meaning_is_not_taken_in(vocabulary: Vocabulary, system: str, code: str) -> None:
    assert vocabulary.conditions([(system, code)]) == ()


def test_several_codings_of_one_condition_give_each_concept_once(vocabulary: Vocabulary) -> None:
    codings = [(ICD_10_CM, "C61"), (SNOMED, "399068003"), (ICD_10_CM, "N46.9")]
    assert vocabulary.conditions(codings) == ("prostate-cancer", "infertility", "male-infertility")


@pytest.mark.parametrize(
    "row", [b"C61,who who,prostate-cancer,Malignant neoplasm of prostate", b"C61,fr,prostate-cancer,x"]
)
def test_a_code_that_stands_twice_or_an_unknown_edition_stops_the_start(row: bytes) -> None:
    with pytest.raises(ValueError, match="C61"):
        Conditions.read(b"code,systems,concepts,name\n" + row + b"\n", None)


# In codes.csv too, but no concept of ours: visits for monitoring, a negative test, a result, an order.
@pytest.mark.parametrize(
    ("system", "code"),
    [
        (ICD_10_CM, "Z51.81"),
        (ICD_10_CM, "Z79.899"),
        (ICD_10_CM, "Z79.818"),
        (ICD_10_CM, "Z90.712"),
        (SNOMED, "131078003"),
        (SNOMED, "85470006"),
    ],
)
def test_codes_that_decide_nothing_mean_nothing(vocabulary: Vocabulary, system: str, code: str) -> None:
    assert vocabulary.conditions([(system, code)]) == ()
