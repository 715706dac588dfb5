"""The newest result of each analyte, as far as a number alone can be compared with limits."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

import msgspec

from cds_hooks.facts import Moment, Reading
from cds_hooks.judgement.timing.sequence import is_alone


class Newest(msgspec.Struct, frozen=True, gc=False):
    """The newest result, days before today, with nothing in its way."""

    days: int
    value: Decimal | None  # in the canonical unit; None of a bound, or where several may be the newest


def newest_of(
    newest_first: Mapping[str, tuple[Reading, ...]], doubtful: frozenset[str] | None, today: Moment
) -> dict[str, Newest | None]:
    """By analyte; None of those that are doubtful: some result may be preliminary, held back or unusable."""
    found: dict[str, Newest | None] = {}
    for analyte, readings in newest_first.items():
        if doubtful is None or analyte in doubtful or not readings:
            found[analyte] = None
            continue
        newest = readings[0]
        plain = newest.comparator is None and is_alone(readings)
        found[analyte] = Newest((today.day - newest.effective.day).days, newest.value if plain else None)
    return found
