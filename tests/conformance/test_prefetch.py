"""Prefetch: absent, null, failed, paged and single values each say something else."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.conformance.conftest import Answer
from tests.conformance.situations import OUTCOME, Call

REQUIRED = ("labs", "medications")
INCOMPLETE = "Only part of the history"
EMPTY = {"resourceType": "Bundle", "type": "searchset", "total": 0}
MISSING: dict[str, Any] = {
    "an OperationOutcome": OUTCOME,
    "a token in words": "{{context.patientId}}",
    "an odd value": 7,
}


def text_of(cards: list[dict[str, Any]]) -> str:
    """All that is read on the cards."""
    return "\n".join(f"{card['summary']}\n{card.get('detail', '')}" for card in cards)


def without(call: Call, *keys: str) -> Call:
    """The call with keys that nobody prefetched."""
    return call | {"prefetch": {key: value for key, value in call["prefetch"].items() if key not in keys}}


def having(call: Call, key: str, value: Any) -> Call:
    """The call with another value for one key."""
    return call | {"prefetch": call["prefetch"] | {key: value}}


@pytest.mark.requirement("P7", "P8", "P12")
@pytest.mark.parametrize("keys", [("labs",), ("medications",), REQUIRED])
def test_missing_required_keys_are_all_named(
    client: httpx.Client, address: str, call: Call, keys: tuple[str, ...]
) -> None:
    answer = client.post(address, json=without(call, *keys))
    assert answer.status_code == 412
    issues = answer.json()["issue"]
    assert [issue["expression"] for issue in issues] == [[f"prefetch.{key}"] for key in keys]
    assert all(issue["expression"][0] in issue["diagnostics"] for issue in issues)


@pytest.mark.requirement("P7", "P8", "P12")
def test_a_call_without_prefetch_fails_its_precondition(client: httpx.Client, address: str, call: Call) -> None:
    del call["prefetch"]
    assert client.post(address, json=call).status_code == 412


@pytest.mark.requirement("P10", "P12")
@pytest.mark.parametrize("key", REQUIRED)
@pytest.mark.parametrize("value", MISSING.values(), ids=MISSING)
def test_a_value_that_is_no_data_is_missing_data(
    client: httpx.Client, address: str, call: Call, key: str, value: Any
) -> None:
    answer = client.post(address, json=having(call, key, value))
    assert answer.status_code == 412
    assert f"prefetch.{key}" in answer.json()["issue"][0]["diagnostics"]


@pytest.mark.requirement("P7", "P8", "P10")
@pytest.mark.parametrize("situation", ["only what is required", "failed optional queries"])
def test_what_was_not_supplied_is_said_on_the_cards(answers: dict[str, Answer], situation: str) -> None:
    assert "Not supplied" in text_of(answers[situation].cards)
    assert "Not supplied" not in text_of(answers["hematocrit"].cards)


@pytest.mark.requirement("P9")
@pytest.mark.parametrize("key", ["labs", "medications", "administrations", "conditions", "context"])
def test_null_and_an_empty_bundle_say_the_same(client: httpx.Client, address: str, call: Call, key: str) -> None:
    by_null = client.post(address, json=having(call, key, None))
    by_bundle = client.post(address, json=having(call, key, EMPTY))
    assert by_null.status_code == by_bundle.status_code == 200
    assert by_null.json() == by_bundle.json()


@pytest.mark.requirement("P11")
@pytest.mark.parametrize("key", REQUIRED)
@pytest.mark.parametrize(
    "more", [{"link": [{"relation": "next", "url": "https://ehr.example/fhir?page=2"}]}, {"total": 900}], ids=str
)
def test_one_page_of_several_is_called_incomplete(
    client: httpx.Client, address: str, answers: dict[str, Answer], key: str, more: Any
) -> None:
    call = answers["hematocrit"].call
    assert INCOMPLETE not in text_of(client.post(address, json=call).json()["cards"])
    paged = client.post(address, json=having(call, key, call["prefetch"][key] | more))
    assert INCOMPLETE in text_of(paged.json()["cards"])


@pytest.mark.requirement("P10", "P11")
@pytest.mark.parametrize("key", REQUIRED)
def test_a_search_that_failed_in_part_is_called_incomplete(
    client: httpx.Client, address: str, answers: dict[str, Answer], key: str
) -> None:
    """A server that could not search everything puts an OperationOutcome among the results."""
    call = answers["hematocrit"].call
    bundle = call["prefetch"][key]
    failed = bundle | {"entry": [*bundle["entry"], {"resource": OUTCOME, "search": {"mode": "outcome"}}]}
    assert INCOMPLETE in text_of(client.post(address, json=having(call, key, failed)).json()["cards"])


@pytest.mark.requirement("P9")
def test_a_single_resource_is_read_like_a_bundle_of_one(answers: dict[str, Answer]) -> None:
    single, bundled = answers["single resources"].cards, answers["hematocrit"].cards
    assert [card["summary"] for card in single] == [card["summary"] for card in bundled]


def test_another_patients_chart_gets_one_card_that_judges_nothing(answers: dict[str, Answer]) -> None:
    """The standard does not say what to do when context and prefetch disagree.

    One client sends a random patient id. Cards for the wrong patient would be worse than none, and an error is shown
    as "all clear" by another client; so the answer is a card that says nothing was judged.
    """
    (card,) = answers["another patient"].cards
    assert card["summary"].startswith("Not evaluated: ")
    assert "another patient" in card["summary"]
    assert "suggestions" not in card
    assert card["indicator"] == "warning"
