"""Answers: JSON without anything empty, a list of cards, nothing a client did not agree to."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.conformance.conftest import Answer
from tests.conformance.situations import ANTIBIOTIC, NAMES, Call, repeat, with_drafts

MAY_BE_EMPTY = {"$.cards", "$.services"}


# Whoever writes an order is not told that all is well.
QUIET = {"order-select", "order-sign", "medication-refill"}


def blanks(node: Any, place: str = "$") -> Iterator[str]:
    """Places whose value is there and empty."""
    if node is None or node in ("", [], {}) or (isinstance(node, str) and not node.strip()):
        yield place
    for name, inner in parts(node):
        yield from blanks(inner, f"{place}.{name}")


def parts(node: Any) -> list[tuple[Any, Any]]:
    """Members of an object, or items of a list."""
    if isinstance(node, dict):
        return list(node.items())
    return list(enumerate(node)) if isinstance(node, list) else []


def keys_in(node: Any) -> set[str]:
    """Every member name used anywhere."""
    own = set(node) if isinstance(node, dict) else set()
    return own.union(*(keys_in(inner) for _, inner in parts(node)))


def strictly(text: str) -> Any:
    """JSON by the letter: no NaN, and no name twice in one object."""

    def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        assert len({name for name, _ in pairs}) == len(pairs)
        return dict(pairs)

    def refuse(constant: str) -> Any:
        raise AssertionError(constant)

    return json.loads(text, object_pairs_hook=unique, parse_constant=refuse)


@pytest.mark.requirement("R1", "G1", "G4", "I3", "I4")
def test_every_situation_is_answered_with_cards(answer: Answer) -> None:
    assert answer.response.status_code == 200, answer.response.text
    assert answer.response.headers["content-type"] == "application/json"
    assert strictly(answer.response.text)["cards"] or answer.call["hook"] in QUIET


@pytest.mark.requirement("G3", "I6")
def test_nothing_in_an_answer_is_empty(answer: Answer) -> None:
    assert set(blanks(answer.response.json())) <= MAY_BE_EMPTY


@pytest.mark.requirement("G3", "R3")
def test_nothing_in_discovery_or_a_refusal_is_empty(client: httpx.Client, address: str) -> None:
    bodies: list[Any] = [{}, [], {"hook": "patient-view"}]
    refusals = [client.post(address, json=body) for body in bodies]
    for answer in [client.get("/cds-services"), *refusals, client.get("/nothing")]:
        assert set(blanks(strictly(answer.text))) <= MAY_BE_EMPTY


@pytest.mark.requirement("R4", "S3", "S7", "S8")
def test_an_answer_holds_nothing_that_needs_an_agreement(answer: Answer) -> None:
    unagreed = {"systemActions", "actionSelectionBehavior", "autolaunchable", "appContext", "extension"}
    assert set(answer.response.json()) == {"cards"}
    assert not unagreed & keys_in(answer.response.json())


@pytest.mark.requirement("R5")
def test_every_card_says_who_speaks(cards: list[dict[str, Any]]) -> None:
    assert all("hormone-cds" in card["detail"] for card in cards)


@pytest.mark.requirement("C4")
@pytest.mark.parametrize("situation", NAMES)
def test_a_repeated_call_brings_the_same_cards(
    linked: httpx.Client, address: str, answers: dict[str, Answer], situation: str
) -> None:
    first = answers[situation]
    assert linked.post(address, json=first.call).content == first.response.content


@pytest.mark.requirement("C4", "S1")
def test_another_hook_instance_brings_other_ids(linked: httpx.Client, address: str, answers: dict[str, Answer]) -> None:
    first = answers["hematocrit"]
    second = linked.post(address, json=repeat(first.call)).json()["cards"]
    assert [card["summary"] for card in second] == [card["summary"] for card in first.cards]
    assert not ids(second) & ids(first.cards)


def ids(cards: list[dict[str, Any]]) -> set[str]:
    """The uuids of cards and suggestions."""
    suggestions = [suggestion for card in cards for suggestion in card.get("suggestions", ())]
    return {item["uuid"] for item in [*cards, *suggestions]}


@pytest.mark.requirement("G5")
def test_extensions_of_a_client_change_no_card(linked: httpx.Client, address: str, answers: dict[str, Answer]) -> None:
    """Some clients send extensions with every call; the cards are those of the same call without them."""
    epic: Call = answers["Epic"].call
    plain = {key: value for key, value in epic.items() if key in ("hook", "hookInstance", "context", "prefetch")}
    assert linked.post(address, json=plain).content == answers["Epic"].response.content


@pytest.mark.requirement("Q4", "P9")
@pytest.mark.parametrize("situation", ["the sandbox", "single resources", "a later version"])
def test_what_is_wrong_or_odd_in_a_call_hides_no_critical_finding(answers: dict[str, Answer], situation: str) -> None:
    assert answers[situation].cards[0]["indicator"] == "critical"


def test_the_health_chain_client_is_told_that_the_patient_differs(
    client: httpx.Client, address: str, answers: dict[str, Answer]
) -> None:
    """It sends any Accept, no token, a role as user, and a patient id that has nothing to do with the chart."""
    call = answers["another patient"].call
    context = {"userId": "PractitionerRole/56", "patientId": "1040092"}
    answer = client.post(address, json=call | {"context": call["context"] | context}, headers={"Accept": "*/*"})
    assert answer.status_code == 200
    assert len(answer.json()["cards"]) == 1


@pytest.mark.requirement("R2", "R1")
def test_nothing_to_say_is_an_empty_list_of_cards(client: httpx.Client, address: str, call: Call) -> None:
    """A chart outside every protocol: the patient takes nothing that is monitored here."""
    call["prefetch"] |= {"medications": None, "administrations": None, "statements": None}
    with_drafts(call, ANTIBIOTIC)
    answer = client.post(address, json=call)
    assert answer.status_code == 200
    assert strictly(answer.text) == {"cards": []}


ALWAYS = {"OTHERPATIENT", "MTHCT01", "MTPSA02", "DQUNIT02"}
KINDS_OF_CARDS = {
    "hormone-monitoring-patient-view": {"INRANGE", "NOTEVALUATED", "SCOVER01"},
    "hormone-monitoring-order-select": {"NOTEVALUATED", "SCOVER01"},
    "hormone-monitoring-order-sign": set(),
    "hormone-monitoring-refill": {"SCOVER01"},
    "hormone-monitoring-encounter-start": {"INRANGE", "NOTEVALUATED", "SCOVER01"},
    "hormone-therapy-response": {"DIFFERENTIAL", "NOTEVALUATED"},
}
URGENCIES = {"hormone-monitoring-order-sign": {"warning", "critical"}}


def test_the_situations_bring_out_every_kind_of_card(answers: dict[str, Answer], offered: dict[str, Any]) -> None:
    cards = [card for answer in answers.values() for card in answer.cards]
    topics = {card["source"]["topic"]["code"] for card in cards}
    assert {card["indicator"] for card in cards} == URGENCIES.get(offered["id"], {"info", "warning", "critical"})
    assert ALWAYS | KINDS_OF_CARDS[offered["id"]] <= topics
    assert any("suggestions" in card for card in cards)
    assert any("url" in card["source"] for card in cards)
