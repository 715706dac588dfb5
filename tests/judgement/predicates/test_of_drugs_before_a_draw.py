"""A drug given shortly before a draw makes a test of it; taken for longer it is a treatment."""

from __future__ import annotations

from typing import Any

import pytest

from cds_hooks.facts import Dose
from tests.asking import ask, case, drug, on, result, said

TEST = '{ drawn_since_start = ["cortisol_am"], of = ["dexamethasone"], not_route = ["eye"], less_than = "3 d" }'
TABLET = "dexamethasone 1 mg tablet"
CORTISOL = (result("cortisol_am", "1.2 ug/dL", "2026-09-03 08:00"),)


def dose(when: str) -> Dose:
    """A dose given."""
    at = on(when)
    assert at is not None
    return Dose("dexamethasone", at, "MedicationAdministration/1")


@pytest.mark.parametrize(
    ("facts", "truth"),
    [
        ({"therapies": (drug(TABLET, "2026-09-02"),)}, True),
        ({"therapies": (drug(TABLET, "2026-09-01"),)}, True),
        ({"therapies": (drug(TABLET, "2026-08-31"),)}, False),
        ({"therapies": (drug(TABLET, "2026-09-04"),)}, False),
        ({"therapies": (drug(TABLET, "2026-09-02", "2026-09-02"),)}, True),
        ({"therapies": (drug(TABLET, "2026-09-02", planned=True),)}, False),
        ({"therapies": (drug(TABLET, None),)}, False),
        ({"therapies": (drug(TABLET, "2026-09-02"), drug(TABLET, None))}, False),
        ({"therapies": (drug(TABLET, "2026-09-02"), drug(TABLET, "2026-06-01", "2026-09-01"))}, False),
        ({"therapies": (drug(TABLET, "2026-09-02"), drug(TABLET, "2025-06-01", "2025-06-01"))}, True),
        ({"therapies": (drug("dexamethasone 0.1 % eye drops", "2026-09-02"),)}, False),
        ({"therapies": (drug("prednisone 10 mg tablet", "2026-09-02"),)}, False),
        ({"doses": (dose("2026-09-02 23:00"),)}, True),
        ({"doses": (dose("2026-09-02 23:00"), dose("2026-08-02 23:00"))}, False),
        ({}, False),
    ],
)
def test_a_draw_right_after_a_drug_was_begun_is_a_test(facts: dict[str, Any], truth: object) -> None:
    outcome = ask(TEST, case(readings=CORTISOL, **facts))
    assert outcome.truth is truth
    assert said(outcome)


def test_without_a_result_nothing_is_known() -> None:
    assert ask(TEST, case(therapies=(drug(TABLET, "2026-09-02"),))).truth is None


@pytest.mark.parametrize(
    ("text", "truth"),
    [
        ("hydrocortisone 1 % cream", False),
        ("prednisolone acetate 1 % eye drops", False),
        ("hydrocortisone 10 mg tablet", True),
        ("hydrocortisone", True),
    ],
)
def test_an_order_by_a_route_that_does_not_count_is_left_out_and_one_of_no_known_route_is_not(
    text: str, truth: bool
) -> None:
    asked = '{ taking = ["glucocorticoid"], not_route = ["topical", "eye"] }'
    outcome = ask(asked, case(therapies=(drug(text),)))
    assert outcome.truth is truth
    assert "(not topical or eye)" in said(outcome)
