"""Numbers of a chart: JSON numbers of sane size as exact decimals, everything else refused."""

from __future__ import annotations

from decimal import Decimal

import msgspec

from cds_hooks.facts import UnreadReason

MOST_DIGITS = 30
MOST_EXPONENT = 30


def number(raw: msgspec.Raw) -> Decimal | UnreadReason:
    """The exact value of a raw JSON value, or why it is none. `1.50` keeps its zero."""
    text = bytes(raw)
    if not text or text == b"null":
        return UnreadReason.VALUE_MISSING
    if text[:1] not in b"-0123456789":
        return UnreadReason.VALUE_NOT_NUMERIC
    if len(text) > MOST_DIGITS or b"e" in text or b"E" in text:
        return Decimal(text.decode()) if _is_sane(text) else UnreadReason.VALUE_OUT_OF_BOUNDS
    return Decimal(text.decode())


def positive(raw: msgspec.Raw) -> Decimal | None:
    """A count or duration above zero, or None."""
    value = number(raw)
    return value if isinstance(value, Decimal) and value > 0 else None


def _is_sane(text: bytes) -> bool:
    mantissa, _, exponent = text.lower().partition(b"e")
    digits = len(mantissa) - mantissa.count(b".") - mantissa.count(b"-")
    power = exponent.lstrip(b"+-").lstrip(b"0")
    return digits <= MOST_DIGITS and len(power) <= 2 and int(power or b"0") <= MOST_EXPONENT
