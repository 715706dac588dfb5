"""Limits and bands compare exactly, with comparators read as intervals."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from cds_hooks.facts import Moment, Reading
from cds_hooks.judgement.written.threshold import Band, Threshold, compare
from terminology.units.conversion import Conversion

SAME = Conversion(Decimal(1), Decimal(1), "ng/dL", "ucum", crosses=False)
MOLES = Conversion(Decimal("28.8431"), Decimal(1), "nmol/L", "ucum", crosses=True)
OPTIMIZATION = Band(Decimal(450), Decimal(700), "450–700 ng/dL", "450 ng/dL", "700 ng/dL")


def reading(value: str, conversion: Conversion = SAME, comparator: str | None = None) -> Reading:
    reported = Decimal(value)
    return Reading(
        "testosterone_total",
        conversion.apply(reported),
        "ng/dL",
        reported,
        conversion.ucum,
        conversion,
        Moment(date(2026, 9, 3)),
        "Observation/1",
        "final",
        "2986-8",
        comparator,
    )


@pytest.mark.parametrize(
    ("operator", "value", "comparator", "limit", "truth"),
    [
        ("above", "54.0", None, "54", False),
        ("above", "54.000000000000000000000000001", None, "54", True),
        ("at_least", "54.0", None, "54", True),
        ("at_least", "53.999999999999999999999999999", None, "54", False),
        ("below", "25", None, "25", False),
        ("at_most", "25", None, "25", True),
        ("below", "7", "<", "50", True),
        ("below", "50", "<", "50", True),
        ("below", "50", "<=", "50", None),
        ("below", "50", "<", "10", None),
        ("at_most", "50", "<=", "50", True),
        ("above", "54", ">", "54", True),
        ("above", "54", ">=", "54", None),
        ("above", "40", ">", "54", None),
        ("at_least", "54", ">=", "54", True),
        ("at_least", "54", "<", "54", False),
        ("at_least", "54", "<=", "54", None),
        ("above", "54", "<=", "54", False),
        ("below", "60", ">", "50", False),
    ],
)
def test_a_comparator_decides_only_when_every_value_it_allows_agrees(
    operator: str, value: str, comparator: str | None, limit: str, truth: bool | None
) -> None:
    assert compare(operator, Decimal(value), Decimal(limit), comparator) is truth


@pytest.mark.parametrize(
    ("reported", "below", "above"),
    [("15.5", True, False), ("15.6", False, False), ("24.3", False, False), ("24.4", False, True)],
)
def test_a_band_edge_is_rounded_to_the_reported_decimals_across_mass_and_moles(
    reported: str, below: bool, above: bool
) -> None:
    found = reading(reported, MOLES)
    assert (OPTIMIZATION.below(found), OPTIMIZATION.above(found)) == (below, above)


def test_a_band_edge_keeps_three_significant_digits_when_the_result_has_no_decimals() -> None:
    assert OPTIMIZATION.below(reading("15", MOLES)) is True
    assert OPTIMIZATION.below(reading("16", MOLES)) is False


@pytest.mark.parametrize(
    ("value", "below", "above"), [("449.99", True, False), ("450", False, False), ("700.01", False, True)]
)
def test_a_band_is_exact_in_its_own_unit(value: str, below: bool, above: bool) -> None:
    found = reading(value)
    assert (OPTIMIZATION.below(found), OPTIMIZATION.above(found)) == (below, above)


@pytest.mark.parametrize(
    ("one", "other", "looser"),
    [
        (("above", "54"), ("above", "54"), False),
        (("at_least", "54"), ("above", "54"), False),
        (("above", "54"), ("at_least", "54"), True),
        (("above", "55"), ("above", "54"), True),
        (("above", "53"), ("at_least", "54"), False),
        (("below", "10"), ("below", "20"), True),
        (("below", "54"), ("above", "54"), True),
    ],
)
def test_a_profile_limit_is_looser_when_it_lets_through_what_the_floor_stops(
    one: tuple[str, str], other: tuple[str, str], looser: bool
) -> None:
    first = Threshold(one[0], Decimal(one[1]), one[1])
    second = Threshold(other[0], Decimal(other[1]), other[1])
    assert first.looser_than(second) is looser
