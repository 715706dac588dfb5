"""Numbers and units as people read them."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

from cds_hooks.facts import Reading
from terminology.units.conversion import EXACT


def rounded(value: Decimal, decimals: int) -> Decimal:
    """Rounded half up, for people; never used in a comparison."""
    return value.quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_HALF_UP, context=EXACT)


_AS_PRINTED = {"mm[Hg]": "mmHg"}
UNSAID = frozenset({"{score}", "{Z-score}"})  # the name of the analyte says it


def spoken(unit: str) -> str:
    """A unit as people say it: a score has none, `{SD}` is SD, `mm[Hg]` mmHg."""
    if unit in UNSAID:
        return ""
    if unit in _AS_PRINTED:
        return _AS_PRINTED[unit]
    return unit[1:-1] if unit.startswith("{") and unit.endswith("}") else unit


def number(value: Decimal) -> str:
    """A number without exponent, as few digits as it has."""
    return f"{value:f}"


def stated_comparator(reading: Reading) -> str:
    """The laboratory's own comparator, empty where there is none."""
    return reading.comparator if reading.comparator is not None and not reading.biased else ""
