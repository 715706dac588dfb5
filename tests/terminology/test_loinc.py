"""The registry is closed, checked, and right where public code is often wrong."""

from __future__ import annotations

import pytest

from terminology.context_factors import QUANTITIES
from terminology.loinc import has_check_digit, read_loinc
from terminology.units.ucum import Ucum
from terminology.vocabulary import Conversion, Vocabulary

JUDGED = {"primary", "accept", "accept_flag_poc", "accept_cycle_day"}


@pytest.mark.parametrize(
    ("code", "right"), [("2986-8", True), ("62241-5", True), ("14913-5", False), ("x-1", False), ("2986", False)]
)
def test_a_code_carries_its_own_check_digit(code: str, right: bool) -> None:
    assert has_check_digit(code) is right


def test_a_wrong_code_in_the_table_stops_the_start(tables: dict[str, bytes]) -> None:
    with pytest.raises(ValueError, match="14913-5"):
        read_loinc(tables["loinc.csv"].replace(b",14913-8,", b",14913-5,"))


def test_a_code_that_stands_twice_stops_the_start(tables: dict[str, bytes]) -> None:
    with pytest.raises(ValueError, match="twice"):
        read_loinc(tables["loinc.csv"].replace(b",14913-8,", b",2986-8,"))


@pytest.mark.parametrize(
    ("code", "analyte"),
    [
        ("3053-6", "t3_total"),
        ("3052-8", "rt3"),
        ("49041-7", "testosterone_total"),
        ("1854-9", "androstenedione"),
        ("58952-3", "order_testosterone_free_total"),
        ("14928-6", "ft3"),
        ("14929-4", "rt3"),
        ("13967-5", "shbg"),
        ("2193-1", "dhea"),
        ("62241-5", "hematocrit"),
        ("93830-8", "light_sleep_duration"),
    ],
)
def test_codes_that_public_code_mislabels_mean_what_loinc_says(vocabulary: Vocabulary, code: str, analyte: str) -> None:
    assert vocabulary.loinc[code].analyte == analyte


@pytest.mark.parametrize("code", ["2984-3", "10631-0", "2988-4", "69561-9", "34611-4", "10508-0", "47738-0", "2147-7"])
def test_other_specimens_are_seen_but_never_usable(vocabulary: Vocabulary, code: str) -> None:
    assert vocabulary.loinc[code].role == "exclude_specimen"


@pytest.mark.parametrize("code", ["14913-5", "74995-2", "1945-5", "71792-6", "35334-2"])
def test_codes_of_something_else_stay_out(vocabulary: Vocabulary, code: str) -> None:
    """71792-6 is procollagen type III and 35334-2 the N-telopeptide, though both are cited for P1NP and CTX."""
    assert code not in vocabulary.loinc


@pytest.mark.parametrize("code", ["2993-4", "2994-2", "12213-5", "12214-3", "11574-1", "42243-6"])
def test_deprecated_codes_are_marked(vocabulary: Vocabulary, code: str) -> None:
    assert vocabulary.loinc[code].role == "deprecated"


# Proteins whose molar mass depends on the assay, and antibody indexes without a common unit.
REFUSED_IN_EXAMPLE_UNIT = {"acth", "albumin", "ferritin", "insulin", "lpa", "osteocalcin", "tpo_ab", "tsi"}


def test_the_example_unit_of_every_judged_code_converts_or_is_refused_on_purpose(vocabulary: Vocabulary) -> None:
    refused = set()
    for code in vocabulary.loinc.values():
        if code.role in JUDGED and code.analyte in vocabulary.analytes:
            for unit in filter(None, code.example_ucum.split(";")):
                if not isinstance(vocabulary.unit(code.analyte, unit, unit, True), Conversion):
                    refused.add(code.analyte)
    assert refused == REFUSED_IN_EXAMPLE_UNIT


def test_every_analyte_is_named_by_some_code(vocabulary: Vocabulary) -> None:
    """LOINC's, or where it has none, one of our own."""
    named = {code.analyte for code in (*vocabulary.loinc.values(), *QUANTITIES.values())}
    assert set(vocabulary.analytes) <= named


def test_codes_are_of_the_laboratory_of_the_context_or_orders(vocabulary: Vocabulary) -> None:
    assert {"2986-8", "4544-3", "62241-5", "2857-1"} <= set(vocabulary.laboratory_codes)
    assert {"82810-3", "85354-9", "90369-0", "93832-4"} <= set(vocabulary.context_codes)
    assert {code.kind for code in vocabulary.loinc.values()} == {"laboratory", "context", "order"}


def test_each_name_says_how_sure_it_is(vocabulary: Vocabulary) -> None:
    assert {code.name for code in vocabulary.loinc.values()} == {"official", "recalled", "component"}
    assert all(code.long_name for code in vocabulary.loinc.values())


def test_canonical_units_are_ucum(vocabulary: Vocabulary, ucum: Ucum) -> None:
    assert all(ucum.measure(analyte.unit).factor for analyte in vocabulary.analytes.values())
