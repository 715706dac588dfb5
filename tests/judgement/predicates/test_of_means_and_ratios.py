"""Numbers worked out from several results: the mean of some days, and one result over another of the same day."""

from __future__ import annotations

from typing import Any

import pytest

from cds_hooks.facts import Unread, UnreadReason
from tests.asking import ask, case, on, result, said

SHORT = '{ mean = "sleep_duration", over = "14 d", below = "7 h", within = "180 d" }'
LIPIDS = '{ ratio = ["triglycerides", "hdl"], above = "3.5", unit = "mg/dL"%s }'


def nights(*rows: tuple[str, str], **more: Any) -> Any:
    """A case with sleep by duration and day."""
    held = more.pop("held", ())
    readings = tuple(result("sleep_duration", value, when) for value, when in rows)
    return case(held=tuple(readings[place].reference for place in held), readings=readings, **more)


def lipids(*rows: tuple[str, str, str], **more: Any) -> Any:
    """A case with results by analyte, value and day."""
    return case(readings=tuple(result(*row) for row in rows), **more)


@pytest.mark.parametrize(
    ("rows", "truth"),
    [
        ([("6.9 h", "2026-09-01")], True),
        ([("7 h", "2026-09-01")], False),
        ([("5 h", "2026-09-01"), ("9 h", "2026-08-31")], False),
        ([("5 h", "2026-09-01"), ("8.9 h", "2026-08-31")], True),
        ([("5 h", "2026-09-01"), ("540 min", "2026-08-31")], False),
        ([("8 h", "2026-09-01"), ("6 h", "2026-08-31"), ("6.9 h", "2026-08-30")], True),
        ([("5 h", "2026-09-01"), ("9 h", "2026-08-19")], False),
        ([("5 h", "2026-09-01"), ("9 h", "2026-08-18")], True),
        ([("2 h", "2026-09-01 14:00"), ("7 h", "2026-09-01 06:00")], False),
        ([("7 h", "2026-09-01 14:00"), ("2 h", "2026-09-01 06:00")], False),
        ([("5 h", "2026-03-08")], True),
        ([("5 h", "2026-03-07")], None),
        ([("<7 h", "2026-09-01")], True),
        ([(">6 h", "2026-09-01")], None),
        ([("<7 h", "2026-09-01"), ("5 h", "2026-08-31")], None),
        ([], None),
    ],
)
def test_a_mean_is_of_the_days_up_to_the_newest_result(rows: list[tuple[str, str]], truth: object) -> None:
    outcome = ask(SHORT, nights(*rows))
    assert outcome.truth is truth
    assert said(outcome)


def test_a_mean_says_of_how_many_days_it_is() -> None:
    several = ask(SHORT, nights(("5 h", "2026-09-01"), ("7 h", "2026-08-31"), ("8 h", "2026-08-30")))
    assert "6.7 h on average of 3 days, the last on 2026-09-01 is below 7 h" in said(several)
    assert several.values["value"] == "6.7 h"
    assert len(several.readings) == 3
    assert "sleep duration 5 h of 2026-09-01 is below 7 h" in said(ask(SHORT, nights(("5 h", "2026-09-01"))))


def test_a_night_that_may_not_be_judged_leaves_nothing_clear() -> None:
    rows = [("8 h", "2026-09-01"), ("8 h", "2026-08-31")]
    assert ask(SHORT, nights(*rows, held=(0,))).truth is None
    unread = Unread("Observation/u", "S", UnreadReason.UNIT_MISSING, "", "sleep_duration", None, None, on("2026-09-02"))
    assert ask(SHORT, nights(*rows, unread=(unread,))).truth is None
    assert ask(SHORT, nights(("5 h", "2026-09-01"), unread=(unread,))).truth is True


@pytest.mark.parametrize(
    ("more", "rows", "truth"),
    [
        ("", [("triglycerides", "176 mg/dL", "2026-09-01"), ("hdl", "50 mg/dL", "2026-09-01")], True),
        ("", [("triglycerides", "175 mg/dL", "2026-09-01"), ("hdl", "50 mg/dL", "2026-09-01")], False),
        ("", [("triglycerides", "1.98 mmol/L", "2026-09-01"), ("hdl", "1.3 mmol/L", "2026-09-01")], False),
        ("", [("triglycerides", "2 mmol/L", "2026-09-01"), ("hdl", "1.29 mmol/L", "2026-09-01")], True),
        ("", [("triglycerides", "300 mg/dL", "2026-09-01"), ("hdl", "30 mg/dL", "2026-08-31")], None),
        ("", [("triglycerides", "300 mg/dL", "2026-09-01")], None),
        ("", [("triglycerides", "300 mg/dL", "2026-09-01"), ("hdl", "0 mg/dL", "2026-09-01")], None),
        ("", [("triglycerides", ">400 mg/dL", "2026-09-01"), ("hdl", "50 mg/dL", "2026-09-01")], True),
        ("", [("triglycerides", ">40 mg/dL", "2026-09-01"), ("hdl", "50 mg/dL", "2026-09-01")], None),
        ("", [("triglycerides", ">400 mg/dL", "2026-09-01"), ("hdl", ">50 mg/dL", "2026-09-01")], None),
        ("", [("triglycerides", "300 mg/dL", "2026-09-01"), ("hdl", "<50 mg/dL", "2026-09-01")], True),
        (
            "",
            [
                ("triglycerides", "100 mg/dL", "2026-09-02"),
                ("triglycerides", "300 mg/dL", "2026-09-01"),
                ("hdl", "50 mg/dL", "2026-09-01"),
            ],
            True,
        ),
        (', within = "3 d"', [("triglycerides", "300 mg/dL", "2026-09-01"), ("hdl", "50 mg/dL", "2026-09-01")], True),
        (', within = "2 d"', [("triglycerides", "300 mg/dL", "2026-09-01"), ("hdl", "50 mg/dL", "2026-09-01")], None),
    ],
)
def test_a_ratio_is_of_two_results_of_one_day(more: str, rows: list[tuple[str, str, str]], truth: object) -> None:
    outcome = ask(LIPIDS % more, lipids(*rows))
    assert outcome.truth is truth
    assert said(outcome)


@pytest.mark.parametrize(
    ("written", "complaint"),
    [
        ('{ ratio = ["triglycerides", "hdl"], above = "3.5", unit = "mmol/L" }', "triglycerides is kept in mg/dL"),
        ('{ ratio = ["triglycerides", "hdl"], above = "0", unit = "mg/dL" }', "above nought"),
    ],
)
def test_a_ratio_is_meant_in_the_unit_both_are_kept_in(written: str, complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        ask(written, case())
