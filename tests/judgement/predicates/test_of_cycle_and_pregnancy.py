"""Pregnancy by record or hCG, and the menstrual cycle."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from cds_hooks.facts import Patient, Unread, UnreadReason
from tests.asking import ask, case, drug, noted, on, result

WOMAN = Patient("Patient/1", date(1991, 1, 1), "female", "birthsex")
PREGNANT = "{ pregnant = true }"


def hcg(value: str, day: str = "2026-08-20", **more: Any) -> tuple[Any, ...]:
    """One hCG."""
    return (result("hcg_quant", value, day, **more),)


@pytest.mark.parametrize(
    ("facts", "truth"),
    [
        ({}, False),
        ({"conditions": (noted("pregnancy", "2026-07-01"),)}, True),
        ({"conditions": (noted("pregnancy", recorded=on("2026-07-01")),)}, True),
        ({"conditions": (noted("pregnancy"),)}, True),
        ({"conditions": (noted("pregnancy", "2025-11-08"),)}, True),  # 300 days ago
        ({"conditions": (noted("pregnancy", "2025-11-07"),)}, False),
        ({"conditions": (noted("pregnancy", "2026-07-01", active=False),)}, False),
        ({"conditions": (noted("pregnancy", "2026-01-01"), noted("delivery", "2026-08-01"))}, False),
        ({"conditions": (noted("pregnancy", "2026-08-02"), noted("delivery", "2026-08-01"))}, True),
        ({"absent": frozenset({"conditions"})}, None),
        ({"incomplete": frozenset({"conditions"})}, None),
        ({"absent": frozenset({"conditions"}), "readings": hcg("25 [IU]/L")}, True),
        ({"readings": hcg("25 m[IU]/mL")}, True),
        ({"readings": hcg("24.9 [IU]/L")}, False),
        ({"readings": hcg("<5 [IU]/L")}, False),
        ({"readings": hcg(">1000 [IU]/L")}, True),
        ({"readings": hcg(">10 [IU]/L")}, None),
        ({"readings": hcg("30 [IU]/L", "2026-07-06")}, True),  # 60 days ago
        ({"readings": hcg("30 [IU]/L", "2026-07-05")}, False),
        ({"readings": hcg("30 [IU]/L"), "conditions": (noted("delivery", "2026-08-21"),)}, False),
        ({"readings": hcg("30 [IU]/L"), "therapies": (drug("chorionic gonadotropin 5000 units"),)}, False),
        ({"readings": hcg("30 [IU]/L"), "patient": Patient("Patient/1", organs_absent=("uterus",))}, False),
        ({"readings": hcg("30 [IU]/L"), "patient": Patient("Patient/1", organs=("testes",))}, False),
        ({"readings": hcg("30 [IU]/L", status="preliminary")}, False),
    ],
)
def test_a_pregnancy_is_recorded_or_likely(facts: dict[str, Any], truth: object) -> None:
    assert ask(PREGNANT, case(**{"patient": WOMAN} | facts)).truth is truth


def test_a_preliminary_hcg_counts_for_a_critical_check() -> None:
    asked = case(patient=WOMAN, readings=hcg("30 [IU]/L", status="preliminary"))
    assert ask(PREGNANT, asked, "critical").truth is True


def test_a_held_hcg_is_not_used() -> None:
    readings = hcg("30 [IU]/L")
    assert ask(PREGNANT, case(held=(readings[0].reference,), patient=WOMAN, readings=readings)).truth is False


def test_a_pregnancy_in_doubt_is_unknown() -> None:
    doubt = Unread("Condition/1", "x", UnreadReason.STATUS, "in doubt", concepts=("pregnancy",))
    assert ask(PREGNANT, case(patient=WOMAN, unread=(doubt,))).truth is None


def test_a_past_pregnancy_in_doubt_casts_none_on_the_present() -> None:
    doubt = Unread("Condition/1", "x", UnreadReason.CODE_UNKNOWN, "", concepts=("pregnancy",), past=True)
    assert ask(PREGNANT, case(patient=WOMAN, unread=(doubt,))).truth is False


TEST = "pregnancy-test-positive"


@pytest.mark.parametrize(
    ("facts", "truth"),
    [
        ({"conditions": (noted(TEST, "2026-08-20"),)}, True),
        ({"conditions": (noted(TEST, "2026-07-06"),)}, True),  # 60 days ago
        ({"conditions": (noted(TEST, "2026-07-05"),)}, False),
        ({"conditions": (noted(TEST, "2026-08-20"), noted("delivery", "2026-08-21"))}, False),
        ({"conditions": (noted(TEST, "2026-08-20"),), "readings": hcg("3 [IU]/L", "2026-08-20")}, True),
        ({"conditions": (noted(TEST, "2026-08-20"),), "readings": hcg("3 [IU]/L", "2026-08-21")}, False),
        ({"conditions": (noted(TEST, "2026-08-20"),), "readings": hcg(">10 [IU]/L", "2026-08-21")}, True),
        ({"conditions": (noted(TEST, "2026-08-20"),), "absent": frozenset({"conditions"})}, True),
        (
            {"conditions": (noted(TEST, "2026-08-20"),), "therapies": (drug("chorionic gonadotropin 5000 units"),)},
            False,
        ),
        ({"conditions": (noted(TEST, "2026-08-20"),), "patient": Patient("Patient/1", organs=("testes",))}, False),
    ],
)
def test_a_positive_pregnancy_test_makes_a_pregnancy_likely(facts: dict[str, Any], truth: object) -> None:
    assert ask(PREGNANT, case(**{"patient": WOMAN} | facts)).truth is truth


@pytest.mark.parametrize(
    ("concept", "day", "more", "truth"),
    [
        ("pregnancy", "2026-08-20", {}, None),
        ("pregnancy", "2025-11-08", {}, None),  # 300 days ago
        ("pregnancy", "2025-11-07", {}, False),
        (TEST, "2026-07-06", {}, None),
        (TEST, "2026-07-05", {}, False),
        (TEST, "2026-08-20", {"patient": Patient("Patient/1", organs_absent=("uterus",))}, False),
        (TEST, "2026-08-20", {"therapies": (drug("chorionic gonadotropin 5000 units"),)}, False),
    ],
)
def test_an_unclear_answer_of_long_ago_casts_no_doubt(concept: str, day: str, more: Any, truth: object) -> None:
    doubt = Unread("Observation/1", "x", UnreadReason.VALUE_MISSING, "", effective=on(day), concepts=(concept,))
    assert ask(PREGNANT, case(**{"patient": WOMAN, "unread": (doubt,)} | more)).truth is truth


@pytest.mark.parametrize(
    ("condition", "period", "truth"),
    [
        ('{ last_period = true, at_least = "120 d" }', "2026-05-07", True),
        ('{ last_period = true, at_least = "121 d" }', "2026-05-07", False),
        ('{ last_period = true, less_than = "121 d" }', "2026-05-07", True),
        ('{ last_period = true, less_than = "120 d" }', "2026-05-07", False),
        ('{ last_period = true, at_least = "120 d" }', None, None),
    ],
)
def test_the_last_period(condition: str, period: str | None, truth: object) -> None:
    outcome = ask(condition, case(patient=WOMAN, last_period=on(period)))
    assert outcome.truth is truth
    assert truth is not None or outcome.blocked == ("last period",)


@pytest.mark.parametrize(
    ("drawn", "period", "truth"),
    [
        ("2026-08-11", "2026-08-10", True),  # day 2
        ("2026-08-14", "2026-08-10", True),  # day 5
        ("2026-08-15", "2026-08-10", False),
        ("2026-08-10", "2026-08-10", False),  # day 1
        ("2026-08-09", "2026-08-10", None),  # of the cycle before
        ("2026-08-11", None, None),
        (None, "2026-08-10", None),
    ],
)
def test_the_day_of_the_cycle(drawn: str | None, period: str | None, truth: object) -> None:
    readings = (result("fsh", "8 [IU]/L", drawn),) if drawn else ()
    asked = case(patient=WOMAN, last_period=on(period), readings=readings)
    outcome = ask('{ cycle_day = "fsh", between = [2, 5] }', asked)
    assert outcome.truth is truth
    assert truth is not None or outcome.because[0].missing
