"""How much of a drug is taken in a day."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from cds_hooks.facts import Therapy
from cds_hooks.judgement.timing.amounts import daily_milligrams
from tests.asking import ask, case, drug, said


def cyproterone(dose: str | None, hours: str | None = "24", **more: Any) -> Therapy:
    """Cyproterone so much every so many hours."""
    interval = Decimal(hours) if hours else None
    return drug("cyproterone", dose=dose, interval_hours=interval, **{"strength": None} | more)


@pytest.mark.parametrize(
    ("therapy", "amount"),
    [
        (cyproterone("12.5 mg"), "12.5"),
        (cyproterone("50 mg", "48"), "25"),
        (cyproterone("5000 ug", "12"), "10"),
        (cyproterone("2 tab", strength="50 mg"), "100"),
        (cyproterone("0.5 mL", "168", strength="140 mg/mL"), "10"),
        (cyproterone("2 pump", strength="20.25 mg/{actuation}"), "40.5"),
        (cyproterone("5 g", strength="1 %"), "50"),
        (cyproterone("5 g"), None),  # of a gel of unknown strength
        (cyproterone("1 patch", "84", strength="0.05 mg/d"), "0.05"),
        (cyproterone("2 patch", "84", strength="0.05 mg/d"), "0.1"),
        (cyproterone("50 ug/24h", "84"), "0.05"),
        (cyproterone(None, "84", strength="0.05 mg/d"), "0.05"),
        (cyproterone("2 tab"), None),
        (cyproterone("2 tab", strength="50 mg/mL"), None),
        (cyproterone("50 mg", None), None),
        (cyproterone(None), None),
        (cyproterone("1500 IU"), None),
        (cyproterone("50 mg", others=("ethinylestradiol",)), None),
    ],
)
def test_milligrams_a_day(therapy: Therapy, amount: str | None) -> None:
    assert daily_milligrams(therapy) == (Decimal(amount) if amount is not None else None)


@pytest.mark.parametrize(
    ("limit", "therapies", "truth"),
    [
        ('above = "12.5 mg"', [cyproterone("12.5 mg")], False),
        ('above = "12.5 mg"', [cyproterone("25 mg", "36")], True),
        ('at_least = "12500 ug"', [cyproterone("25 mg", "48")], True),
        ('at_most = "12.5 mg"', [cyproterone("37.5 mg", "72")], True),
        ('below = "12.5 mg"', [cyproterone("12.5 mg")], False),
        ('above = "12.5 mg"', [cyproterone(None)], None),
        ('above = "12.5 mg"', [], False),
        ('above = "12.5 mg"', [cyproterone("50 mg", ended="2026-06-01")], False),
        ('above = "12.5 mg"', [cyproterone("50 mg"), cyproterone(None)], True),
        ('above = "12.5 mg"', [cyproterone("10 mg"), cyproterone(None)], None),
        ('at_most = "12.5 mg"', [cyproterone("50 mg"), cyproterone(None)], False),
        ('above = "12.5 mg"', [cyproterone("10 mg"), cyproterone("5 mg")], None),  # a change, or both
        ('above = "12.5 mg"', [cyproterone("5 mg"), cyproterone("6 mg")], False),
        ('above = "12.5 mg", route = ["oral"]', [cyproterone("50 mg", route="injection")], False),
    ],
)
def test_a_daily_dose_is_compared(limit: str, therapies: list[Therapy], truth: object) -> None:
    outcome = ask(f'{{ daily_dose = ["cyproterone"], {limit} }}', case(therapies=tuple(therapies)))
    assert outcome.truth is truth
    assert truth is not None or outcome.because[0].missing == "dosageInstruction.doseAndRate and timing"


def test_a_dose_that_never_ends_is_shown_short() -> None:
    outcome = ask('{ daily_dose = ["cyproterone"], above = "1 mg" }', case(therapies=(cyproterone("10 mg", "72"),)))
    assert "3.333 mg of cyproterone a day" in said(outcome)


@pytest.mark.parametrize("limit", ["", 'above = "12 mL"', 'above = "1 mg", below = "3 mg"'])
def test_one_amount_is_written(limit: str) -> None:
    with pytest.raises(ValueError, match="daily_dose"):
        ask(f'{{ daily_dose = ["cyproterone"]{", " if limit else ""}{limit} }}', case())
