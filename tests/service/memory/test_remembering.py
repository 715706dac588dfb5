"""Every answer is remembered after it was given: what was raised and sent, to whom as a hash, no word of a chart."""

from __future__ import annotations

import re
from typing import Any

from sqlalchemy import Engine

from service.memory import memory
from tests.service.memory.asking import (
    HOOK,
    call_for,
    cards,
    eventually,
    item,
    override,
    remembering,
    rows,
    tell,
)

HASH = re.compile(r"[0-9a-f]{32}")


def test_an_evaluation_is_kept_with_what_judged_and_how_each_check_came_out(database: str, engine: Engine) -> None:
    with remembering(database) as client:
        call = call_for("hematocrit")
        del call["prefetch"]["statements"]
        sent = client.post(HOOK, json=call).json()["cards"]
        eventually(lambda: len(rows(engine, "evaluation")) == 1)
        health = client.get("/health").json()
    (row,) = rows(engine, "evaluation")
    assert (row["service"], row["hook"]) == ("hormone-monitoring-patient-view", "patient-view")
    assert row["instance"] == call["hookInstance"]
    assert row["knowledge"] == health["knowledge"]
    assert "testosterone-men@" in row["protocols"]
    assert "MT-HCT-01" in row["raised"].split()
    assert row["unknown"].split()
    assert row["clear"] > 10
    assert row["absent"] == "statements"
    assert "labs" in row["sent"].split()
    assert row["milliseconds"] > 0
    assert HASH.fullmatch(row["patient"])
    assert HASH.fullmatch(row["user"])
    kept = {card["uuid"]: card for card in rows(engine, "card")}
    assert set(kept) == {card["uuid"] for card in sent}
    first = kept[sent[0]["uuid"]]
    assert (first["check"], first["topic"], first["indicator"]) == ("MT-HCT-01", "MTHCT01", "critical")
    assert first["evaluation"] == row["id"]
    assert first["protocol_version"]


def test_a_retry_is_two_evaluations_and_its_cards_are_kept_once(database: str, engine: Engine) -> None:
    call = call_for()
    with remembering(database) as client:
        answers = [client.post(HOOK, json=call).json() for _ in range(2)]
    assert answers[0] == answers[1]
    assert len(rows(engine, "evaluation")) == 2
    assert len(rows(engine, "card")) == len(answers[0]["cards"])


def test_feedback_is_kept_as_often_as_it_was_told(database: str, engine: Engine) -> None:
    with remembering(database) as client:
        card = cards(client)[0]["uuid"]
        accepted = item(card, "accepted", acceptedSuggestions=[{"id": card}])
        commented = item(card, overrideReason={"userComment": "Herr Beispiel will das nicht"})
        answer = tell(client, accepted, override(card), override(card), commented, item(card))
        assert (answer.status_code, answer.json()) == (200, {"received": 5})
    kept: list[Any] = [
        (row["outcome"], row["reason"], bool(row["commented"]), row["suggestions"]) for row in rows(engine, "feedback")
    ]
    assert sorted(kept) == [
        ("accepted", "", False, card),
        ("overridden", "", False, ""),
        ("overridden", "", True, ""),
        ("overridden", "patient-contraindication", False, ""),
        ("overridden", "patient-contraindication", False, ""),
    ]


def test_what_waits_is_written_at_the_end(database: str, engine: Engine, monkeypatch: Any) -> None:
    monkeypatch.setattr(memory, "INTERVAL", 3600)
    with remembering(database) as client:
        cards(client)
        assert rows(engine, "evaluation") == []
        assert client.get("/health").json()["memory"] == {"waiting": 1, "lost": 0}
    assert len(rows(engine, "evaluation")) == 1
