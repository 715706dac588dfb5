"""Limits and target bands: a number with its unit, compared with a reading exactly, comparators included."""

from __future__ import annotations

import operator as operators
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from cds_hooks.facts import Reading
from terminology.units.conversion import EXACT

ABOVE, AT_LEAST, BELOW, AT_MOST = "above", "at_least", "below", "at_most"
OPERATORS = (ABOVE, AT_LEAST, BELOW, AT_MOST)
_EXACTLY: Mapping[str, Callable[[Decimal, Decimal], bool]] = {
    ABOVE: operators.gt,
    AT_LEAST: operators.ge,
    BELOW: operators.lt,
    AT_MOST: operators.le,
}
WORDS = {ABOVE: "above", AT_LEAST: "at or above", BELOW: "below", AT_MOST: "at or below"}


def in_words(operator: str, text: str) -> str:
    """`at or above 54 %`."""
    return f"{WORDS[operator]} {text}"


def span(low: str, high: str) -> str:
    """`450–700 ng/dL`; both units where they differ."""
    number, _, unit = low.partition(" ")
    return f"{number}–{high}" if high.endswith(unit) else f"{low}–{high}"


@dataclass(frozen=True, slots=True)
class Threshold:
    """One side of a number line, in the analyte's canonical unit: `above 54`, `at least 54` …"""

    operator: str
    value: Decimal
    text: str  # as the source writes it: "54 %"

    @property
    def words(self) -> str:
        """`at or above 54 %`."""
        return in_words(self.operator, self.text)

    @property
    def limit(self) -> str | None:
        """The words where they are a limit to a reader: `at least 0` only asks that there is a result."""
        return None if self.operator == AT_LEAST and not self.value else self.words

    def holds(self, reading: Reading) -> bool | None:
        """Whether the reading is on this side; None when its comparator leaves both answers possible."""
        return compare(self.operator, reading.value, self.value, reading.comparator)

    def reached(self, value: Decimal) -> bool:
        """Whether a plain number is on this side."""
        return _EXACTLY[self.operator](value, self.value)

    def looser_than(self, other: Threshold) -> bool:
        """Whether this lets through a value that `other` stops. Both must point the same way."""
        upward = self.operator in (ABOVE, AT_LEAST)
        if upward is not (other.operator in (ABOVE, AT_LEAST)):
            return True
        if self.value == other.value:
            return self.operator in (ABOVE, BELOW) and other.operator in (AT_LEAST, AT_MOST)
        return self.value > other.value if upward else self.value < other.value


def compare(operator: str, value: Decimal, limit: Decimal, comparator: str | None) -> bool | None:
    """Compare a value, or the interval that `< value`, `>= value` … stands for, with a limit."""
    if comparator is None:
        return _EXACTLY[operator](value, limit)
    if operator == BELOW:
        return _negate(compare(AT_LEAST, value, limit, comparator))
    if operator == AT_MOST:
        return _negate(compare(ABOVE, value, limit, comparator))
    strict = operator == ABOVE
    if comparator in (">", ">="):
        return _all_of_upper(value, limit, strict, comparator) or None
    return False if _none_of_lower(value, limit, strict, comparator) else None


def _all_of_upper(value: Decimal, limit: Decimal, strict: bool, comparator: str) -> bool:
    """Whether everything above `value` is beyond the limit."""
    return value > limit if strict and comparator == ">=" else value >= limit


def _none_of_lower(value: Decimal, limit: Decimal, strict: bool, comparator: str) -> bool:
    """Whether nothing below `value` reaches the limit."""
    return value < limit if not strict and comparator == "<=" else value <= limit


def _negate(truth: bool | None) -> bool | None:
    return None if truth is None else not truth


@dataclass(frozen=True, slots=True)
class Band:
    """A target range. Its edges are inside it.

    Where a reading was converted between mass and moles, the edges are converted to the reading's own unit and
    rounded half up to its decimals (never to fewer than three significant digits), because a target printed in one
    unit is not exact in the other. Safety limits are never rounded: they are `Threshold`s.
    """

    low: Decimal
    high: Decimal
    text: str  # "450–700 ng/dL"
    low_text: str
    high_text: str

    def below(self, reading: Reading) -> bool | None:
        """Whether the reading is under the band."""
        return self._compare(BELOW, self.low, reading)

    def above(self, reading: Reading) -> bool | None:
        """Whether the reading is over the band."""
        return self._compare(ABOVE, self.high, reading)

    def _compare(self, operator: str, edge: Decimal, reading: Reading) -> bool | None:
        if not reading.conversion.crosses:
            return compare(operator, reading.value, edge, reading.comparator)
        return compare(operator, reading.reported, edge_as_reported(edge, reading), reading.comparator)


def edge_as_reported(edge: Decimal, reading: Reading) -> Decimal:
    """A band's edge in the reading's own unit, at the precision that unit is reported with."""
    exact = reading.conversion.undo(edge)
    exponent = reading.reported.as_tuple().exponent
    reported_decimals = -exponent if isinstance(exponent, int) and exponent < 0 else 0
    decimals = max(reported_decimals, 2 - exact.adjusted(), 0)
    return exact.quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_HALF_UP, context=EXACT)
