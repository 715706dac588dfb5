"""How far a result moved stands beside advice on a dose, never on a card of danger."""

from __future__ import annotations

import uuid
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from cds_hooks.findings import Change, Finding
from cds_hooks.judged import Judged
from cds_hooks.judgement.evaluate import evaluate
from cds_hooks.judgement.stories import facts_of, moment
from cds_hooks.judgement.written.examples import Example
from cds_hooks.presentation.cards.cards import present_cards
from tests.engine import site
from tests.presentation.cases import PROTOCOL, PSA, TESTOSTERONE, chart, finding, judged, knowledge

TRUE = Change(
    "testosterone_total",
    "true-change",
    "because",
    TESTOSTERONE.reference,
    "520 ng/dL",
    percent=Decimal("722.2"),
    up=Decimal("63.5"),
    down=Decimal("-38.8"),
)
NOISE = Change(
    "psa_total",
    "noise",
    "because",
    PSA.reference,
    "1.1 ng/mL",
    percent=Decimal("-8.3"),
    up=Decimal("18.2"),
    down=Decimal("-15.4"),
)
BOUND = Change("testosterone_total", "not-comparable", "because", TESTOSTERONE.reference, "<520 ng/dL")


def lines(judgement: Judged) -> list[str]:
    """The lines about changes, where MT-LVL-01 alone advises on a dose."""
    known = replace(knowledge(), optimising=frozenset({(PROTOCOL, "MT-LVL-01")}))
    cards = present_cards(judgement, chart(), known, public_url=None, namespace=uuid.NAMESPACE_URL)
    told = [text for card in cards for text in (card.detail or "").split("\n")]
    return [text.removeprefix("- **Change:** ") for text in told if text.startswith("- **Change:**")]


def level(urgency: str = "warning", **more: Any) -> Finding:
    """Advice on the dose."""
    return finding("MT-LVL-01", urgency=urgency, topic="testosterone", evidence=(TESTOSTERONE,), **more)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (TRUE, "testosterone +722.2 % (noise up to +63.5 %): true change"),
        (NOISE, None),
        (BOUND, None),
    ],
)
def test_the_line_says_how_far_and_what_noise_is(change: Change, said: str | None) -> None:
    assert lines(judged(level(), changes=(change,))) == ([said] if said else [])


def test_several_are_named() -> None:
    both = finding("MT-LVL-01", topic="testosterone", evidence=(TESTOSTERONE, PSA))
    assert lines(judged(both, changes=(TRUE, NOISE))) == [
        "testosterone +722.2 % (noise up to +63.5 %): true change; PSA −8.3 % (noise down to −15.4 %): noise"
    ]


def test_a_return_to_the_mean_is_said() -> None:
    change = Change(**{name: getattr(TRUE, name) for name in TRUE.__struct_fields__} | {"regression": True})
    assert lines(judged(level(), changes=(change,)))[0].endswith("true change, partly regression to the mean")


@pytest.mark.parametrize(
    "findings",
    [
        (level("critical"),),
        (finding("MT-PSA-03", topic="psa", evidence=(TESTOSTERONE,)),),
        (level(), finding("MT-HCT-02", topic="testosterone", evidence=(TESTOSTERONE,))),
        (level(), finding("MT-HCT-01", urgency="critical", topic="testosterone", evidence=(TESTOSTERONE,))),
    ],
)
def test_a_safety_card_says_nothing_of_noise(findings: tuple[Finding, ...]) -> None:
    assert lines(judged(*findings, changes=(TRUE,))) == []


def test_an_info_beside_it_takes_nothing_away() -> None:
    note = finding("MT-LVL-16", urgency="info", topic="testosterone", evidence=(TESTOSTERONE,))
    assert len(lines(judged(level(), note, changes=(TRUE,)))) == 1


def told(*readings: tuple[str, str, date]) -> tuple[Judged, list[str]]:
    """A man on gel: what is judged, and the summaries of the cards."""
    story = Example.read(
        {
            "name": "told",
            "today": date(2026, 9, 4),
            "therapies": [{"text": "testosterone gel 1.62 %", "start": date(2025, 9, 1)}],
            "readings": readings,
        }
    )
    facts, known = facts_of(story, site().knowledge.vocabulary), site().knowledge
    answer = evaluate(facts, known, moment(story.today))
    cards = present_cards(answer, facts, known, public_url=None, namespace=uuid.NAMESPACE_URL)
    return answer, [f"{card.summary} {card.detail}" for card in cards]


@pytest.mark.parametrize(("before", "state"), [("42 %", "raised"), ("45 %", "clear"), ("<45 %", "unknown")])
def test_a_result_that_moved_is_in_range_all_the_same(before: str, state: str) -> None:
    answer, cards = told(("hematocrit", before, date(2026, 3, 3)), ("hematocrit", "48 %", date(2026, 9, 3)))
    (found,) = [one for one in answer.findings if one.check == "BV-01"]
    assert found.state == state
    assert any("In range: hematocrit 48 %" in card for card in cards)
    assert any("More than noise: hematocrit +14.3 % (noise up to +12.5 %)" in card for card in cards) is (
        state == "raised"
    )
    assert not any("Not evaluated" in card and "BV-01" in card for card in cards)
