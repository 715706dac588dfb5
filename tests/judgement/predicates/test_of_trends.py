"""Trends: above the lowest since a start, beyond a limit again, and where the last results lead."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from cds_hooks.judgement.planning.panels import Due
from tests.asking import ask, case, drug, result, said

FINASTERIDE = drug("finasteride 5 mg", "2025-06-01")
GEL = drug("testosterone gel 1.62 %", "2025-06-01")
Rows = list[tuple[str, str]]


def of(analyte: str, unit: str, rows: Rows, *therapies: Any, **more: Any) -> Any:
    """A case with results by value and moment."""
    readings = tuple(result(analyte, f"{value} {unit}", when) for value, when in rows)
    return case(readings=readings, therapies=therapies, **more)


NADIR = '{ above_nadir = "psa_total", at_least = "0.5 ng/mL", since_start_of = ["5-alpha-reductase-inhibitor"]%s }'
TWICE = ', times = 2, apart = "42 d"'


@pytest.mark.parametrize(
    ("more", "rows", "truth"),
    [
        ("", [("1.0", "2026-01-01"), ("1.5", "2026-08-01")], True),
        ("", [("1.0", "2026-01-01"), ("1.4", "2026-08-01")], False),
        ("", [("1.0", "2026-01-01"), ("2.0", "2026-03-01"), ("1.4", "2026-08-01")], False),
        ("", [("0.5", "2025-05-31"), ("1.0", "2026-01-01"), ("1.4", "2026-08-01")], False),  # before the start
        ("", [("1.0", "2026-01-01")], False),
        ("", [], None),
        ("", [("<0.5", "2026-01-01"), ("1.0", "2026-08-01")], True),
        ("", [("<0.5", "2026-01-01"), ("0.9", "2026-08-01")], None),
        ("", [("<0.9", "2025-12-01"), ("0.8", "2026-01-01"), ("1.2", "2026-08-01")], None),
        (TWICE, [("1.0", "2026-01-01"), ("1.5", "2026-06-20"), ("1.6", "2026-08-01")], True),
        (TWICE, [("1.0", "2026-01-01"), ("1.5", "2026-06-21"), ("1.6", "2026-08-01")], False),
        (TWICE, [("1.0", "2026-01-01"), ("1.6", "2026-08-01")], False),
        (TWICE, [("1.5", "2025-07-01"), ("1.0", "2026-01-01"), ("1.6", "2026-08-01")], False),
    ],
)
def test_above_the_lowest_since_the_start(more: str, rows: Rows, truth: object) -> None:
    assert ask(NADIR % more, of("psa_total", "ng/mL", rows, FINASTERIDE)).truth is truth


def test_a_nadir_needs_a_start() -> None:
    rows = [("1.0", "2026-01-01"), ("1.5", "2026-08-01")]
    assert ask(NADIR % "", of("psa_total", "ng/mL", rows)).truth is False
    assert ask(NADIR % "", of("psa_total", "ng/mL", rows, drug("finasteride 5 mg", None))).truth is None
    stopped = drug("finasteride 5 mg", "2025-06-01", "2026-05-01")  # PSA rises again without it
    assert ask(NADIR % "", of("psa_total", "ng/mL", rows, stopped)).truth is False
    outcome = ask(NADIR % "", of("psa_total", "ng/mL", rows, FINASTERIDE))
    assert (outcome.values["change"], outcome.values["nadir"]) == ("0.5 ng/mL", "1.0 ng/mL")


AGAIN = '{ again = "hematocrit", at_least = "54 %" }'
LIMITS = {"stop": {"at_least": "54 %"}}


@pytest.mark.parametrize(
    ("rows", "truth"),
    [
        ([("54", "2025-09-01"), ("53.9", "2026-01-01"), ("54", "2026-08-01")], True),
        ([("54", "2025-09-01"), ("54.1", "2026-01-01"), ("54", "2026-08-01")], False),
        ([("53", "2025-09-01"), ("53.9", "2026-01-01"), ("54", "2026-08-01")], False),
        ([("54", "2025-09-01"), ("53.9", "2026-01-01"), ("53.9", "2026-08-01")], False),
        ([("54", "2025-05-01"), ("53.9", "2026-01-01"), ("54", "2026-08-01")], False),  # before treatment
        ([("54", "2025-09-01"), (">50", "2026-01-01"), ("54", "2026-08-01")], None),
        ([("54", "2025-09-01"), ("50", "2026-01-01"), (">50", "2026-08-01")], None),
        ([("54", "2025-09-01"), ("50", "2026-01-01"), ("51", "2026-08-01"), ("55", "2026-08-01")], True),
        ([], None),
    ],
)
def test_beyond_a_limit_again(rows: Rows, truth: object) -> None:
    assert ask(AGAIN, of("hematocrit", "%", rows, GEL)).truth is truth
    named = '{ again = "hematocrit", limit = "stop" }'
    assert ask(named, of("hematocrit", "%", rows, GEL), limits=LIMITS).truth is truth


def test_again_needs_a_start_of_treatment() -> None:
    rows = [("54", "2025-09-01"), ("53.9", "2026-01-01"), ("54", "2026-08-01")]
    undated = drug("testosterone gel 1.62 %", None)
    assert ask(AGAIN, of("hematocrit", "%", rows, undated)).blocked == ("start of treatment",)
    held = of("hematocrit", "%", rows, GEL, held=("Observation/hematocrit-2026-08-01",))
    assert ask(AGAIN, held).truth is None


TREND = '{ projected = "hematocrit", at_least = "54 %", results = 3 }'
# 0.5 % in 30 days up to 52.5 % on 2026-09-03: 54 % is reached 90 days later, on 2026-12-02.
RISING = [("51.5", "2026-07-05"), ("52", "2026-08-04"), ("52.5", "2026-09-03")]
FALLING = [("55", "2026-07-05"), ("53", "2026-08-04"), ("51", "2026-09-03")]


def due(on: date) -> Due:
    """The next visit."""
    return Due("next", on, on, on, (), (), (), 0, "")


@pytest.mark.parametrize(
    ("condition", "rows", "truth"),
    [
        (TREND, RISING, True),
        ('{ projected = "hematocrit", above = "54.02 %" }', RISING, False),
        ('{ projected = "hematocrit", at_most = "50 %" }', RISING, False),
        ('{ projected = "hematocrit", at_most = "50 %" }', FALLING, True),
        (TREND, [("55", "2026-07-05"), ("54.8", "2026-08-04"), ("54.6", "2026-09-03")], False),
        (TREND, RISING[1:], None),
        (TREND, [*RISING[:2], (">52.5", "2026-09-03")], None),
        (TREND, [("60", "2026-01-01"), *RISING], True),  # only the last three
        (TREND, [], None),
    ],
)
def test_where_the_last_results_lead(condition: str, rows: Rows, truth: object) -> None:
    assert ask(condition, of("hematocrit", "%", rows, GEL)).truth is truth


def test_the_line_is_drawn_as_far_as_policy_says() -> None:
    outcome = ask(TREND, of("hematocrit", "%", RISING, GEL))
    assert (outcome.values["by"], outcome.values["projected"]) == ("2026-12-03", "54.0 %")


@pytest.mark.parametrize(("visit", "truth"), [(date(2026, 12, 2), True), (date(2026, 12, 1), False)])
def test_the_line_is_exact_on_the_day_of_the_next_visit(visit: date, truth: bool) -> None:
    assert ask(TREND, of("hematocrit", "%", RISING, GEL).with_due(due(visit))).truth is truth


def test_a_held_result_draws_no_line() -> None:
    asked = of("hematocrit", "%", RISING, GEL, held=("Observation/hematocrit-2026-09-03",))
    assert ask(TREND, asked).truth is None


AMH = '{ mixed_methods = "amh" }'


@pytest.mark.parametrize(
    ("rows", "truth"),
    [
        ([("1.2 ng/mL", "2026-02-01", "38476-8"), ("1.1 ng/mL", "2026-08-01", "38476-8")], False),
        ([("1.2 ng/mL", "2026-02-01", "83104-0"), ("1.1 ng/mL", "2026-08-01", "38476-8")], True),
        ([("9 pmol/L", "2026-02-01", "38476-8"), ("1.1 ng/mL", "2026-08-01", "38476-8")], True),
        ([("1.2 ng/mL", "2026-02-01", ""), ("1.1 ng/mL", "2026-08-01", "38476-8")], None),
        ([("1.1 ng/mL", "2026-08-01", "38476-8")], False),
        ([], None),
    ],
)
def test_two_results_may_differ_in_method(rows: list[tuple[str, str, str]], truth: object) -> None:
    readings = tuple(result("amh", value, when, code=code) for value, when, code in rows)
    outcome = ask(AMH, case(readings=readings))
    assert outcome.truth is truth
    assert said(outcome)
