"""Chance that a seed decides: the same seed and patient give the same draws on every machine."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_EVEN, Decimal
from random import Random
from typing import TypeVar

T = TypeVar("T")


class Chance:
    """Draws of one patient. Only `random()` is asked of the library: what it answers to a seed never changes."""

    def __init__(self, seed: int, patient: int) -> None:
        self._next = Random(f"{seed}:{patient}").random  # noqa: S311 - to invent charts, not to keep secrets

    def happens(self, probability: float) -> bool:
        """True so often."""
        return self._next() < probability

    def between(self, ends: tuple[int, int]) -> int:
        """A whole number from the first to the second, both included."""
        low, high = ends
        return low + int(self._next() * (high - low + 1))

    def one_of(self, choices: Sequence[T]) -> T:
        """One of them, each as often."""
        return choices[int(self._next() * len(choices))]

    def weighed(self, choices: Sequence[T], sums: Sequence[int]) -> T:
        """One of them, each as often as its share in the running `sums` says."""
        at = self._next() * sums[-1]
        return choices[next(place for place, end in enumerate(sums) if at < end)]

    def number(self, low: Decimal, high: Decimal, factor: Decimal, decimals: int) -> Decimal:
        """A number between two ends, printed as times `factor` with so many decimals, and never rounded past an end."""
        step = Decimal(1).scaleb(-decimals)
        drawn = (low + (high - low) * Decimal(repr(self._next()))) * factor
        printed = drawn.quantize(step, ROUND_HALF_EVEN)
        if printed < low * factor:
            return (low * factor).quantize(step, ROUND_CEILING)
        return printed if printed <= high * factor else (high * factor).quantize(step, ROUND_FLOOR)
