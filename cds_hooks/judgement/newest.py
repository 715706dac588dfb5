"""The newest result of each analyte, as far as a number alone can be compared with limits."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, NamedTuple

from cds_hooks.judgement.timing.sequence import is_alone

if TYPE_CHECKING:
    from cds_hooks.judgement.chart import Chart


class Newest(NamedTuple):
    """The newest result, days before today, with nothing in its way."""

    days: int
    value: Decimal | None  # in the canonical unit; None of a bound, or where several may be the newest


def newest_of(chart: Chart) -> Mapping[str, Newest | None]:
    """By analyte; None of those with results that may be preliminary, held back or unusable."""
    today = chart.today.day
    found: dict[str, Newest | None] = dict.fromkeys(chart.unusable)
    for analyte, readings in chart.readings.items():
        if not readings:
            continue
        if chart.doubtful is None or analyte in chart.doubtful:
            found[analyte] = None
            continue
        newest = readings[0]
        plain = newest.comparator is None and is_alone(readings)
        found[analyte] = Newest((today - newest.effective.day).days, newest.value if plain else None)
    return found
