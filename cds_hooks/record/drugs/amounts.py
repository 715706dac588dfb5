"""Amounts of a drug, written so that equal ones read the same: `100.0 MG` and `100 milligrams` are `100 mg`."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from decimal import Decimal
from functools import lru_cache
from typing import NamedTuple

from cds_hooks.record.fhir.concepts import clean
from cds_hooks.record.fhir.datatypes import Quantity
from cds_hooks.record.results.numbers import positive

_MASSES: Mapping[str, Decimal] = {
    **dict.fromkeys(("mg", "mgs", "milligram", "milligrams"), Decimal(1)),
    **dict.fromkeys(("ug", "mcg", "mcgs", "microgram", "micrograms"), Decimal("0.001")),
}
_VOLUMES = ("ml", "mls", "cc", "milliliter", "milliliters", "millilitre", "millilitres")
_COUNTS: Mapping[str, str] = {
    **dict.fromkeys(("tab", "tabs", "tablet", "tablets", "tbl"), "tab"),
    **dict.fromkeys(("cap", "caps", "capsule", "capsules"), "cap"),
    **dict.fromkeys(("pill", "pills"), "pill"),
    **dict.fromkeys(("patch", "patches"), "patch"),
    **dict.fromkeys(("pump", "pumps"), "pump"),
    **dict.fromkeys(("spray", "sprays"), "spray"),
    **dict.fromkeys(("packet", "packets", "sachet", "sachets"), "packet"),
    **dict.fromkeys(("pellet", "pellets"), "pellet"),
    **dict.fromkeys(("autoinjector", "autoinjectors", "auto-injector", "auto-injectors"), "autoinjector"),
}
# What these hold is one dose, so that a strength beside them is a dose too.
SINGLE = frozenset({"tab", "cap", "pill", "patch", "pellet", "autoinjector"})
_OTHERS: Mapping[str, str] = {
    **dict.fromkeys(("g", "gm", "gram", "grams"), "g"),  # of the preparation: the gel, not the drug in it
    **dict.fromkeys(("iu", "[iu]", "unit", "units", "unt"), "IU"),
}
_PER_HOURS: Mapping[str, Decimal] = {
    **dict.fromkeys(("h", "hr", "hour", "hours"), Decimal(1)),
    **dict.fromkeys(("d", "day"), Decimal(24)),
}
_NUMBERS: Mapping[str, str] = {"one": "1", "two": "2", "three": "3", "four": "4"}

_UNIT = "|".join(re.escape(unit) for unit in sorted((*_MASSES, *_VOLUMES, *_COUNTS, *_OTHERS), key=len, reverse=True))
_HOURS = "|".join(_PER_HOURS)
_RATE = re.compile(rf"(?P<unit>{'|'.join(_MASSES)})\s*/\s*\(?(?P<span>\d{{1,3}}(?:\.\d+)?)?\.?\s*(?P<time>{_HOURS})\)?")
_AMOUNT = re.compile(
    rf"(?<![\w.,/-])(?P<least>[\d.]+\s*(?:-|–|to|or)\s*)?(?P<value>\d{{1,3}}(?:,\d{{3}})+|\d{{1,9}}(?:\.\d{{1,9}})?|\.\d{{1,9}}|"
    rf"{'|'.join(_NUMBERS)})(?:\s*-)?\s*(?P<unit>{_UNIT})(?![\w\]])"
    rf"(?:\s*(?:/|\bper\b)\s*(?P<span>\d{{1,3}}(?:\.\d+)?)?\s*(?P<per>{_HOURS}|ml|cc|g|gm|l|kg|actuat\w*|pump|spray|week|wk|month)\b)?"
)
# "1.000 mg" is one or a thousand, as the language is: not read.
_POINTED = re.compile(r"[1-9]\d{0,2}\.\d{3}")
_LONGEST_TEXT = 500


class Amount(NamedTuple):
    """A number of something; `kind` tells what can stand for what."""

    value: Decimal
    unit: str
    kind: str  # mass (in mg) | rate (mg in 24 h) | volume (mL) | count | other

    @property
    def text(self) -> str:
        """As a dose is compared and shown: masses below one milligram in micrograms."""
        if self.kind in ("mass", "rate") and self.value < 1:
            return f"{_plain(self.value * 1000)} {self.unit.replace('mg', 'ug')}"
        return f"{_plain(self.value)} {self.unit}"

    def times(self, count: Decimal) -> Amount:
        """So many of it."""
        return self._replace(value=self.value * count)


class Strength(NamedTuple):
    """How much mass is in how much volume; `stated` when the volume is more than the bare unit."""

    mass: Decimal
    volume: Decimal
    stated: bool


class Amounts(NamedTuple):
    """What a text says about amounts; `unsure` when it names a range, or a total that may be taken in parts.

    `one` is the amount it plainly states: of `0.5 mL (100 mg)` the mass, of `2 tablets of 5 mg` none.
    """

    found: frozenset[Amount]
    strengths: frozenset[Strength]
    unsure: bool
    one: Amount | None


_KINDS = ("mass", "rate", "volume", "other", "count")  # the best first


def amount_of(quantity: Quantity | None) -> Amount | None:
    """A Quantity as an amount; None without a number above zero or without a unit."""
    value = positive(quantity.value) if quantity is not None else None
    if quantity is None or value is None:
        return None
    written = [cleaned for unit in (quantity.unit, quantity.code) if unit and (cleaned := clean(unit))]
    known = (_measured(value, unit) for unit in written)
    return next((amount for amount in known if amount), Amount(value, written[0], "other") if written else None)


def amounts_in(text: str) -> Amounts:
    """Every amount of a text, and apart from them the strengths such as `200 mg/mL`."""
    return _amounts_in(text[:_LONGEST_TEXT])


# What people write on orders recurs.
@lru_cache(maxsize=1024)
def _amounts_in(text: str) -> Amounts:
    found: set[Amount] = set()
    strengths: set[Strength] = set()
    unsure = False
    for match in _AMOUNT.finditer(_folded(text)):
        value, per = Decimal(_NUMBERS.get(match["value"], match["value"].replace(",", ""))), match["per"]
        amount = _measured(value, f"{match['unit']}/{match['span'] or ''}{per}" if per in _PER_HOURS else match["unit"])
        ambiguous = _POINTED.fullmatch(match["value"]) is not None
        unsure = unsure or match["least"] is not None or per in ("week", "wk", "month", "kg") or amount is None
        unsure = unsure or ambiguous
        if amount is None or not value or ambiguous:
            continue
        if per is None or per in _PER_HOURS:
            found.add(amount)
        elif per in ("ml", "cc") and amount.kind == "mass" and (volume := Decimal(match["span"] or 1)):
            strengths.add(Strength(amount.value, volume, match["span"] is not None))
    return Amounts(frozenset(found), frozenset(strengths), unsure, None if unsure else _one(found))


def all_in(texts: Sequence[str]) -> Amounts:
    """What several texts about one thing say together."""
    said = [amounts_in(text) for text in texts]
    if len(said) == 1:
        return said[0]
    found = frozenset(amount for one in said for amount in one.found)
    strengths = frozenset(strength for one in said for strength in one.strengths)
    unsure = any(one.unsure for one in said)
    return Amounts(found, strengths, unsure, None if unsure else _one(found))


def _one(found: Collection[Amount]) -> Amount | None:
    if len(found) < 2:
        return next(iter(found), None)
    kinds = [amount.kind for amount in found]
    if len(set(kinds)) < len(kinds) or {"mass", "rate"} <= set(kinds):
        return None
    best = min(found, key=lambda amount: _KINDS.index(amount.kind))
    return None if any(amount.kind == "count" and amount.value != 1 for amount in found) else best


def _measured(value: Decimal, unit: str) -> Amount | None:
    unit = _folded(unit).strip("{}")
    if unit in _MASSES:
        return Amount(value * _MASSES[unit], "mg", "mass")
    if unit in _VOLUMES:
        return Amount(value, "mL", "volume")
    if unit in _COUNTS:
        return Amount(value, _COUNTS[unit], "count")
    if unit in _OTHERS:
        return Amount(value, _OTHERS[unit], "other")
    return _rate(value, unit)


def _rate(value: Decimal, unit: str) -> Amount | None:
    match = _RATE.fullmatch(unit)
    hours = Decimal(match["span"] or 1) * _PER_HOURS[match["time"]] if match else None
    return Amount(value * _MASSES[match["unit"]] * 24 / hours, "mg/24h", "rate") if match and hours else None


def _folded(text: str) -> str:
    return clean(text).lower().replace("\u00b5", "u").replace("\u03bc", "u")


def _plain(value: Decimal) -> str:
    text = format(value, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text
