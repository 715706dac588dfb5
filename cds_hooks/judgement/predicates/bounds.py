"""Comparators of numbers that are computed from two results, each of which may be only a bound."""

from __future__ import annotations

_FLIPPED = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}


def flipped(comparator: str | None) -> str | None:
    """Of a number that falls as the bound rises: `<` becomes `>`."""
    return _FLIPPED[comparator] if comparator else None


def joint(*comparators: str | None) -> str | None:
    """The comparator of a number that two bounds move the same way: empty when exact, None when they contradict."""
    bounds = [comparator for comparator in comparators if comparator]
    if len({bound[0] for bound in bounds}) > 1:
        return None
    return min(bounds, key=len, default="")
