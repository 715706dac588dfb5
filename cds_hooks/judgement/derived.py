"""Numbers computed from readings of one draw."""

from __future__ import annotations

from decimal import Decimal

from cds_hooks.facts import Reading
from cds_hooks.findings import Derived
from cds_hooks.judgement.case import Case, rounded
from cds_hooks.judgement.formulas import ALBUMIN_DEFAULT_G_L, free_testosterone

INPUTS = ("testosterone_total", "shbg", "albumin")
NANO, PICO, GRAMS_PER_G_DL = Decimal("1e-9"), Decimal("1e-12"), Decimal(10)


def derive(case: Case) -> tuple[Derived, ...]:
    """Calculated free and bioavailable testosterone from the newest draw that has total testosterone and SHBG."""
    total, shbg = _same_draw(case, "testosterone_total", "shbg")
    known = case.vocabulary.analytes.get("testosterone_total")
    if total is None or shbg is None or known is None or known.molar_mass is None:
        return ()
    if total.comparator or shbg.comparator or total.value <= 0 or shbg.value < 0:
        return ()
    per_mol = known.molar_mass
    total_mol = total.value * NANO * 10 / per_mol  # ng/dL -> mol/L
    albumin = _albumin(case, total)
    free, bioavailable = free_testosterone(total_mol, shbg.value * NANO, albumin)
    from_ = (total.reference, shbg.reference)
    return (
        Derived("calculated_free_testosterone", rounded(free / PICO, 1), "pmol/L", from_),
        Derived("bioavailable_testosterone", rounded(bioavailable * per_mol / (NANO * 10), 1), "ng/dL", from_),
    )


def _same_draw(case: Case, one: str, other: str) -> tuple[Reading | None, Reading | None]:
    others = {reading.effective.day: reading for reading in reversed(case.usable(other, preliminary=False))}
    for reading in case.usable(one, preliminary=False):
        if reading.effective.day in others:
            return reading, others[reading.effective.day]
    return None, None


def _albumin(case: Case, total: Reading) -> Decimal:
    for reading in case.usable("albumin", preliminary=False):
        if reading.effective.day == total.effective.day and reading.value > 0 and not reading.comparator:
            return reading.value * GRAMS_PER_G_DL if reading.unit == "g/dL" else reading.value
    return ALBUMIN_DEFAULT_G_L
