"""A call that is broken in several ways at once is refused like one that is broken in one, and never a fault."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest

from tests.service.test_errors import HOOK, JSON

# What has the wrong type, so that decoding goes on resource by resource.
TYPE_ERRORS = {
    "none": "",
    "the hook": '"hook": 5',
    "the context": '"context": []',
    "a resource": '"prefetch": {"labs": {"resourceType": "Observation", "status": []}}',
    "a resource in a Bundle": '"prefetch": {"labs": {"resourceType": "Bundle", "entry": [{"resource": {"id": 5}}]}}',
}
# What is no JSON, wherever it stands.
SYNTAX_ERRORS = {
    "NaN": '"x": NaN}',
    "cut short": '"x": 1',
    "half a pair": '"x": "\\ud800"}',
    "a raw tab": '"x": "\t"}',
    "an unknown escape": '"x": "\\q"}',
    "a trailing comma": '"x": 1,}',
    "text after the end": '"x": 1}}',
    "too deep": f'"x": {"[" * 60_000}',
    "deep and whole": f'"x": {"[" * 60_000}{"]" * 60_000}}}',
}
# Fields that nobody reads are skipped: what is wrong inside their strings is not always seen.
UNSEEN = {"half a pair", "a raw tab", "an unknown escape"}


@pytest.mark.parametrize("syntax", SYNTAX_ERRORS)
@pytest.mark.parametrize("kind", TYPE_ERRORS)
@pytest.mark.parametrize("path", [HOOK, "/evaluate"])
def test_a_call_broken_twice_is_refused(client: httpx.Client, path: str, kind: str, syntax: str) -> None:
    start = ", ".join(filter(None, ['{"resourceType": "Bundle"', TYPE_ERRORS[kind], SYNTAX_ERRORS[syntax]]))
    answer = client.post(path, content=start.encode(), headers=JSON)
    assert answer.status_code == 400 or (syntax in UNSEEN and answer.status_code == 200 and path == "/evaluate")
    assert answer.status_code == 200 or answer.json()["resourceType"] == "OperationOutcome"


SKIPPED = {name: json_text for name, json_text in SYNTAX_ERRORS.items() if not name.startswith(("cut", "too", "text"))}


@pytest.mark.parametrize("syntax", SKIPPED)
@pytest.mark.parametrize("wrong", [5, [[]], "word"], ids=repr)
def test_a_complete_call_broken_inside_a_resource_is_never_a_fault(
    client: httpx.Client, call: dict[str, Any], syntax: str, wrong: Any
) -> None:
    entry = {"resource": {"resourceType": "Observation", "id": "x", "code": wrong, "note": "HERE"}}
    call["prefetch"]["labs"]["entry"].append(entry)
    broken = json.dumps(call).replace('"note": "HERE"}', SKIPPED[syntax])
    assert client.post(HOOK, content=broken.encode(), headers=JSON).status_code in (200, 400)


ANOTHER = "another patient"
NOT_SUPPLIED = "Not supplied"


def prefetched(call: dict[str, Any], patient: Any) -> dict[str, Any]:
    """The call with another value under `patient`, for the patient with id `demo-stable`."""
    return call | {"prefetch": call["prefetch"] | {"patient": patient}}


def bundled(patient: Any) -> dict[str, Any]:
    """One resource as the answer to a search."""
    return {"resourceType": "Bundle", "type": "searchset", "entry": [{"resource": patient}]}


STRANGER = "other-person-777"  # cannot occur by chance, as in the uuid of a card
BROKEN = {"resourceType": "Patient", "deceasedBoolean": "no"}
NAMELESS = {"resourceType": "Patient", "gender": "male", "birthDate": "1981-01-01"}


@pytest.mark.parametrize(
    "patient",
    [
        BROKEN | {"id": STRANGER},
        bundled(BROKEN | {"id": STRANGER}),
        NAMELESS | {"id": STRANGER},
        bundled(NAMELESS | {"id": "7"}),
    ],
    ids=["unreadable", "unreadable in a Bundle", "readable", "readable in a Bundle"],
)
def test_a_patient_with_another_id_stops_everything(client: httpx.Client, call: dict[str, Any], patient: Any) -> None:
    (card,) = client.post(HOOK, json=prefetched(call, patient)).json()["cards"]
    assert ANOTHER in card["summary"]
    assert STRANGER not in json.dumps(card)


@pytest.mark.parametrize(
    "patient",
    [
        BROKEN | {"id": "demo-stable"},
        bundled(BROKEN | {"id": "demo-stable"}),
        BROKEN,
        BROKEN | {"id": 777},
        NAMELESS,
        NAMELESS | {"id": ""},
        bundled(NAMELESS),
        {"resourceType": "Practitioner", "id": "777"},
    ],
    ids=["broken", "broken in a Bundle", "no id", "an id of odd type", "nameless", "empty id", "bundled", "no Patient"],
)
def test_a_patient_that_tells_nothing_is_taken_as_not_supplied(
    client: httpx.Client, call: dict[str, Any], patient: Any
) -> None:
    without = call | {"prefetch": {key: value for key, value in call["prefetch"].items() if key != "patient"}}
    expected = client.post(HOOK, json=without).json()["cards"]
    cards = client.post(HOOK, json=prefetched(call, patient)).json()["cards"]
    assert [card["summary"] for card in cards] == [card["summary"] for card in expected]
    assert not any(ANOTHER in card["summary"] for card in cards)
    assert any(NOT_SUPPLIED in card["detail"] and "patient details" in card["detail"] for card in cards)
