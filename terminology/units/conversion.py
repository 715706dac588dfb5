"""How a reported number becomes one in the canonical unit, exactly, or why it cannot."""

from __future__ import annotations

from decimal import Context, Decimal
from fractions import Fraction

import msgspec

EXACT = Context(prec=100)
# Undoing a division that never ends (a molar mass) leaves a tail of nines; this is far past what any chart writes.
_WRITTEN = Context(prec=60)
_ONE = Decimal(1)
_ZERO = Decimal(0)


class Conversion(msgspec.Struct, frozen=True, gc=False):
    """Reported -> canonical: value * multiply / divide + plus; scales with another zero have a `plus`."""

    multiply: Decimal
    divide: Decimal
    ucum: str  # the UCUM unit the chart's string was understood as
    basis: str  # "ucum" | "alias" | "map" (the site's own)
    crosses: bool  # between mass and moles, or international units and mass
    plus: Decimal = _ZERO

    def apply(self, value: Decimal) -> Decimal:
        """The value in the canonical unit; digits the chart wrote are kept, exponents never are (`1E+3` is 1000)."""
        scaled = EXACT.multiply(value, self.multiply)
        return EXACT.add(scaled if self.divide == _ONE else EXACT.divide(scaled, self.divide), self.plus)

    def undo(self, value: Decimal) -> Decimal:
        """A canonical value in the unit the chart used; `undo(apply(x)) == x` for up to 30 digits."""
        scaled = EXACT.multiply(EXACT.subtract(value, self.plus) if self.plus else value, self.divide)
        exact = scaled if self.multiply == _ONE else EXACT.divide(scaled, self.multiply)
        return EXACT.add(_WRITTEN.plus(exact), _ZERO)

    @classmethod
    def by(cls, factor: Fraction, ucum: str, basis: str, crosses: bool) -> Conversion:
        """The conversion that multiplies by `factor`; a factor with a finite decimal form needs no division."""
        multiply, divide = _finite(factor)
        return cls(multiply=multiply, divide=divide, ucum=ucum, basis=basis, crosses=crosses)


class UnitProblem(msgspec.Struct, frozen=True, gc=False):
    """Why a unit cannot be used. `detail` is a sentence for a colleague."""

    reason: str  # unit-missing | unit-unknown | unit-dimension | unit-not-convertible
    detail: str


def _finite(factor: Fraction) -> tuple[Decimal, Decimal]:
    """Numerator and denominator, with the factors 2 and 5 of the denominator moved into the numerator."""
    rest, power = factor.denominator, 0
    while rest % 10 == 0:
        rest, power = rest // 10, power + 1
    top = factor.numerator
    for prime, partner in ((2, 5), (5, 2)):
        while rest % prime == 0:
            rest, top, power = rest // prime, top * partner, power + 1
    return Decimal(top).scaleb(-power, EXACT).normalize(EXACT), Decimal(rest)
