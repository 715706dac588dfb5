"""A conversion is exact there and back, and keeps the digits the chart wrote."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from terminology.units.conversion import Conversion


@pytest.mark.parametrize(
    ("factor", "value", "canonical"),
    [
        ("100", "0.545", "54.5"),
        ("100", "0.57", "57"),
        ("100", "4.35", "435"),
        ("100", "12", "1200"),
        ("28.8431", "15.6", "449.95236"),
        ("1/10", "145", "14.5"),
        ("1", "54.50", "54.50"),
        ("1", "1E+3", "1000"),
    ],
)
def test_a_value_converts_exactly_and_prints_plainly(factor: str, value: str, canonical: str) -> None:
    converted = Conversion.by(Fraction(factor), "x", "ucum", False).apply(Decimal(value))
    assert str(converted) == canonical


def test_a_factor_with_a_finite_decimal_form_needs_no_division() -> None:
    conversion = Conversion.by(Fraction(288431, 10000), "nmol/L", "ucum", True)
    assert (conversion.multiply, conversion.divide) == (Decimal("28.8431"), Decimal(1))


def test_other_factors_divide_last() -> None:
    conversion = Conversion.by(Fraction(5, 106), "m[IU]/L", "ucum", True)
    assert Fraction(conversion.multiply) / Fraction(conversion.divide) == Fraction(5, 106)
    assert conversion.apply(Decimal("21.2")) == 1


@settings(max_examples=100)
@given(
    st.fractions(min_value="1/1000000000", max_value=1_000_000_000, max_denominator=10**12).filter(bool),
    st.integers(0, 10**30 - 1),
    st.integers(-30, 30),
)
def test_thirty_digits_come_back_unchanged(factor: Fraction, digits: int, exponent: int) -> None:
    value = Decimal(digits).scaleb(exponent)
    conversion = Conversion.by(factor, "x", "ucum", False)
    assert conversion.undo(conversion.apply(value)) == value
