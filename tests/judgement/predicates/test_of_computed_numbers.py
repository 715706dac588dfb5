"""What was measured, and what is computed from one draw."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from cds_hooks.facts import Patient, Reading
from cds_hooks.judgement.chart.derived import derive
from tests.asking import ask, case, drug, result, said

FSH = result("fsh", "12 [IU]/L", "2026-08-01")
TOTAL = result("testosterone_total", "15 nmol/L", "2026-08-01")
SHBG = result("shbg", "40 nmol/L", "2026-08-01")


@pytest.mark.parametrize(
    ("condition", "readings", "held", "truth"),
    [
        ('{ measured = ["fsh", "amh"] }', [FSH], (), True),
        ('{ measured = ["amh"] }', [FSH], (), False),
        ('{ measured = ["fsh"], within = "34 d" }', [FSH], (), True),
        ('{ measured = ["fsh"], within = "33 d" }', [FSH], (), False),
        ('{ measured = ["fsh"] }', [FSH], (FSH.reference,), None),
        ('{ measured = ["fsh"], within = "33 d" }', [FSH], (FSH.reference,), False),
        ('{ measured = ["fsh"] }', [result("fsh", "12 [IU]/L", "2026-08-01", status="preliminary")], (), None),
    ],
)
def test_a_usable_result_exists(condition: str, readings: list[Reading], held: tuple[str, ...], truth: object) -> None:
    assert ask(condition, case(held=held, readings=tuple(readings))).truth is truth


def test_nothing_is_called_not_measured_while_pages_are_missing() -> None:
    assert ask('{ measured = ["fsh"] }', case(incomplete=frozenset({"labs"}))).truth is None


def near(total: str, shbg: str, day: str = "2026-08-01") -> tuple[Reading, ...]:
    """A total and an SHBG, the latter of a day."""
    return result("testosterone_total", total, "2026-08-01"), result("shbg", shbg, day)


# 15 nmol/L with 40 nmol/L of SHBG: 273.5 pmol/L free; an index of 37.5.
@pytest.mark.parametrize(
    ("condition", "readings", "truth"),
    [
        ('{ calculated = "calculated_free_testosterone", below = "274 pmol/L" }', (TOTAL, SHBG), True),
        ('{ calculated = "calculated_free_testosterone", below = "273 pmol/L" }', (TOTAL, SHBG), False),
        ('{ calculated = "calculated_free_testosterone", above = "78 pg/mL" }', (TOTAL, SHBG), True),
        ('{ calculated = "calculated_free_testosterone", above = "79 pg/mL" }', (TOTAL, SHBG), False),
        ('{ calculated = "free_androgen_index", at_least = "37.5 %" }', (TOTAL, SHBG), True),
        ('{ calculated = "free_androgen_index", above = "37.5 %" }', (TOTAL, SHBG), False),
        ('{ calculated = "free_androgen_index", below = "37.5 %" }', (TOTAL, SHBG), False),
        ('{ calculated = "free_androgen_index", above = "5 %" }', (TOTAL,), None),
        ('{ calculated = "free_androgen_index", above = "5 %" }', near("15 nmol/L", "40 nmol/L", "2026-07-25"), True),
        ('{ calculated = "free_androgen_index", above = "5 %" }', near("15 nmol/L", "40 nmol/L", "2026-07-24"), None),
        ('{ calculated = "free_androgen_index", above = "5 %" }', near("<0.5 nmol/L", "40 nmol/L"), False),
        ('{ calculated = "free_androgen_index", above = "1 %" }', near("<0.5 nmol/L", "40 nmol/L"), None),
        ('{ calculated = "free_androgen_index", above = "5 %" }', near("15 nmol/L", ">200 nmol/L"), None),
        ('{ calculated = "free_androgen_index", above = "5 %" }', near("15 nmol/L", "<40 nmol/L"), True),
        ('{ calculated = "free_androgen_index", above = "5 %" }', near("<15 nmol/L", "<40 nmol/L"), None),
        ('{ calculated = "free_androgen_index", above = "5 %", within = "33 d" }', (TOTAL, SHBG), None),
    ],
)
def test_a_computed_number_is_compared(condition: str, readings: tuple[Reading, ...], truth: object) -> None:
    assert ask(condition, case(own="estradiol", readings=readings)).truth is truth


def test_a_newer_total_without_shbg_leaves_nothing_to_compute_from() -> None:
    newer = result("testosterone_total", "18 nmol/L", "2026-09-01")
    condition = '{ calculated = "calculated_free_testosterone", below = "300 pmol/L" }'
    assert ask(condition, case(readings=(TOTAL, SHBG))).truth is True
    assert ask(condition, case(readings=(newer, TOTAL, SHBG))).truth is None


def test_two_draws_at_different_times_after_the_dose_are_not_one() -> None:
    gel = drug("testosterone gel 1.62 %", "2026-01-01")
    asked = case(therapies=(gel,), readings=near("15 nmol/L", "40 nmol/L", "2026-07-30"))
    assert ask('{ calculated = "free_androgen_index", above = "5 %" }', asked).truth is None


def test_a_held_result_is_not_computed_with() -> None:
    asked = case(held=(SHBG.reference,), readings=(TOTAL, SHBG))
    outcome = ask('{ calculated = "free_androgen_index", above = "5 %" }', asked)
    assert (outcome.truth, outcome.blocked) == (None, ("DQ-01",))


def test_the_inputs_are_named() -> None:
    outcome = ask('{ calculated = "free_androgen_index", above = "5 %" }', case(readings=(TOTAL, SHBG)))
    assert outcome.values["value"] == "37.5 %"
    assert outcome.values["shbg"] == "40.0 nmol/L" or outcome.values["shbg"] == "40 nmol/L"
    assert "from total testosterone" in said(outcome)


WOMAN = Patient("Patient/1", date(1981, 1, 1), "female", "birthsex")


def test_the_index_is_derived_with_ovaries_alone() -> None:
    names = {one.quantity: one.value for one in derive(case(patient=WOMAN, readings=(TOTAL, SHBG)))}
    assert names["free_androgen_index"] == Decimal("37.5")
    assert "free_androgen_index" not in {one.quantity for one in derive(case(readings=(TOTAL, SHBG)))}


@pytest.mark.parametrize(("start", "adjusted"), [("2026-01-31", True), ("2026-02-01", False), (None, False)])
def test_psa_is_doubled_after_half_a_year_of_a_reductase_inhibitor(start: str | None, adjusted: bool) -> None:
    psa = result("psa_total", "1.3 ng/mL", "2026-08-01")
    found = derive(case(therapies=(drug("finasteride 5 mg", start),), readings=(psa,)))
    assert [(one.quantity, one.value) for one in found] == ([("psa_adjusted", Decimal("2.6"))] if adjusted else [])
