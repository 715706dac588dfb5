"""Which JSON values count as numbers."""

from __future__ import annotations

from decimal import Decimal

import msgspec
import pytest

from cds_hooks.facts import UnreadReason
from cds_hooks.record.results.numbers import number, positive

MISSING, TEXT, HUGE = UnreadReason.VALUE_MISSING, UnreadReason.VALUE_NOT_NUMERIC, UnreadReason.VALUE_OUT_OF_BOUNDS


@pytest.mark.parametrize("text", ["0", "1.50", "-3", "37.60553780878606", "1e3", "1E+30", "1e-30", "1e030", "9" * 30])
def test_a_json_number_is_exact(text: str) -> None:
    value = number(msgspec.Raw(text.encode()))
    assert isinstance(value, Decimal)
    assert value == Decimal(text)
    assert value.as_tuple() == Decimal(text).as_tuple()


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", MISSING),
        ("null", MISSING),
        ('"7.4"', TEXT),
        ('"NaN"', TEXT),
        ("true", TEXT),
        ("[7]", TEXT),
        ("{}", TEXT),
        ("9" * 31, HUGE),
        ("0." + "1" * 30, HUGE),
        ("1e31", HUGE),
        ("1E-31", HUGE),
        ("1e999999999", HUGE),
        ("1e" + "9" * 9000, HUGE),
        ("9" * 9000, HUGE),
    ],
)
def test_everything_else_is_refused_with_a_reason(text: str, reason: UnreadReason) -> None:
    assert number(msgspec.Raw(text.encode())) is reason


@pytest.mark.parametrize("text", ["0", "-1", '"2"', "", "1e99"])
def test_a_count_must_be_positive(text: str) -> None:
    assert positive(msgspec.Raw(text.encode())) is None
