"""Numbers computed from readings: of one draw, or made comparable where a drug shifts them."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from msgspec.structs import replace

from cds_hooks.facts import Reading
from cds_hooks.findings import Derived
from cds_hooks.judgement.chart.case import Case
from cds_hooks.judgement.chart.formulas import (
    ALBUMIN_DEFAULT_G_L,
    PSA_HALVED_AFTER,
    free_androgen_index,
    free_testosterone,
    ft3_rt3_ratio,
    psa_without_reductase_inhibitor,
)
from cds_hooks.judgement.chart.shown import rounded
from cds_hooks.judgement.chart.standing import standings
from cds_hooks.judgement.timing.clock import days_between
from cds_hooks.judgement.timing.sequence import moments

TOTAL, SHBG, PSA = "testosterone_total", "shbg", "psa_total"
FT3, RT3 = "ft3", "rt3"
INPUTS = (TOTAL, SHBG, "albumin")
TOGETHER = 7  # days between two draws that may be computed from as one, at the same time after the dose
NANO, PICO, GRAMS_PER_G_DL = Decimal("1e-9"), Decimal("1e-12"), Decimal(10)

Pair = tuple[Reading, Reading]


def derive(case: Case) -> tuple[Derived, ...]:
    """Free and bioavailable testosterone, with ovaries the free androgen index, PSA without its inhibitor, the ratio of
    T3 to reverse T3, and IGF-1 in standard deviations."""
    return (*_of_testosterone(case), *_of_psa(case), *_of_t3(case), *_of_igf1(case))


def _of_testosterone(case: Case) -> tuple[Derived, ...]:
    pairs = drawn_together(case, preliminary=False)
    per_mol = molar_mass(case)
    if not pairs or per_mol is None:
        return ()
    total, shbg = pairs[0]
    if total.comparator or shbg.comparator or total.value <= 0 or shbg.value < 0:
        return ()
    free, bioavailable = free_in_mol(case, total, shbg, per_mol)
    from_ = (total.reference, shbg.reference)
    found = (
        Derived("calculated_free_testosterone", rounded(free / PICO, 1), "pmol/L", from_),
        Derived("bioavailable_testosterone", rounded(bioavailable * per_mol / (NANO * 10), 1), "ng/dL", from_),
    )
    if case.anatomy.kind != "female" or not shbg.value:
        return found
    index = free_androgen_index(total.value * 10 / per_mol, shbg.value)
    return (*found, Derived("free_androgen_index", rounded(index, 1), "%", from_))


def _of_psa(case: Case) -> tuple[Derived, ...]:
    found = case.latest(PSA, preliminary=False, within=case.policy.results_for)
    if not found or found[0].comparator or not _inhibited(case, found[0]):
        return ()
    adjusted = psa_without_reductase_inhibitor(found[0].value)
    return (Derived("psa_adjusted", adjusted, found[0].unit, (found[0].reference,)),)


def _of_t3(case: Case) -> tuple[Derived, ...]:
    """Of one day's draw. It is shown because people ask for it; no check reads it."""
    reverse = {one.effective.day: one for one in reversed(case.usable(RT3, preliminary=False))}
    for ft3 in case.usable(FT3, preliminary=False) if reverse else ():
        rt3 = reverse.get(ft3.effective.day)
        if rt3 is not None and not (ft3.comparator or rt3.comparator) and ft3.value > 0 and rt3.value > 0:
            ratio = rounded(ft3_rt3_ratio(ft3.value, rt3.value), 1)
            return (Derived("ft3_rt3_ratio", ratio, "1", (ft3.reference, rt3.reference)),)
    return ()


def _of_igf1(case: Case) -> tuple[Derived, ...]:
    newest = next(iter(standings(case, preliminary=False)), None)
    if newest is None or newest.value is None or newest.comparator:
        return ()
    reference = (newest.of.reference,)
    return (Derived("igf1_sds", rounded(newest.value, 2), "{Z-score}", reference, newest.basis),)


def _inhibited(case: Case, psa: Reading) -> bool:
    """Whether a 5-alpha-reductase inhibitor was taken for so long before the draw that PSA has halved."""
    return any(
        therapy.current
        and "5-alpha-reductase-inhibitor" in therapy.classes
        and therapy.start is not None
        and days_between(therapy.start, psa.effective) >= PSA_HALVED_AFTER
        for therapy in case.facts.therapies
    )


def drawn_together(case: Case, *, preliminary: bool) -> tuple[Pair, ...]:
    """The newest total testosterone that has an SHBG of the same draw, or near it at the same time after the dose.

    More than one pair where the chart leaves open which result came first.
    """
    if preliminary not in case.pairs:
        case.pairs[preliminary] = _drawn_together(case, preliminary=preliminary)
    return case.pairs[preliminary]


def _drawn_together(case: Case, *, preliminary: bool) -> tuple[Pair, ...]:
    globulins = case.usable(SHBG, preliminary=preliminary)
    for group in moments(case.usable(TOTAL, preliminary=preliminary)):
        pairs = tuple((total, shbg) for total in group for shbg in _nearest(case, total, globulins))
        if pairs:
            return pairs
    return ()


def _nearest(case: Case, total: Reading, globulins: Sequence[Reading]) -> list[Reading]:
    near = {
        shbg.reference: (abs(days_between(total.effective, shbg.effective)), shbg)
        for shbg in globulins
        if abs(days_between(total.effective, shbg.effective)) <= TOGETHER and _same_timing(case, total, shbg)
    }
    least = min((days for days, _ in near.values()), default=None)
    return [shbg for days, shbg in near.values() if days == least]


def _same_timing(case: Case, total: Reading, shbg: Reading) -> bool:
    if total.effective.day == shbg.effective.day or case.course is None or not case.course.times(TOTAL):
        return True
    one, other = case.course.timing(total), case.course.timing(replace(shbg, analyte=TOTAL))
    return one is not None and other is not None and one.label == other.label not in ("unknown", "other")


def molar_mass(case: Case) -> Decimal | None:
    """Of testosterone, in g/mol."""
    known = case.vocabulary.analytes.get(TOTAL)
    return known.molar_mass if known is not None else None


def free_in_mol(case: Case, total: Reading, shbg: Reading, per_mol: Decimal) -> tuple[Decimal, Decimal]:
    """Calculated free and bioavailable testosterone in mol/L."""
    found = case.worked.free.get((id(total), id(shbg)))
    if found is None:
        total_mol = total.value * NANO * 10 / per_mol  # ng/dL -> mol/L
        found = free_testosterone(total_mol, shbg.value * NANO, _albumin(case, total))
        case.worked.free[id(total), id(shbg)] = found
    return found


def _albumin(case: Case, total: Reading) -> Decimal:
    for reading in case.usable("albumin", preliminary=False):
        if reading.effective.day == total.effective.day and reading.value > 0 and not reading.comparator:
            return reading.value * GRAMS_PER_G_DL if reading.unit == "g/dL" else reading.value
    return ALBUMIN_DEFAULT_G_L
