"""Names of tests lead to suggestions for a person, never to a judgement."""

from __future__ import annotations

import pytest

from terminology.names import Names
from terminology.suggestions import suggest
from terminology.vocabulary import Vocabulary


@pytest.mark.parametrize(
    ("text", "analyte"),
    [
        ("Testosterone, Total, S", "testosterone_total"),
        ("Testosterone Total by LC/MS", "testosterone_total"),
        ("Free Testosterone", "testosterone_free"),
        ("Free testosterone fraction", "testosterone_free_pct"),
        ("DHEA-S", "dhea_s"),
        ("DHEA", "dhea"),
        ("Hämatokrit", "hematocrit"),
        ("HCT", "hematocrit"),
        ("T3, Reverse", "rt3"),
        ("Prostate Specific Ag, Serum", "psa_total"),
        ("Testosterone antibody", None),
        ("Urine culture", None),
        ("", None),
        ("total", None),
        ("testosterone " * 40, None),
    ],
)
def test_a_name_names_one_analyte_or_none(vocabulary: Vocabulary, text: str, analyte: str | None) -> None:
    assert vocabulary.names.exact(text) == analyte


@pytest.mark.parametrize(
    ("name", "unit", "codes"),
    [
        ("Testosterone", "ng/dL", ["2986-8"]),
        ("Testosterone", "nmol/l", ["14913-8"]),
        ("Testosteron gesamt", "nmol/L", ["14913-8"]),
        ("Hct", "%", ["4544-3"]),
        ("TSH 3rd generation", "mIU/L", ["3016-3"]),
        ("Estradiol, Ultrasensitive, LC/MS", "pg/mL", ["2243-4"]),
        ("Reverse T3", "ng/dL", ["3052-8"]),
        ("Urine culture", None, []),
        ("Testosterone", "kg", []),
        ("", None, []),
    ],
)
def test_the_first_suggestion_fits_name_and_unit(
    vocabulary: Vocabulary, name: str, unit: str | None, codes: list[str]
) -> None:
    assert [code.code for code in suggest(name, unit, vocabulary)][: len(codes) or 3] == codes


def test_a_name_of_two_analytes_stops_the_start(vocabulary: Vocabulary) -> None:
    with pytest.raises(ValueError, match="'serum LH level' is a name of lh and of fsh"):
        Names(vocabulary.analytes, [("fsh", "serum LH level")])


def test_a_name_of_no_analyte_stops_the_start(vocabulary: Vocabulary) -> None:
    with pytest.raises(ValueError, match="'unobtainium' is not an analyte"):
        Names(vocabulary.analytes, [("unobtainium", "x")])
