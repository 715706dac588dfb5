"""How a doubtful result is put into words, and what its bare number would be in another unit."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from cds_hooks.facts import Reading
from cds_hooks.judgement.chart.case import Case
from cds_hooks.judgement.chart.shown import number, stated_comparator
from cds_hooks.judgement.predicates.outcome import Doubt
from terminology.units.conversion import Conversion

_POOLED = ("analytes", "results", "values")


def spoken(doubts: Sequence[Doubt]) -> dict[str, str]:
    """What a sentence about several doubtful results says: the first leads, and every one is named."""
    pooled = {
        name: ", ".join(dict.fromkeys(doubt.values.get(name, "") for doubt in doubts))
        for name in _POOLED
        if name in doubts[0].values
    }
    return {**doubts[0].values, **pooled}


def as_printed(case: Case, analyte: str, value: Decimal) -> str:
    """A canonical value to the decimals that are usually printed: one through a molar mass may never end."""
    last = Decimal(1).scaleb(-case.vocabulary.analytes[analyte].decimals)
    return number(value.quantize(last).normalize())


def as_written(case: Case, reading: Reading) -> str:
    """As reported, and in the canonical unit where that is another number."""
    reported, canonical = reported_as(reading), case.canonical(reading)
    return reported if reading.reported == reading.value else f"{reported} ({canonical})"


def reported_as(reading: Reading) -> str:
    return f"{stated_comparator(reading)}{number(reading.reported)} {reading.reported_unit}"


def readings_of_number(case: Case, analyte: str, value: Decimal, code: str = "") -> list[tuple[str, Decimal]]:
    """A bare number read in every unit the analyte is measured in, and its LOINC code allows: unit, canonical value."""
    known = case.vocabulary.analytes.get(analyte)
    if known is None:
        return []
    read = []
    for unit in known.written:
        conversion = case.vocabulary.unit(analyte, unit, unit, True)
        if isinstance(conversion, Conversion) and not case.vocabulary.property_mismatch(code, conversion):
            read.append((unit, conversion.apply(value)))
    return read
