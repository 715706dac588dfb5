"""A card that a user overrode for a lasting reason, or saw today, stays silent: if set, never critical, said aloud."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import httpx
import pytest
from sqlalchemy import Engine, text

from service.app import create_app
from service.site.settings import Settings, StartRefused
from tests.service.memory.asking import (
    HOOK,
    call_for,
    cards,
    item,
    override,
    remembering,
    tell,
    topics,
)

UNIT = "DQUNIT01"  # a warning of the demo's chart "unit"


@pytest.fixture(scope="module")
def silencing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    """A service that keeps overridden cards silent; each test is another user of it."""
    with remembering(f"sqlite:///{tmp_path_factory.mktemp('memory')}/m.sqlite3", silence_overridden=90) as client:
        yield client


@pytest.fixture
def user() -> str:
    """Somebody whom nobody knows yet."""
    return f"Practitioner/{uuid4()}"


def overridden(client: httpx.Client, reason: str = "patient-contraindication", **asked: Any) -> None:
    """Show the warning of a chart, and override it."""
    first = next(card for card in cards(client, **asked) if card["source"]["topic"]["code"] == UNIT)
    assert tell(client, override(first["uuid"], reason)).status_code == 200


def test_nothing_is_silent_unless_the_site_says_so(database: str) -> None:
    with remembering(database) as client:
        overridden(client)
        assert UNIT in topics(cards(client))


@pytest.mark.parametrize(
    "reason",
    [
        "patient-refuses",
        "does-not-align-preferences",
        "patient-contraindication",
        "recipient-disagrees-evidence",
    ],
)
def test_an_override_for_a_lasting_reason_keeps_the_card_silent_and_the_closing_card_says_so(
    silencing: httpx.Client, user: str, reason: str
) -> None:
    overridden(silencing, reason, user=user)
    again = cards(silencing, user=user)
    assert UNIT not in topics(again)
    assert "**Kept silent:** unit (DQ-UNIT-01): overridden on" in again[-1]["detail"]


def test_recall_works_the_same_in_both_databases(database: str) -> None:
    with remembering(database, silence_overridden=90) as client:
        overridden(client)
        assert UNIT not in topics(cards(client))
        assert UNIT in topics(cards(client, user="Practitioner/2"))


@pytest.mark.parametrize("reason", ["action-completed", "lab-error-suspected", "monitoring-elsewhere", ""])
def test_an_override_for_another_reason_keeps_nothing_silent(silencing: httpx.Client, user: str, reason: str) -> None:
    overridden(silencing, reason, user=user)
    assert UNIT in topics(cards(silencing, user=user))


def test_who_accepted_the_card_after_all_sees_it_again(silencing: httpx.Client, user: str) -> None:
    card = next(card for card in cards(silencing, user=user) if card["source"]["topic"]["code"] == UNIT)["uuid"]
    tell(silencing, item(card, "accepted"), override(card, at="2026-09-04T15:00:01Z"))
    assert UNIT in topics(cards(silencing, user=user))


def with_result(call: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """The call with its newest doubtful result changed."""
    changed = copy.deepcopy(call)
    for entry in changed["prefetch"]["labs"]["entry"]:
        entry["resource"] |= changes
    return changed


def with_order(call: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """The call with its orders changed."""
    changed = copy.deepcopy(call)
    for entry in changed["prefetch"]["medications"]["entry"]:
        entry["resource"] |= changes
    return changed


def of_another(call: dict[str, Any]) -> dict[str, Any]:
    """The same chart as another patient's."""
    changed = copy.deepcopy(call)
    changed["context"]["patientId"] = "another"
    del changed["prefetch"]["patient"]
    for bundle in changed["prefetch"].values():
        for entry in bundle.get("entry", ()):
            entry["resource"]["subject"] = {"reference": "Patient/another"}
    return changed


CHANGES = {
    "another user": lambda call: call | {"context": call["context"] | {"userId": "Practitioner/2"}},
    "a result of another day": lambda call: with_result(call, effectiveDateTime="2026-09-01"),
    "a new order": lambda call: with_order(call, authoredOn="2026-08-30"),
    "another patient": of_another,
    "the patient of that id in another EHR": lambda call: call | {"fhirServer": "https://other.example/fhir"},
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_a_silent_card_comes_back_with(silencing: httpx.Client, user: str, change: Any) -> None:
    overridden(silencing, user=user)
    assert UNIT not in topics(cards(silencing, user=user))
    again = silencing.post(HOOK, json=change(call_for(user=user))).raise_for_status().json()["cards"]
    assert UNIT in topics(again)


def test_two_patients_under_one_id_of_a_call_have_cards_of_their_own(silencing: httpx.Client, user: str) -> None:
    call = call_for(user=user)
    found = [silencing.post(HOOK, json=one).raise_for_status().json()["cards"] for one in (call, of_another(call))]
    assert UNIT in topics(found[0])
    assert {card["uuid"] for card in found[0]}.isdisjoint({card["uuid"] for card in found[1]})


def test_a_card_comes_back_when_the_days_are_over(tmp_path: Any, engine_of: Any) -> None:
    database = f"sqlite:///{tmp_path}/m.sqlite3"
    with remembering(database, silence_overridden=30) as client:
        overridden(client)
        assert UNIT not in topics(cards(client))
        engine: Engine = engine_of(database)
        with engine.begin() as connection:
            connection.execute(text("UPDATE feedback SET received = datetime('now', '-29 days')"))
            connection.execute(text("UPDATE feedback SET at = received"))
        assert UNIT not in topics(cards(client))
        with engine.begin() as connection:
            connection.execute(text("UPDATE feedback SET received = datetime('now', '-30 days')"))
        assert UNIT in topics(cards(client))


def test_a_critical_card_is_never_silent(tmp_path: Any) -> None:
    settings = {"silence_overridden": 90, "silence_shown": True}
    with remembering(f"sqlite:///{tmp_path}/m.sqlite3", **settings) as client:
        first = cards(client, chart="hematocrit")[0]
        tell(client, override(first["uuid"]))
        assert topics(cards(client, chart="hematocrit"))[0] == "MTHCT01"


def test_a_card_shown_today_is_not_shown_twice_to_the_same_user(database: str) -> None:
    with remembering(database, silence_shown=True) as client:
        assert UNIT in topics(cards(client))
        again = cards(client)
        assert UNIT not in topics(again)
        assert "**Kept silent:** unit (DQ-UNIT-01): shown earlier on" in again[-1]["detail"]
        assert UNIT in topics(cards(client, user="Practitioner/2"))


def test_a_retried_call_gets_the_same_cards_again(database: str) -> None:
    with remembering(database, silence_shown=True) as client:
        call = call_for()
        first, retried = (client.post(HOOK, json=call).raise_for_status().json() for _ in range(2))
        assert retried == first
        assert UNIT in topics(first["cards"])
        assert UNIT not in topics(cards(client))


def test_nothing_is_silent_while_an_order_is_signed_that_nobody_can_read(silencing: httpx.Client, user: str) -> None:
    overridden(silencing, user=user)
    draft = {"resourceType": "MedicationRequest", "id": "d", "status": "draft", "intent": "order"}
    call = call_for(user=user, hook="order-sign")
    call["context"]["draftOrders"] = {"resourceType": "Bundle", "entry": [{"resource": draft}]}
    address = "/cds-services/hormone-monitoring-order-sign"
    found = silencing.post(address, json=call).raise_for_status().json()["cards"]
    assert UNIT in topics(found)


def test_the_report_lists_what_is_silent_for_the_user_it_is_asked_for(silencing: httpx.Client, user: str) -> None:
    overridden(silencing, user=user)
    entries = [
        entry
        for value in call_for(user=user)["prefetch"].values()
        for entry in (value.get("entry", ()) if value["resourceType"] == "Bundle" else ({"resource": value},))
    ]
    bundle = {"resourceType": "Bundle", "type": "collection", "entry": entries}
    asked, unasked = (silencing.post(f"/evaluate{query}", json=bundle) for query in (f"?user={user}", ""))
    (silent,) = asked.json()["silenced"]
    assert (silent["check"], silent["protocol"]) == ("DQ-UNIT-01", "data-quality")
    assert silent["reason"].startswith("overridden on")
    assert silent["until"] > "2026"
    assert unasked.json()["silenced"] == []


@pytest.mark.parametrize("wanted", [{"silence_overridden": 90}, {"silence_shown": True}])
def test_silences_need_a_key_by_which_patients_are_known_again(wanted: dict[str, Any]) -> None:
    with pytest.raises(StartRefused, match="HORMONE_CDS_HASH_KEY"):
        create_app(Settings(**wanted))
