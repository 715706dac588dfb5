"""Numbers of a chart: JSON numbers of sane size as exact decimals, everything else refused."""

from __future__ import annotations

from decimal import Decimal

import msgspec

from cds_hooks.facts import UnreadReason

MOST_DIGITS = 30
MOST_EXPONENT = 30


def number(raw: msgspec.Raw) -> Decimal | UnreadReason:
    """The exact value of a raw JSON value, or why it is none. `1.50` keeps its zero."""
    if not raw:
        return UnreadReason.VALUE_MISSING
    text = str(raw, "latin-1")  # what is no ASCII is no number
    if text == "null":
        return UnreadReason.VALUE_MISSING
    if text[0] not in "-0123456789":
        return UnreadReason.VALUE_NOT_NUMERIC
    if (len(text) > MOST_DIGITS or "e" in text or "E" in text) and not _is_sane(text):
        return UnreadReason.VALUE_OUT_OF_BOUNDS
    return Decimal(text)


def positive(raw: msgspec.Raw) -> Decimal | None:
    """A count or duration above zero, or None."""
    value = number(raw)
    return value if isinstance(value, Decimal) and value > 0 else None


def _is_sane(text: str) -> bool:
    mantissa, _, exponent = text.lower().partition("e")
    digits = len(mantissa) - mantissa.count(".") - mantissa.count("-")
    power = exponent.lstrip("+-").lstrip("0")
    return digits <= MOST_DIGITS and len(power) <= 2 and int(power or "0") <= MOST_EXPONENT
