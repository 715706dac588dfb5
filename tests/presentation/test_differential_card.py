"""The differential on cards: in brief where there is room, in full for whoever asks, never a lecture."""

from __future__ import annotations

import uuid

import pytest

from cds_hooks.findings import Discordance, Explanation, ExplanationKind
from cds_hooks.presentation.cards.cards import CAP
from cds_hooks.presentation.cards.response_cards import present_response
from cds_hooks.wire.response import Card
from tests.presentation.cases import GUIDELINE, chart, finding, judged, knowledge, present

LOW = Discordance("LOW_LEVEL", "testosterone below its goal", "testosterone-men", ("MT-LVL-01",), "low", True)


def explanation(kind: ExplanationKind, title: str, rank: int = 1) -> Explanation:
    return Explanation(
        rank, kind, title.upper(), title, f"{title} explains", ("LOW_LEVEL",), "not that", grade="B", reason="trials",
        confidence="V2", sources=(GUIDELINE,), exo="no",
    )  # fmt: skip


SLEEP, INDUCER = explanation("context", "sleep", 2), explanation("delivery", "an inducer", 1)


def differential_of(cards: tuple[Card, ...]) -> list[Card]:
    return [card for card in cards if card.source.topic is not None and card.source.topic.code == "DIFFERENTIAL"]


def with_differential(*told: Explanation, findings: int = 1) -> tuple[Card, ...]:
    raised = [finding(f"W{place}", topic=f"topic {place}") for place in range(findings)]
    return present(judged(*raised, discordances=(LOW,), differential=told))


def test_it_is_one_info_card_of_its_own_kind() -> None:
    (card,) = differential_of(with_differential(INDUCER, SLEEP))
    assert card.indicator == "info"
    assert card.source.topic is not None
    assert card.source.topic.display == "Why a protocol may not work"


def test_its_summary_names_no_way_of_life() -> None:
    (card,) = differential_of(with_differential(INDUCER, SLEEP))
    assert "inducer" in card.summary
    assert "sleep" not in card.summary
    assert "Sleep" in (card.detail or "")


def test_it_is_left_out_where_it_would_displace_a_finding() -> None:
    assert differential_of(with_differential(INDUCER, findings=CAP - 1))
    assert not differential_of(with_differential(INDUCER, findings=CAP))
    assert not differential_of(with_differential(INDUCER, findings=CAP + 1))


@pytest.mark.parametrize("kind", ["safety", "data", "pre-analytic", "ask", "dose-review"])
def test_it_is_left_out_where_it_has_only_questions_or_what_other_cards_say(kind: ExplanationKind) -> None:
    assert not differential_of(with_differential(explanation(kind, "something")))


def responded(*told: Explanation, urgency: str = "critical") -> tuple[Card, ...]:
    lead = finding("MT-HCT-01", urgency=urgency)
    answer = judged(lead, discordances=(LOW,), differential=told)
    return present_response(answer, chart(), knowledge(), public_url=None, namespace=uuid.UUID(int=1))


def test_who_asks_gets_danger_first_then_everything_with_grade_and_source() -> None:
    first, card = responded(INDUCER, SLEEP)
    assert first.indicator == "critical"
    assert (card,) == tuple(differential_of((card,)))
    for told in ("An inducer", "not that", "Grade B", GUIDELINE.title, "2. Context"):
        assert told in (card.detail or "")


def test_a_warning_that_is_no_danger_has_no_card_there() -> None:
    assert len(responded(INDUCER, urgency="warning")) == 1
