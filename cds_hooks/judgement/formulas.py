"""Named formulas, each with its citation. Inputs and answers are decimals in the stated units."""

from __future__ import annotations

from decimal import Context, Decimal

_ACCURATE = Context(prec=40)
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
