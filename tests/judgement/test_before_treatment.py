"""The last result before treatment against a limit."""

from __future__ import annotations

import pytest

from tests.asking import ask, case, drug, result, said

HIGH = '{ before_treatment = "hematocrit", above = "49 %" }'


@pytest.mark.parametrize(
    ("rows", "truth"),
    [
        ([("49.1", "2026-02-20")], True),
        ([("49", "2026-02-20")], False),
        ([("50", "2026-03-01")], True),  # the day treatment began
        ([("50", "2026-01-05"), ("48", "2026-02-20")], False),  # the last one counts
        ([("50", "2025-03-01")], True),
        ([("50", "2025-02-28")], None),  # longer ago than a baseline may be
        ([("50", "2026-03-02")], None),  # on treatment
        ([], None),
    ],
)
def test_the_last_result_before_treatment_is_compared(rows: list[tuple[str, str]], truth: bool | None) -> None:
    readings = tuple(result("hematocrit", f"{value} %", when) for value, when in rows)
    asked = case(readings=readings, therapies=(drug("testosterone gel 1.62 %", "2026-03-01"),))
    assert ask(HIGH, asked).truth is truth


def test_without_a_recorded_start_nothing_is_known_to_come_before_it() -> None:
    readings = (result("hematocrit", "50 %", "2026-02-20"),)
    found = ask(HIGH, case(readings=readings, therapies=(drug("testosterone gel 1.62 %", None),)))
    assert found.truth is None
    assert found.blocked == ("start of treatment",)
    assert "start of treatment is not recorded" in said(found)
