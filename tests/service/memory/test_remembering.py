"""Every answer is remembered after it was given: what was raised and sent, to whom as a hash, no word of a chart."""

from __future__ import annotations

import re
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import Engine

from service import evaluation, hooks
from service.ehr.ehr import Ehr
from service.examples.chart import chart_json
from service.http.watch import Watch
from service.memory import memory
from service.operating.counts.counting import Counting
from service.site.settings import Settings
from service.site.site import InForce
from tests.conftest import running
from tests.engine import site
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

JSON = {"Content-Type": "application/json"}
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


@pytest.mark.parametrize("door", [HOOK, "/evaluate"])
def test_a_fault_while_an_answer_is_noted_does_not_take_it_from_the_caller(
    door: str, caplog: pytest.LogCaptureFixture
) -> None:
    class Failing(Counting):
        is_on = True

        def judged(self, *told: object) -> None:
            raise ZeroDivisionError

    in_force, app = InForce(site(), counting=Failing()), FastAPI()
    hooks.lay_routes(app, in_force, Ehr(Settings(), Counting()))
    evaluation.lay_routes(app, in_force)
    app.add_middleware(Watch, most=10)
    sent = {"json": call_for()} if door == HOOK else {"content": chart_json("hematocrit"), "headers": JSON}
    with running(app) as address, httpx.Client(base_url=address, trust_env=False) as client:
        answer = client.post(door, **sent)
    assert answer.status_code == 200
    assert "MT-HCT-01" in answer.text or answer.json()["cards"]
    assert "fault ZeroDivisionError in" in caplog.text


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
