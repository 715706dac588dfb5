"""Calculated free testosterone against worked vectors, and its own mass balance."""

from __future__ import annotations

from decimal import Decimal

import pytest

from cds_hooks.judgement.chart.formulas import ALBUMIN_G_MOL, K_ALBUMIN_L_MOL, K_SHBG_L_MOL, free_testosterone

NANO, PICO = Decimal("1e-9"), Decimal("1e-12")


@pytest.mark.parametrize(
    ("total", "shbg", "albumin", "free_pmol", "bioavailable_nmol"),
    [
        ("15", "40", "43", "273.5", "6.409"),
        ("10", "20", "43", "253.9", "5.950"),
        ("10", "60", "43", "130.7", "3.063"),
        ("12", "70", "43", "141.6", "3.318"),
        ("10.401", "15", "43", "297.2", "6.965"),
        ("17.35", "80", "38", "198.1", "4.125"),
        ("24", "25", "40", "647.9", "14.170"),
        ("1.2", "60", "43", "14.5", "0.341"),
    ],
)
def test_free_testosterone_agrees_with_the_published_equation(
    total: str, shbg: str, albumin: str, free_pmol: str, bioavailable_nmol: str
) -> None:
    free, bioavailable = free_testosterone(Decimal(total) * NANO, Decimal(shbg) * NANO, Decimal(albumin))
    assert abs(free / PICO / Decimal(free_pmol) - 1) < Decimal("0.005")
    assert abs(bioavailable / NANO / Decimal(bioavailable_nmol) - 1) < Decimal("0.005")


def test_bound_and_free_testosterone_add_up_to_the_total() -> None:
    total, shbg, albumin = Decimal(15) * NANO, Decimal(40) * NANO, Decimal(43)
    free, _ = free_testosterone(total, shbg, albumin)
    on_albumin = K_ALBUMIN_L_MOL * albumin / ALBUMIN_G_MOL * free
    on_shbg = K_SHBG_L_MOL * shbg * free / (1 + K_SHBG_L_MOL * free)
    assert abs(free + on_albumin + on_shbg - total) < Decimal("1e-20")


def test_the_root_stays_accurate_when_testosterone_exceeds_its_binding_globulin() -> None:
    free, bioavailable = free_testosterone(Decimal(100) * NANO, Decimal(2) * NANO)
    assert 0 < free < bioavailable < Decimal(100) * NANO
