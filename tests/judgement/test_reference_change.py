"""Reference change values: the printed percentages follow from the table, and the edge decides exactly."""

from __future__ import annotations

from decimal import Decimal

import pytest

from cds_hooks.judgement.chart.formulas import reference_change, total_variation
from cds_hooks.judgement.chart.shown import rounded
from cds_hooks.judgement.reference.variation import Row, VariationFile, read_variation
from tests.asking import vocabulary
from tests.engine import site

TWO_SIDED, ONE_SIDED = Decimal("1.96"), Decimal("1.645")

# As section 8 of the knowledge notes prints them: two-sided up and down, one-sided up and down, in per cent.
PRINTED = """
tsh 63.5 38.8 51.1 33.8
ft4 17.0 14.5 14.1 12.3
ft3 18.4 15.6 15.2 13.2
testosterone_total 37.5 27.3 30.6 23.4
testosterone_total 57.5 36.5 46.4 31.7
estradiol 50.7 33.6 41.1 29.1
shbg 24.7 19.8 20.4 16.9
lh 104.1 51.0 82.0 45.1
fsh 26.7 21.1 21.9 18.0
cortisol_am 66.0 39.8 53.0 34.6
cortisol 66.0 39.8 53.0 34.6
dhea_s 70.4 41.3 56.4 36.1
igf1 53.0 34.6 42.9 30.0
psa_total 24.4 19.6 20.1 16.7
psa_total 75.0 42.9 59.9 37.5
hematocrit 12.5 11.1 10.4 9.4
hemoglobin 8.3 7.7 6.9 6.5
hdl 18.2 15.4 15.1 13.1
ldl 27.7 21.7 22.7 18.5
triglycerides 72.5 42.0 58.0 36.7
cholesterol 17.0 14.5 14.1 12.3
creatinine 15.3 13.3 12.7 11.3
alt 35.0 25.9 28.7 22.3
ast 33.0 24.8 27.0 21.3
hba1c 5.5 5.2 4.6 4.4
glucose_fasting 16.1 13.9 13.3 11.8
ctx 53.8 35.0 43.5 30.3
p1np 29.9 23.0 24.6 19.7
osteocalcin 31.0 23.6 25.4 20.3
zinc 32.3 24.4 26.5 20.9
magnesium 10.3 9.3 8.5 7.9
vitamin_d_25oh 28.5 22.2 23.4 19.0
ferritin 45.5 31.3 37.0 27.0
hs_crp 151.0 60.2 116.5 53.8
"""


def rows() -> list[Row]:
    """Every row of the table that has numbers in print."""
    variation = site().knowledge.tables.variation
    return [row for of, found in variation.rows.items() if of != "prolactin" for row in found]


def test_every_printed_percentage_follows_from_the_table() -> None:
    for row, printed in zip(rows(), PRINTED.split("\n")[1:-1], strict=True):
        of, *numbers = printed.split()
        assert row.file.of == of
        found = [
            rounded(abs(ratio - 1) * 100, 1)
            for z in (TWO_SIDED, ONE_SIDED)
            for ratio in reversed(reference_change(row.variation, z))
        ]
        assert [str(number) for number in found] == numbers, of


def test_the_bounds_are_each_others_inverse() -> None:
    least, greatest = reference_change(total_variation(Decimal("0.177"), Decimal("0.025")), TWO_SIDED)
    assert abs(least * greatest - 1) < Decimal("1e-35")


@pytest.mark.parametrize(("earlier", "up"), [(1, "63.5"), (2, "53.1"), (3, "49.4"), (9, "44.3"), (40, "42.2")])
def test_more_results_before_make_the_bounds_narrower(earlier: int, up: str) -> None:
    """exp(1.96 × √(1/n + 1) × σ), with σ = √ln(1 + 0.177² + 0.025²)."""
    (row,) = site().knowledge.tables.variation.rows["tsh"]
    assert rounded((row.ratios(earlier)[1] - 1) * 100, 1) == Decimal(up)


def test_replicates_on_both_sides_count() -> None:
    one = reference_change(Decimal("0.1"), TWO_SIDED)
    four = reference_change(Decimal("0.1"), TWO_SIDED, 4, 4)
    assert abs(four[1] ** 2 - one[1]) < Decimal("1e-26")  # half the logarithm


@pytest.mark.parametrize(("biological", "tells"), [("35.7 %", True), ("36 %", False)])
def test_what_varies_too_much_gets_no_verdict(biological: str, tells: bool) -> None:
    """1.96 × √2 × the total variation may not pass 100 %: the total may not pass 36.08 %."""
    row = {"of": "tsh", "biological_cv": biological, "analytical_cv": "5 %", "source": (), "confidence": "R"}
    file = VariationFile.read({"z": TWO_SIDED, "guard": "100 %", "row": (row,)})
    (read,) = read_variation(file, vocabulary(), {}).rows["tsh"]
    assert (read.no_verdict is None) is tells


@pytest.mark.parametrize("wrong", ["0 %", "3", "3 mg", "-3 %", 3])
def test_a_variation_is_a_share_above_nothing(wrong: object) -> None:
    row = {"of": "tsh", "biological_cv": "10 %", "analytical_cv": wrong, "source": (), "confidence": "R"}
    with pytest.raises(ValueError, match=r"tsh|share"):
        VariationFile.read({"z": TWO_SIDED, "guard": "100 %", "row": (row,)})


def test_a_row_is_of_a_known_analyte() -> None:
    row = {"of": "tsk", "biological_cv": "10 %", "analytical_cv": "3 %", "source": (), "confidence": "R"}
    file = VariationFile.read({"z": TWO_SIDED, "guard": "100 %", "row": (row,)})
    with pytest.raises(ValueError, match="tsk: not an analyte"):
        read_variation(file, vocabulary(), {})
