"""How much of a drug is taken in a day, as far as its order says so plainly."""

from __future__ import annotations

import re
from decimal import Decimal

from cds_hooks.facts import Therapy
from terminology.units.conversion import EXACT

_MASSES = {"mg": Decimal(1), "ug": Decimal("0.001"), "g": Decimal(1000)}
_DAY = Decimal(24)
_AMOUNT = re.compile(r"(?P<value>\d+(?:\.\d+)?) (?P<unit>mg|ug|g)(?P<rate>/d)?")


def milligrams(text: str) -> Decimal | None:
    """`12.5 mg` or `50 ug/d` as milligrams; None where it is no mass."""
    found = _AMOUNT.fullmatch(text)
    return Decimal(found["value"]) * _MASSES[found["unit"]] if found is not None else None


def daily_milligrams(therapy: Therapy) -> Decimal | None:
    """Milligrams a day: what a patch gives off, else the dose over its interval; None where that is not plain."""
    for text in (therapy.dose, therapy.strength):
        if text is not None and text.endswith("/d"):
            return milligrams(text)
    amount = milligrams(therapy.dose) if therapy.dose is not None else None
    if amount is None or not therapy.interval_hours:
        return None
    return EXACT.divide(amount * _DAY, therapy.interval_hours)
