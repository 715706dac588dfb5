"""Doses that no order is on the list for tell that a drug is taken: what is for before its start does not apply."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from cds_hooks.facts import Dose, Facts, Moment, Patient
from cds_hooks.judgement.choice import choose
from tests.asking import TODAY, drug, result
from tests.engine import site

HE = Patient("Patient/1", date(1980, 1, 1), "male", "birthsex")


def applying(*days: str, **facts: Any) -> set[str]:
    """The protocols for a man with a level and testosterone given on these days."""
    doses = tuple(
        Dose("testosterone", Moment(date.fromisoformat(day)), f"MedicationAdministration/{place}")
        for place, day in enumerate(days)
    )
    levels = (result("testosterone_total", "500 ng/dL", "2026-08-20"),)
    known = Facts(HE, readings=levels, doses=doses, **facts)
    chosen, _ = choose(known, site().knowledge, (), Moment(TODAY))
    return {protocol.id for protocol in chosen}


@pytest.mark.parametrize(
    ("days", "before_treatment"),
    [
        ((), True),
        (("2026-06-01", "2026-09-01"), False),
        (("2026-08-05",), False),
        (("2026-08-06",), True),
        (("2025-12-01",), True),
    ],
)
def test_a_man_given_testosterone_for_long_is_not_before_it(days: tuple[str, ...], before_treatment: bool) -> None:
    assert ("men-baseline" in applying(*days)) is before_treatment


def test_an_order_decides_where_there_is_one() -> None:
    ordered = (drug("testosterone gel 1.62 %", "2026-09-01"),)
    assert "men-baseline" in applying("2026-06-01", "2026-09-01", therapies=ordered)
