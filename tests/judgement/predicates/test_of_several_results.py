"""Several results together: so many beyond a limit, the hour of a draw, and a change since before treatment."""

from __future__ import annotations

from typing import Any

import pytest

from cds_hooks.facts import Unread, UnreadReason
from tests.asking import ask, case, drug, on, result, said

LOW = '{ counted = "testosterone_total", below = "300 ng/dL"%s }'
MORNING = ', clock = ["07:00", "11:00"]'


def levels(*rows: tuple[str, str], **more: Any) -> tuple[Any, ...]:
    """Total testosterone by value and moment."""
    return tuple(result("testosterone_total", value, when, **more) for value, when in rows)


@pytest.mark.parametrize(
    ("more", "rows", "truth"),
    [
        ("", [("299 ng/dL", "2026-08-01"), ("250 ng/dL", "2026-08-15")], True),
        ("", [("300 ng/dL", "2026-08-01"), ("250 ng/dL", "2026-08-15")], False),
        ("", [("10 nmol/L", "2026-08-01"), ("250 ng/dL", "2026-08-15")], True),
        ("", [("250 ng/dL", "2026-08-15 08:00"), ("251 ng/dL", "2026-08-15 09:00")], False),
        ("", [("250 ng/dL", "2026-08-15")], False),
        ("", [("<250 ng/dL", "2026-08-01"), ("250 ng/dL", "2026-08-15")], True),
        ("", [("<350 ng/dL", "2026-08-01"), ("250 ng/dL", "2026-08-15")], None),
        (', within = "34 d"', [("299 ng/dL", "2026-08-01"), ("250 ng/dL", "2026-08-15")], True),
        (', within = "33 d"', [("299 ng/dL", "2026-08-01"), ("250 ng/dL", "2026-08-15")], False),
        (", times = 1", [("250 ng/dL", "2026-08-15")], True),
        (MORNING, [("299 ng/dL", "2026-08-01 07:00"), ("250 ng/dL", "2026-08-15 11:00")], True),
        (MORNING, [("299 ng/dL", "2026-08-01 06:59"), ("250 ng/dL", "2026-08-15 11:00")], False),
        (MORNING, [("299 ng/dL", "2026-08-01"), ("250 ng/dL", "2026-08-15 11:00")], None),
        (MORNING, [("400 ng/dL", "2026-08-01"), ("250 ng/dL", "2026-08-15 11:00")], False),
    ],
)
def test_results_of_different_days_are_counted(more: str, rows: list[tuple[str, str]], truth: object) -> None:
    outcome = ask(LOW % more, case(readings=levels(*rows)))
    assert outcome.truth is truth
    assert truth is not None or outcome.blocked


def test_a_result_that_may_not_be_judged_might_count() -> None:
    rows = levels(("299 ng/dL", "2026-08-01"), ("250 ng/dL", "2026-08-15"))
    assert ask(LOW % "", case(held=(rows[0].reference,), readings=rows)).truth is None
    unread = Unread(
        "Observation/u", "T", UnreadReason.UNIT_MISSING, "", "testosterone_total", None, None, on("2026-08-01")
    )
    assert ask(LOW % "", case(readings=rows[1:], unread=(unread,))).truth is None
    assert ask(LOW % "", case(readings=rows[1:], incomplete=frozenset({"labs"}))).truth is None


def test_only_a_critical_check_counts_preliminary_results() -> None:
    rows = levels(("250 ng/dL", "2026-08-15")) + levels(("299 ng/dL", "2026-08-01"), status="preliminary")
    assert ask(LOW % "", case(readings=rows), "info").truth is None
    assert ask(LOW % "", case(readings=rows), "critical").truth is True


@pytest.mark.parametrize(
    ("whens", "truth"),
    [
        (["2026-08-01 07:00"], True),
        (["2026-08-01 11:00"], True),
        (["2026-08-01 11:01"], False),
        (["2026-08-01"], None),
        ([], None),
        (["2026-08-01 08:00", "2026-08-20 15:00"], False),
    ],
)
def test_the_newest_result_has_an_hour(whens: list[str], truth: object) -> None:
    asked = case(readings=levels(*(("400 ng/dL", when) for when in whens)))
    outcome = ask('{ drawn_between = "testosterone_total", clock = ["07:00", "11:00"] }', asked)
    assert outcome.truth is truth
    assert truth is not None or outcome.because[0].missing


GEL = drug("testosterone gel 1.62 %", "2026-03-01")


def hdl(*rows: tuple[str, str], held: tuple[str, ...] = (), **facts: Any) -> Any:
    """A case with HDL by value and day, on gel since March."""
    readings = tuple(result("hdl", value, when) for value, when in rows)
    return case(held=held, readings=readings, **{"therapies": (GEL,)} | facts)


BEFORE = ("50 mg/dL", "2026-02-01")


@pytest.mark.parametrize(
    ("more", "rows", "truth"),
    [
        ('fallen_by = "20 %"', [BEFORE, ("40 mg/dL", "2026-06-01")], True),
        ('fallen_by = "20 %", more_than = true', [BEFORE, ("40 mg/dL", "2026-06-01")], False),
        ('fallen_by = "20 %"', [BEFORE, ("41 mg/dL", "2026-06-01")], False),
        ('risen_by = "30 %"', [BEFORE, ("65 mg/dL", "2026-06-01")], True),
        ('risen_by = "30 %"', [BEFORE, ("64 mg/dL", "2026-06-01")], False),
        ('risen_by = "30 %"', [BEFORE, ("30 mg/dL", "2026-06-01")], False),
        ('fallen_by = "20 %"', [("1.3 mmol/L", "2026-02-01"), ("40 mg/dL", "2026-06-01")], True),
        ('fallen_by = "20 %"', [BEFORE, ("<40 mg/dL", "2026-06-01")], True),
        ('fallen_by = "20 %"', [BEFORE, ("<45 mg/dL", "2026-06-01")], None),
        ('fallen_by = "20 %"', [(">50 mg/dL", "2026-02-01"), ("40 mg/dL", "2026-06-01")], True),
        ('fallen_by = "20 %"', [("<50 mg/dL", "2026-02-01"), ("<40 mg/dL", "2026-06-01")], None),
        ('fallen_by = "20 %"', [("40 mg/dL", "2026-06-01")], None),
        ('fallen_by = "20 %"', [BEFORE], None),
        ('fallen_by = "20 %"', [("50 mg/dL", "2025-03-01"), ("40 mg/dL", "2026-06-01")], True),
        ('fallen_by = "20 %"', [("50 mg/dL", "2025-02-28"), ("40 mg/dL", "2026-06-01")], None),
        ('fallen_by = "20 %", before_start = "30 d"', [BEFORE, ("40 mg/dL", "2026-06-01")], True),
        ('fallen_by = "20 %", before_start = "27 d"', [BEFORE, ("40 mg/dL", "2026-06-01")], None),
        ('fallen_by = "20 %", from_day = "92 d"', [BEFORE, ("40 mg/dL", "2026-06-01")], True),
        ('fallen_by = "20 %", from_day = "93 d"', [BEFORE, ("40 mg/dL", "2026-06-01")], False),
        ('fallen_by = "20 %", until_day = "92 d"', [BEFORE, ("40 mg/dL", "2026-06-01")], True),
        ('fallen_by = "20 %", until_day = "91 d"', [BEFORE, ("40 mg/dL", "2026-06-01")], False),
        ('fallen_by = "20 %"', [BEFORE, ("49 mg/dL", "2026-06-01"), ("39 mg/dL", "2026-06-01")], True),
    ],
)
def test_a_change_since_before_treatment(more: str, rows: list[tuple[str, str]], truth: object) -> None:
    assert ask(f'{{ change = "hdl", {more} }}', hdl(*rows)).truth is truth


def test_a_change_since_another_drug_was_begun() -> None:
    condition = '{ change = "hdl", fallen_by = "20 %", since = ["clomiphene"] }'
    rows = (("50 mg/dL", "2026-05-01"), ("40 mg/dL", "2026-07-01"))
    assert ask(condition, hdl(*rows, therapies=(GEL, drug("clomiphene 50 mg", "2026-06-01")))).truth is True
    assert ask(condition, hdl(*rows, therapies=(GEL, drug("clomiphene 50 mg", None)))).truth is None
    assert ask(condition, hdl(*rows)).truth is False


def test_a_change_says_what_it_compares() -> None:
    outcome = ask('{ change = "hdl", fallen_by = "20 %" }', hdl(BEFORE, ("35 mg/dL", "2026-08-01")))
    assert outcome.values["change"] == "30 % lower"
    assert outcome.values["baseline"] == "50 mg/dL"
    assert "against 50 mg/dL of 2026-02-01" in said(outcome)


def test_a_held_baseline_or_result_reassures_nobody() -> None:
    rows = (BEFORE, ("45 mg/dL", "2026-06-01"))
    condition = '{ change = "hdl", fallen_by = "20 %" }'
    for held in ("Observation/hdl-2026-02-01", "Observation/hdl-2026-06-01"):
        outcome = ask(condition, hdl(*rows, held=(held,)))
        assert (outcome.truth, outcome.blocked) == (None, ("DQ-01",))


@pytest.mark.parametrize("more", ['fallen_by = "20 %", risen_by = "20 %"', 'fallen_by = "20"', ""])
def test_one_share_is_written(more: str) -> None:
    with pytest.raises(ValueError, match=r"share|exactly one"):
        ask(f'{{ change = "hdl"{", " if more else ""}{more} }}', hdl(BEFORE))
