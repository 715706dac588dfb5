"""The unit a timeline shows an analyte in, conventional or per litre, and numbers in it: exact, rounded for people."""

from __future__ import annotations

from decimal import Decimal
from typing import Literal, NamedTuple

from cds_hooks.facts import Reading
from cds_hooks.judgement.chart.shown import number, rounded, spoken
from terminology.units.conversion import Conversion
from terminology.vocabulary import Vocabulary

System = Literal["conventional", "si"]
SYSTEMS: tuple[System, ...] = ("conventional", "si")
_DIGITS = 3  # that a converted number keeps at least
_PRINTED = {"[IU]": "IU", "10*3": "10³", "10*6": "10⁶", "10*9": "10⁹", "10*12": "10¹²", "{1.73_m2}": "1.73 m²"}


class Shown(NamedTuple):
    """How numbers of one analyte are shown. `decimals` are those usual in its canonical unit."""

    unit: str  # UCUM
    printed: str  # as laboratories print it: "nmol/L", "10⁹/L", "µg/L"
    conversion: Conversion | None  # None: the canonical unit
    decimals: int

    def value(self, canonical: Decimal) -> Decimal:
        """A canonical number in this unit, exact."""
        return canonical if self.conversion is None else self.conversion.undo(canonical)

    def text(self, canonical: Decimal) -> str:
        """The same as people read it, without unit."""
        if self.conversion is None:
            return number(_short(canonical, self.decimals))
        value = self.value(canonical)
        return number(_short(value, max(0, _DIGITS - 1 - value.adjusted()) if value else 0))

    def of_reading(self, reading: Reading) -> str:
        """A result: every digit as reported where it was reported in this unit."""
        is_as_written = reading.conversion.ucum == self.unit
        return number(reading.reported) if is_as_written else self.text(reading.value)


def shown_in(vocabulary: Vocabulary, analyte: str, system: System) -> Shown:
    """How an analyte is shown. Raises KeyError for one the vocabulary does not know."""
    known = vocabulary.analytes[analyte]
    unit = known.unit if system == "conventional" else known.si
    found = vocabulary.unit(analyte, unit, unit, True) if unit != known.unit else None
    conversion = found if isinstance(found, Conversion) else None
    in_force = unit if conversion is not None else known.unit
    return Shown(in_force, printed(in_force), conversion, known.decimals)


def printed(unit: str) -> str:
    """A UCUM unit as laboratories print it."""
    text = spoken(unit)
    for written, shown in _PRINTED.items():
        text = text.replace(written, shown)
    return f"µ{text[1:]}" if text.startswith("u") else text.replace("/u", "/µ")


def _short(value: Decimal, decimals: int) -> Decimal:
    """Rounded where it has more decimals than that."""
    exponent = value.as_tuple().exponent
    return rounded(value, decimals) if isinstance(exponent, int) and -exponent > decimals else value
