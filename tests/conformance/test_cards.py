"""Cards: every field of every card as the standard, and the test kits that certify clients and services, want it."""

from __future__ import annotations

import re
import uuid
from typing import Any
from urllib.parse import urlsplit

import pytest
from fhir.resources.R4B.servicerequest import ServiceRequest
from markdown_it import MarkdownIt
from markdown_it.token import Token

from tests.conformance.conftest import PUBLIC_URL, Answer

Card = dict[str, Any]
INDICATORS = {"info", "warning", "critical"}
CARD = {
    "uuid": str,
    "summary": str,
    "detail": str,
    "indicator": str,
    "source": dict,
    "suggestions": list,
    "selectionBehavior": str,
    "overrideReasons": list,
    "links": list,
}
STANDARD_REASONS = "http://terminology.hl7.org/CodeSystem/non-adherence-reason-codes"
# The codes of HL7's clinical value set.
REASONS = {
    "cds-not-applicable",
    "cds-suboptimal-context",
    "recipient-disagrees-evidence",
    "recipient-concerns-outcomes",
    "does-not-align-preferences",
    "not-convenient-feasible",
    "action-completed",
    "patient-contraindication",
    "patient-refuses",
    "too-costly-uncovered",
    "service-not-available",
    "recipient-does-not-understand",
}
# Passes HTML through, as the official sandbox does, with GitHub's tables and strikethrough.
RENDERER = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
FORBIDDEN = {"html_inline", "html_block", "image", "table_open", "heading_open", "fence", "code_block"}


def suggestions_of(cards: list[Card]) -> list[dict[str, Any]]:
    """All suggestions."""
    return [suggestion for card in cards for suggestion in card.get("suggestions", ())]


def actions_of(cards: list[Card]) -> list[dict[str, Any]]:
    """All actions."""
    return [action for suggestion in suggestions_of(cards) for action in suggestion["actions"]]


def codings_of(cards: list[Card]) -> list[dict[str, str]]:
    """All codings that belong to the cards themselves."""
    return [coding for card in cards for coding in (card["source"]["topic"], *card.get("overrideReasons", ()))]


def is_absolute(url: str) -> bool:
    """Whether a browser could follow it from anywhere."""
    parts = urlsplit(url)
    return parts.scheme in ("http", "https") and bool(parts.netloc)


def tokens_of(markdown: str) -> list[Token]:
    """Everything a renderer makes of it, inner parts too."""
    blocks = RENDERER.parse(markdown)
    return [token for block in blocks for token in (block, *(block.children or ()))]


@pytest.mark.requirement("C1", "C2", "C3", "C4", "C5", "C6", "C8", "C9", "I5", "I7")
def test_a_card_has_only_fields_of_the_standard_in_their_kinds(cards: list[Card]) -> None:
    for card in cards:
        assert all(isinstance(value, CARD[name]) for name, value in card.items())
        assert {"uuid", "summary", "indicator", "source"} <= set(card)


@pytest.mark.requirement("C1")
def test_a_summary_is_one_short_line(cards: list[Card]) -> None:
    for card in cards:
        assert 0 < len(card["summary"].encode("utf-16-le")) // 2 < 140
        assert card["summary"] == " ".join(card["summary"].split())
        assert card["summary"].isprintable()


@pytest.mark.requirement("C2")
def test_an_indicator_is_one_of_three(cards: list[Card]) -> None:
    assert {card["indicator"] for card in cards} <= INDICATORS


@pytest.mark.requirement("C3", "C10", "I5")
def test_a_source_has_label_topic_and_absolute_urls(cards: list[Card]) -> None:
    for card in cards:
        assert set(card["source"]) <= {"label", "url", "topic"}
        assert card["source"]["label"]
        assert is_absolute(card["source"].get("url", PUBLIC_URL))
        assert re.fullmatch(r"[A-Za-z0-9]{1,100}", card["source"]["topic"]["code"])


@pytest.mark.requirement("C3")
def test_a_topic_means_one_kind_of_card(answers: dict[str, Answer]) -> None:
    """Some clients attach overrides to the code, so it never depends on the patient."""
    named: dict[str, set[str]] = {}
    for card in (card for answer in answers.values() for card in answer.cards):
        topic = card["source"]["topic"]
        named.setdefault(topic["code"], set()).add(topic["display"])
    assert {code: names for code, names in named.items() if len(names) > 1} == {}


@pytest.mark.requirement("C4", "S1")
def test_ids_are_uuids_and_each_card_has_its_own(cards: list[Card]) -> None:
    ids = [item["uuid"] for item in (*cards, *suggestions_of(cards))]
    assert all(str(uuid.UUID(found)) == found for found in ids)
    assert len({card["uuid"] for card in cards}) == len(cards)


@pytest.mark.requirement("C5")
def test_a_detail_is_markdown_without_html_or_foreign_links(cards: list[Card]) -> None:
    for card in cards:
        tokens = tokens_of(card["detail"])
        assert not {token.type for token in tokens} & FORBIDDEN
        links = [str(token.attrs["href"]) for token in tokens if token.type == "link_open"]
        assert all(is_absolute(link) and "evil.example" not in link for link in links)


@pytest.mark.requirement("C5")
def test_hostile_text_of_the_chart_is_shown_as_text(answers: dict[str, Answer]) -> None:
    details = "\n".join(card["detail"] for card in answers["hostile text"].cards)
    assert "&lt;img" in details or "&lt;script" in details
    assert not re.search(r"<[A-Za-z/!?]", details)


@pytest.mark.requirement("C6", "C7", "I7")
def test_selection_behavior_comes_with_suggestions(cards: list[Card]) -> None:
    for card in cards:
        assert ("suggestions" in card) == ("selectionBehavior" in card)
        assert card.get("selectionBehavior", "any") in ("any", "at-most-one")


@pytest.mark.requirement("C8", "C10", "C11", "I7")
def test_override_reasons_are_codings_with_display(cards: list[Card]) -> None:
    for card in cards:
        reasons = card.get("overrideReasons", ())
        assert all(set(reason) == {"code", "system", "display"} for reason in reasons)
        assert {reason["code"] for reason in reasons if reason["system"] == STANDARD_REASONS} <= REASONS
        assert len({(reason["system"], reason["code"]) for reason in reasons}) == len(reasons)


@pytest.mark.requirement("C11")
def test_what_may_be_overridden_offers_reasons_of_the_standard(cards: list[Card]) -> None:
    for card in (card for card in cards if "overrideReasons" in card):
        assert [reason for reason in card["overrideReasons"] if reason["system"] == STANDARD_REASONS]


@pytest.mark.requirement("C11")
def test_a_critical_finding_may_be_overridden_with_a_reason(answers: dict[str, Answer]) -> None:
    assert answers["hematocrit"].cards[0]["overrideReasons"]


@pytest.mark.requirement("C10")
def test_a_coding_has_code_and_absolute_system(cards: list[Card]) -> None:
    assert all(coding["code"] and is_absolute(coding["system"]) for coding in codings_of(cards))


@pytest.mark.requirement("S1", "S2", "I8")
def test_a_suggestion_has_a_label_and_one_action(cards: list[Card]) -> None:
    for suggestion in suggestions_of(cards):
        assert set(suggestion) <= {"label", "uuid", "isRecommended", "actions"}
        assert suggestion["label"]
        assert suggestion["isRecommended"] in (True, False)
        assert len(suggestion["actions"]) == 1


@pytest.mark.requirement("S1")
def test_several_are_recommended_only_where_any_may_be_chosen(cards: list[Card]) -> None:
    for card in cards:
        recommended = [offer for offer in card.get("suggestions", ()) if offer.get("isRecommended")]
        assert len(recommended) <= 1 or card["selectionBehavior"] == "any"


@pytest.mark.requirement("S4", "S5", "I8")
def test_an_action_says_what_it_does_and_carries_what_it_needs(cards: list[Card]) -> None:
    for action in actions_of(cards):
        assert action["type"] in ("create", "update", "delete")
        assert action["description"]
        assert ("resource" in action) == (action["type"] != "delete")
        assert ("resourceId" in action) == (action["type"] == "delete")


@pytest.mark.requirement("S5", "G1", "I8")
def test_a_drafted_order_is_valid_fhir_for_this_patient(answer: Answer) -> None:
    subject = f"Patient/{answer.call['context']['patientId']}"
    for action in actions_of(answer.cards):
        order = ServiceRequest.model_validate(action["resource"])
        assert (order.status, order.intent) == ("draft", "order")
        assert order.subject.reference == subject
        assert [coding["system"] for coding in action["resource"]["code"]["coding"]] == ["http://loinc.org"]
        assert order.occurrenceDateTime or order.occurrencePeriod
        assert not order.id


@pytest.mark.requirement("C9", "S6", "I7")
def test_links_are_absolute_and_lead_to_the_protocol(cards: list[Card]) -> None:
    links = [link for card in cards for link in card.get("links", ())]
    for link in links:
        assert set(link) == {"label", "url", "type"}
        assert link["label"]
        assert link["type"] == "absolute"
        assert link["url"].startswith(f"{PUBLIC_URL}/protocols/")


@pytest.mark.requirement("C9")
def test_a_raised_finding_links_to_how_it_is_judged(answers: dict[str, Answer]) -> None:
    assert answers["hematocrit"].cards[0]["links"]
