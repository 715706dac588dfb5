"""Durations as protocol files write them: `14 d`, `455 d`, `132 h`, `40 a`."""

from __future__ import annotations

import re
from decimal import Decimal

_DURATION = re.compile(r"(\d+(?:\.\d+)?) (h|d|wk|mo|a)")
_HOURS = {
    "h": Decimal(1),
    "d": Decimal(24),
    "wk": Decimal(168),
    "mo": Decimal(24) * Decimal("30.4375"),
    "a": Decimal(8766),
}

_LONGEST = 150 * _HOURS["a"]


def hours(text: str) -> Decimal:
    """The hours in a UCUM-style duration. Raises ValueError naming the text and what would have worked."""
    match = _DURATION.fullmatch(text)
    if match is None:
        raise ValueError(f"{text!r} is not a duration; write a number, a blank and h, d, wk, mo or a, as in '14 d'")
    total = Decimal(match[1]) * _HOURS[match[2]]
    if total > _LONGEST:
        raise ValueError(f"{text!r} is longer than a life")
    return total


def days(text: str) -> int:
    """The whole days in a duration. Raises ValueError when it is not a whole number of days."""
    total = hours(text) / 24
    if text.endswith((" mo", " a")):
        return int(total)
    if total != total.to_integral_value():
        raise ValueError(f"{text!r} is not a whole number of days")
    return int(total)
