"""What the medication list answers: taken, planned and stopped, by route, product and reach."""

from __future__ import annotations

from datetime import date, timedelta
from time import process_time

import pytest

from cds_hooks.facts import Therapy
from tests.asking import ask, case, drug, said

GEL = drug("testosterone gel 1.62 %")
PATCH = drug("estradiol patch 0.05 mg/24h")
PILL = drug("estradiol 2 mg oral tablet")
BARE = drug("estradiol", route=None, form=None, systemic=None)
STOPPED = drug("finasteride 5 mg", "2025-01-01", "2026-06-06")  # 90 days ago
UNDATED = drug("finasteride 5 mg", "2025-01-01", status="stopped")
DRAFT = drug("testosterone cypionate 200 mg/mL injection", None, planned=True, status="draft")

RENEWED = [drug("finasteride 5 mg", "2026-01-01", "2026-06-06"), drug("finasteride 5 mg", "2026-06-20")]


@pytest.mark.parametrize(
    ("condition", "therapies", "truth"),
    [
        ('{ taking = ["estradiol"] }', [PATCH], True),
        ('{ taking = ["estradiol"], route = ["oral"] }', [PILL], True),
        ('{ taking = ["estradiol"], route = ["oral"] }', [PATCH], False),
        ('{ taking = ["estradiol"], route = ["oral"] }', [PATCH, PILL], True),
        ('{ taking = ["estradiol"], route = ["oral"] }', [BARE], None),
        ('{ taking = ["estradiol"], route = ["oral"] }', [], False),
        ('{ taking = ["estradiol"], systemic = true }', [PILL], True),
        ('{ taking = ["estradiol"], systemic = true }', [drug("estradiol", systemic=False)], False),
        ('{ taking = ["estradiol"], systemic = true }', [BARE], None),
        ('{ taking = ["testosterone"], given_as = ["gel"] }', [GEL], True),
        ('{ taking = ["testosterone"], given_as = ["patch"] }', [GEL], False),
        ('{ taking = ["testosterone"], product = ["undecanoate"] }', [drug("testosterone cypionate")], False),
        ('{ taking = ["finasteride"] }', [STOPPED], False),
        ('{ taking = ["finasteride"], within = "90 d" }', [STOPPED], True),
        ('{ taking = ["finasteride"], within = "89 d" }', [STOPPED], False),
        ('{ taking = ["finasteride"], within = "90 d" }', [UNDATED], None),
        ('{ taking = ["testosterone"] }', [DRAFT], False),
        ('{ planned = ["testosterone"] }', [DRAFT], True),
        ('{ planned = ["androgen"], route = ["injection"] }', [DRAFT], True),
        ('{ planned = ["testosterone"], route = ["topical"] }', [DRAFT], False),
        ('{ planned = ["testosterone"] }', [GEL], False),
        ('{ stopped = ["finasteride"] }', [STOPPED], True),
        ('{ stopped = ["finasteride"] }', [UNDATED], True),
        ('{ stopped = ["finasteride"], within = "90 d" }', [STOPPED], True),
        ('{ stopped = ["finasteride"], within = "89 d" }', [STOPPED], False),
        ('{ stopped = ["finasteride"], within = "89 d" }', [UNDATED], None),
        ('{ stopped = ["finasteride"], within = "700 d" }', [UNDATED], True),  # begun since, so ended since
        ('{ stopped = ["5-alpha-reductase-inhibitor"] }', [STOPPED, drug("dutasteride 0.5 mg")], False),
        ('{ stopped = ["finasteride"] }', [GEL], False),
        ('{ stopped = ["testosterone"] }', [DRAFT], False),
    ],
)
def test_the_list_answers(condition: str, therapies: list[Therapy], truth: bool | None) -> None:
    assert ask(condition, case(therapies=tuple(therapies))).truth is truth


@pytest.mark.parametrize(
    ("condition", "therapies", "truth"),
    [
        ('{ taking = ["finasteride"], at_least = "246 d" }', RENEWED, True),
        ('{ taking = ["finasteride"], at_least = "247 d" }', RENEWED, False),
        ('{ taking = ["finasteride"], less_than = "91 d" }', RENEWED, False),
        ('{ taking = ["finasteride"], less_than = "77 d", each_order = true }', RENEWED, True),
        ('{ taking = ["finasteride"], less_than = "76 d", each_order = true }', RENEWED, False),
    ],
)
def test_a_renewal_goes_on_with_the_order_before_it(condition: str, therapies: list[Therapy], truth: bool) -> None:
    assert ask(condition, case(therapies=tuple(therapies))).truth is truth


@pytest.mark.parametrize(("start", "truth"), [("2026-05-02", True), ("2026-05-03", False)])
def test_a_pause_of_more_than_120_days_begins_anew(start: str, truth: bool) -> None:
    orders = (drug("finasteride 5 mg", "2025-12-01", "2026-01-02"), drug("finasteride 5 mg", start))
    assert ask('{ taking = ["finasteride"], at_least = "200 d" }', case(therapies=orders)).truth is truth


def test_another_drug_of_the_class_begins_anew() -> None:
    orders = (drug("dutasteride 0.5 mg", "2025-12-01", "2026-06-01"), drug("finasteride 5 mg", "2026-06-01"))
    asked = '{ taking = ["5-alpha-reductase-inhibitor"], at_least = "200 d" }'
    assert ask(asked, case(therapies=orders)).truth is False


def test_what_would_tell_is_named() -> None:
    outcome = ask('{ taking = ["estradiol"], route = ["oral"] }', case(therapies=(BARE,)))
    assert outcome.because[0].missing == "dosageInstruction.route"
    assert outcome.blocked


def test_a_sentence_says_the_drug_and_its_end() -> None:
    outcome = ask('{ stopped = ["finasteride"] }', case(therapies=(STOPPED,)))
    assert said(outcome) == "finasteride stopped on 2026-06-06"
    assert outcome.values["ended"] == "2026-06-06"


def test_a_chart_of_many_orders_is_walked_once() -> None:
    days = [date(2010, 1, 1) + timedelta(days=number) for number in range(3000)]
    orders = tuple(drug("finasteride 5 mg", str(day), str(day), status="active") for day in days)
    began = process_time()
    assert ask('{ taking = ["finasteride"], at_least = "6000 d" }', case(therapies=orders)).truth is False
    assert process_time() - began < 1
