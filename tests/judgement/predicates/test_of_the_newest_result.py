"""The newest result against the laboratory's own limit and the patient's own goal; results that are not there."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from pydantic import ValidationError

from cds_hooks.facts import Facts, Goal, OpenOrder
from cds_hooks.judgement.chart.case import Case
from cds_hooks.judgement.predicates.bars import OfRange
from tests.asking import TODAY, ask, case, drug, on, result, said

BANDS = {"target": {"low": "450 ng/dL", "high": "700 ng/dL"}}


def alt(value: str, **more: Any) -> Case:
    """A case with one ALT."""
    return case(readings=(result("alt", value, "2026-08-01", **more),))


THRICE = '{ latest = "alt", above_upper = "3", upper = "40 U/L" }'


@pytest.mark.parametrize(
    ("condition", "asked", "truth", "words"),
    [
        (THRICE, alt("121 U/L"), True, "above 3 × the upper limit of 40 U/L (assumed)"),
        (THRICE, alt("120 U/L"), False, "above 3 × the upper limit of 40 U/L (assumed)"),
        (THRICE, alt("150 U/L", upper="50"), False, "above 3 × the upper limit of 50 U/L"),
        (THRICE, alt("151 U/L", upper="50"), True, "above 3 × the upper limit of 50 U/L"),
        (THRICE, alt("2.6 ukat/L", upper="0.85"), True, "above 3 × the upper limit of 0.85 ukat/L"),
        (THRICE, alt(">100 U/L"), None, "above 3 × the upper limit of 40 U/L (assumed)"),
        ('{ latest = "alt", above_upper = "3" }', alt("500 U/L"), None, "above 3 × the upper limit"),
        ('{ latest = "alt", at_least_upper = "1", upper = "40 U/L" }', alt("40 U/L"), True, "at or above the upper"),
        ('{ latest = "alt", at_most_upper = "1", upper = "40 U/L" }', alt("40 U/L"), True, "at or below the upper"),
        ('{ latest = "alt", at_most_upper = "1", upper = "40 U/L" }', alt("40.1 U/L"), False, "at or below the upper"),
        ('{ latest = "alt", below_lower = "1", lower = "10 U/L" }', alt("9 U/L"), True, "below the lower limit of 10"),
        ('{ latest = "alt", below_lower = "1", lower = "10 U/L" }', alt("10 U/L"), False, "below the lower limit"),
        ('{ latest = "alt", below_lower = "1" }', alt("10 U/L", lower="11"), True, "below the lower limit of 11 U/L"),
    ],
)
def test_a_laboratory_has_limits_of_its_own(condition: str, asked: Case, truth: object, words: str) -> None:
    outcome = ask(condition, asked)
    assert outcome.truth is truth
    assert words in said(outcome)
    assert truth is not None or outcome.blocked


def test_what_the_laboratory_did_not_give_is_named() -> None:
    (because,) = ask('{ latest = "alt", above_upper = "3" }', alt("500 U/L")).because
    assert because.missing == "Observation.referenceRange.high"


def test_one_limit_is_written() -> None:
    with pytest.raises(ValueError, match="exactly one limit"):
        ask('{ latest = "alt", above_upper = "3", below_lower = "1" }', alt("5 U/L"))
    assert OfRange("above", Decimal(3), "upper", None, "").words == "above 3 × the upper limit"


@pytest.mark.parametrize(("value", "truth"), [("2.01", True), ("2.00", False), ("<2.00", False), (">1.5", None)])
def test_a_value_is_multiplied_before_it_is_compared(value: str, truth: object) -> None:
    asked = case(readings=(result("psa_total", f"{value} ng/mL", "2026-08-01"),))
    outcome = ask('{ latest = "psa_total", above = "4 ng/mL", adjusted_by = "2" }', asked)
    assert outcome.truth is truth
    if truth:
        assert outcome.values["adjusted"] == "4.02 ng/mL"
        assert outcome.values["value"] == "2.01 ng/mL"


def own_goal(low: str | None, high: str | None, value: str) -> Case:
    """A case with a goal and a level."""
    edges = (Decimal(edge) if edge else None for edge in (low, high))
    goal = Goal("testosterone_total", "Goal/1", *edges, "")
    return case(goals=(goal,), readings=(result("testosterone_total", f"{value} ng/dL", "2026-08-01"),))


BELOW = '{ latest = "testosterone_total", band = "target", side = "below" }'
ABOVE = '{ latest = "testosterone_total", band = "target", side = "above" }'


@pytest.mark.parametrize(
    ("condition", "asked", "truth"),
    [
        (BELOW, own_goal("300", "500", "400"), False),
        (BELOW, own_goal("300", "500", "299"), True),
        (ABOVE, own_goal("300", "500", "501"), True),
        (ABOVE, own_goal("300", None, "900"), False),
        (BELOW, own_goal(None, None, "400"), True),  # a goal without a range replaces nothing
        (ABOVE, own_goal("300", "500", "500"), False),
    ],
)
def test_a_goal_stands_in_place_of_the_band(condition: str, asked: Case, truth: object) -> None:
    outcome = ask(condition, asked, bands=BANDS)
    assert outcome.truth is truth


def test_a_goal_is_named_where_it_decides() -> None:
    assert "Goal/1" in said(ask(BELOW, own_goal("300", "500", "299"), bands=BANDS))
    assert "450–700 ng/dL" in said(ask(BELOW, case(readings=own_goal("1", "2", "299").facts.readings), bands=BANDS))


def test_a_goal_with_a_range_is_there_or_not() -> None:
    asks = '{ goal = "testosterone_total" }'
    assert ask(asks, own_goal("300", "500", "400")).truth is True
    assert ask(asks, own_goal(None, None, "400")).truth is False
    assert ask(asks, case()).truth is False
    assert ask(asks, case(absent=frozenset({"goals"}))).truth is None


SPIRO = drug("spironolactone 100 mg", "2026-07-24")  # 42 days ago
SINCE = '{ no_result = "potassium", since_start_of = ["spironolactone"], after = "21 d", until = "%s d" }'


@pytest.mark.parametrize(
    ("until", "days", "truth"),
    [
        ("42", [], True),
        ("43", [], False),
        ("42", ["2026-08-14"], False),  # day 21
        ("42", ["2026-08-13"], True),  # day 20
        ("42", ["2026-09-03"], False),
    ],
)
def test_a_result_is_missed_some_time_after_a_drug_was_begun(until: str, days: list[str], truth: object) -> None:
    readings = tuple(result("potassium", "4.4 mmol/L", day) for day in days)
    assert ask(SINCE % until, case(therapies=(SPIRO,), readings=readings)).truth is truth


@pytest.mark.parametrize(
    ("facts", "truth"),
    [
        ({"therapies": ()}, False),
        ({"therapies": (drug("spironolactone 100 mg", "2026-05-01", "2026-08-20"),)}, False),
        ({"therapies": (drug("spironolactone 100 mg", None),)}, None),
        ({"therapies": (SPIRO,), "incomplete": frozenset({"labs"})}, None),
        ({"therapies": (SPIRO,), "orders": (OpenOrder(("potassium",), "ServiceRequest/1", on(str(TODAY))),)}, False),
    ],
)
def test_what_cannot_be_counted_from_a_start_is_unknown(facts: dict[str, Any], truth: object) -> None:
    assert ask(SINCE % 42, case(**facts)).truth is truth


DRAFT = drug("testosterone cypionate", None, planned=True, status="draft")
BASELINE = '{ no_result = "hematocrit", before_start = "182 d" }'


@pytest.mark.parametrize(
    ("therapies", "day", "truth"),
    [
        ((drug("testosterone gel 1.62 %", "2026-03-01"),), "2025-08-31", False),  # 182 days before
        ((drug("testosterone gel 1.62 %", "2026-03-01"),), "2025-08-30", True),
        ((drug("testosterone gel 1.62 %", "2026-03-01"),), "2026-03-02", True),
        ((drug("testosterone gel 1.62 %", None),), "2026-03-02", None),
        ((DRAFT,), "2026-03-06", False),  # 182 days before today
        ((DRAFT,), "2026-03-05", True),
        ((DRAFT, drug("testosterone gel 1.62 %", "2020-01-01", "2021-01-01")), "2026-03-06", False),
    ],
)
def test_a_baseline_is_missed_before_the_start(therapies: Facts, day: str, truth: object) -> None:
    asked = case(therapies=therapies, readings=(result("hematocrit", "45 %", day),))
    assert ask(BASELINE, asked).truth is truth


def test_since_the_last_change_counts_anew() -> None:
    gel = (drug("testosterone gel 1.62 %", "2026-03-01", dose="40 mg", ended="2026-06-01"),)
    gel += (drug("testosterone gel 1.62 %", "2026-06-02", dose="60 mg"),)
    condition = '{ no_result = "hematocrit", since_change = true, after = "60 d" }'
    assert ask(condition, case(therapies=gel, readings=(result("hematocrit", "45 %", "2026-05-01"),))).truth is True
    assert ask(condition, case(therapies=gel, readings=(result("hematocrit", "45 %", "2026-08-02"),))).truth is False


def test_one_span_is_written() -> None:
    with pytest.raises(ValidationError, match="give one of"):
        ask('{ no_result = "potassium" }', case())
