"""How much of a drug is taken in a day, as far as its order says so plainly."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal

from cds_hooks.facts import Therapy
from terminology.units.conversion import EXACT

_MASSES = {"mg": Decimal(1), "ug": Decimal("0.001"), "g": Decimal(1000)}
_DAY = Decimal(24)
_NUMBER = r"(?P<value>\d+(?:\.\d+)?)"
_AMOUNT = re.compile(rf"{_NUMBER} (?P<unit>mg|ug|g)(?:/(?P<per>d|h|24h|mL|\{{actuation\}}))?")
_COUNT = re.compile(rf"{_NUMBER} (?P<unit>\w+)")
_PER_CENT = re.compile(rf"{_NUMBER} %")
# What a strength is of, by what is counted: a tablet's stands alone.
_PIECES: Mapping[str, str] = {
    **dict.fromkeys(("tab", "cap", "pill", "pellet", "packet", "autoinjector"), ""),
    **dict.fromkeys(("pump", "spray"), "{actuation}"),
    "mL": "mL",
}
_RATES: Mapping[str, Decimal] = {"d": Decimal(1), "24h": Decimal(1), "h": Decimal(24)}


def milligrams(text: str) -> Decimal | None:
    """`12.5 mg` or `50 ug/d` as milligrams; None where it is no mass."""
    found = _AMOUNT.fullmatch(text)
    if found is None or found["per"] not in (None, "d"):
        return None
    return Decimal(found["value"]) * _MASSES[found["unit"]]


def daily_milligrams(therapy: Therapy) -> Decimal | None:
    """Milligrams a day: what a patch gives off, else the dose over its interval; None where that is not plain.

    Of a mixture it is not plain whose dose is stated.
    """
    if therapy.others:
        return None
    rate = _rate(therapy.dose) or _times_worn(therapy)
    if rate is not None:
        return rate
    amount = _at_once(therapy)
    if amount is None or not therapy.interval_hours:
        return None
    return EXACT.divide(amount * _DAY, therapy.interval_hours)


def _rate(text: str | None) -> Decimal | None:
    """`0.05 mg/d`, `50 ug/24h` in milligrams a day."""
    found = _AMOUNT.fullmatch(text) if text is not None else None
    if found is None or found["per"] not in _RATES:
        return None
    return Decimal(found["value"]) * _MASSES[found["unit"]] * _RATES[found["per"]]


def _times_worn(therapy: Therapy) -> Decimal | None:
    """What as many patches as are worn give off in a day; one where the order does not say how many."""
    rate = _rate(therapy.strength)
    if rate is None or therapy.dose is None:
        return rate
    worn = _COUNT.fullmatch(therapy.dose)
    if worn is not None and worn["unit"] == "patch":
        return rate * Decimal(worn["value"])
    return rate if milligrams(therapy.dose) is not None else None


def _at_once(therapy: Therapy) -> Decimal | None:
    """Milligrams of one dose: as stated, or so many pieces, millilitres or grams of a stated strength."""
    counted = _COUNT.fullmatch(therapy.dose) if therapy.dose is not None else None
    if therapy.dose is None or counted is None:
        return None
    number, unit = Decimal(counted["value"]), counted["unit"]
    if unit == "g":  # of the preparation: the gel, not the drug in it
        share = _PER_CENT.fullmatch(therapy.strength) if therapy.strength is not None else None
        return number * _MASSES["g"] * Decimal(share["value"]) / 100 if share is not None else None
    if unit in _MASSES:
        return number * _MASSES[unit]
    each = _AMOUNT.fullmatch(therapy.strength) if therapy.strength is not None else None
    if each is None or _PIECES.get(unit) != (each["per"] or ""):
        return None
    return number * Decimal(each["value"]) * _MASSES[each["unit"]]
