"""Named formulas, each with its citation. Inputs and answers are decimals in the stated units."""

from __future__ import annotations

from decimal import Context, Decimal

from terminology.units.conversion import EXACT

_ACCURATE = Context(prec=40)
_LAST_SURE_DIGIT = Decimal("1e-30")  # of a logarithm's quotient: a value at the edge of a range is at the edge
_HALF_OF_95 = Decimal("1.96")
ALBUMIN_DEFAULT_G_L = Decimal(43)
ALBUMIN_G_MOL = Decimal(69000)
K_SHBG_L_MOL = Decimal(10) ** 9
K_ALBUMIN_L_MOL = Decimal(36000)
PSA_HALVED_BY = Decimal(2)
PSA_HALVED_AFTER = 182  # days of a 5-alpha-reductase inhibitor


def free_testosterone(
    total_mol_l: Decimal, shbg_mol_l: Decimal, albumin_g_l: Decimal = ALBUMIN_DEFAULT_G_L
) -> tuple[Decimal, Decimal]:
    """Calculated free and bioavailable testosterone in mol/L, by mass action (doi:10.1210/jcem.84.10.6079).

    It reads 20–30 % above equilibrium dialysis and is not validated as a dosing target.
    """
    c = _ACCURATE
    bound_to_albumin = c.add(1, c.multiply(K_ALBUMIN_L_MOL, c.divide(albumin_g_l, ALBUMIN_G_MOL)))
    a = c.multiply(bound_to_albumin, K_SHBG_L_MOL)
    b = c.add(bound_to_albumin, c.multiply(K_SHBG_L_MOL, c.subtract(shbg_mol_l, total_mol_l)))
    root = c.sqrt(c.add(c.multiply(b, b), c.multiply(4, c.multiply(a, total_mol_l))))
    if b >= 0:
        free = c.divide(c.multiply(2, total_mol_l), c.add(b, root))
    else:
        free = c.divide(c.subtract(root, b), c.multiply(2, a))
    return free, c.multiply(bound_to_albumin, free)


def free_androgen_index(total_nmol_l: Decimal, shbg_nmol_l: Decimal) -> Decimal:
    """100 × total testosterone / SHBG, both in nmol/L (doi:10.1210/jcem.84.10.6079); of use with ovaries alone."""
    return _ACCURATE.divide(_ACCURATE.multiply(100, total_nmol_l), shbg_nmol_l)


def psa_without_reductase_inhibitor(psa: Decimal) -> Decimal:
    """What PSA would be without a 5-alpha-reductase inhibitor that was taken for half a year: about twice as much."""
    return _ACCURATE.multiply(PSA_HALVED_BY, psa)


def total_variation(biological: Decimal, analytical: Decimal) -> Decimal:
    """The variation of a result from both its parts, all as fractions."""
    c = _ACCURATE
    return c.sqrt(c.add(c.multiply(biological, biological), c.multiply(analytical, analytical)))


def reference_change(variation: Decimal, z: Decimal, earlier: int = 1, newest: int = 1) -> tuple[Decimal, Decimal]:
    """The least and the greatest ratio of two results that chance explains, log-normal (Fokkema, Clin Chem 52:1602).

    `variation` is the total as a fraction; each side may be the mean of several results.
    """
    c = _ACCURATE
    sigma = c.sqrt(c.ln(c.add(1, c.multiply(variation, variation))))
    share = c.sqrt(c.add(c.divide(1, Decimal(earlier)), c.divide(1, Decimal(newest))))
    log = c.multiply(z, c.multiply(share, sigma))
    return c.exp(-log), c.exp(log)


def standard_deviations(value: Decimal, lower: Decimal, upper: Decimal) -> Decimal:
    """How far a value lies from the middle of a central 95 % range, in standard deviations of its logarithm.

    The edges are at ∓1.96 exactly. An approximation: a range does not tell how skewed the values are.
    """
    c = _ACCURATE
    low, high = c.ln(lower), c.ln(upper)
    beyond = c.subtract(c.multiply(2, c.ln(value)), c.add(low, high))
    found = c.divide(c.multiply(_HALF_OF_95, beyond), c.subtract(high, low))
    return found.quantize(_LAST_SURE_DIGIT, context=c)


def at_fraction(share: Decimal, lower: Decimal, upper: Decimal) -> Decimal:
    """The value at a share of a range: 0 is its lower edge, 1 its upper one."""
    return EXACT.add(lower, EXACT.multiply(share, EXACT.subtract(upper, lower)))


def fraction_of_range(value: Decimal, lower: Decimal, upper: Decimal) -> Decimal:
    """Where in a range a value lies: 0 at its lower edge, 1 at its upper one. For people; compare by `at_fraction`."""
    return _ACCURATE.divide(_ACCURATE.subtract(value, lower), _ACCURATE.subtract(upper, lower))


def ft3_rt3_ratio(ft3_pg_ml: Decimal, rt3_ng_dl: Decimal) -> Decimal:
    """100 × free T3 / reverse T3: pmol/L over nmol/L is the same number, for both have one molar mass. Shown only."""
    return _ACCURATE.divide(_ACCURATE.multiply(100, ft3_pg_ml), rt3_ng_dl)
