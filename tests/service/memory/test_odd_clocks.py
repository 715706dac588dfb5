"""A client whose clock is wrong can neither stop the memory nor the answers about a patient."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from sqlalchemy import Engine

from service.memory.entries import Reported
from service.memory.waiting import Waiting
from service.memory.writer import Writer
from tests.service.memory.asking import cards, eventually, override, remembering, rows, tell, topics

ODD = [
    "0001-01-01T00:00:00Z",
    "0001-01-01T00:00:00+10:00",
    "1970-01-01T00:00:00Z",
    "9999-12-31T23:59:59-23:59",
]


@pytest.mark.parametrize("at", ODD)
def test_feedback_of_any_time_is_kept_and_silences_as_of_now(database: str, engine: Engine, at: str) -> None:
    settings: dict[str, Any] = {"silence_overridden": 90, "timezone": "America/New_York"}
    with remembering(database, **settings) as client:
        shown = next(card["uuid"] for card in cards(client) if card["source"]["topic"]["code"] == "DQUNIT01")
        cards(client)  # others that nobody reported on
        assert tell(client, override(shown, at=at)).status_code == 200
        eventually(lambda: len(rows(engine, "feedback")) == 1)
        assert client.get("/health").json()["database"] == "ok"
        assert "DQUNIT01" not in topics(cards(client))
        assert client.get("/health").json()["memory"]["lost"] == 0


def test_a_moment_that_no_database_holds_keeps_nothing_waiting(engine: Engine) -> None:
    waits = Waiting()
    reported = Reported(
        id=1,
        card="6f1c0f0e-4a0e-5c3b-9b53-1f8f0b7c2a10",
        service="s",
        outcome="accepted",
        at=datetime.max.replace(tzinfo=timezone(timedelta(hours=-12))),
        received=datetime.now(UTC),
        suggestions="",
        reason="",
        commented=False,
    )
    assert waits.report([reported])
    writing = Writer(engine, waits, timedelta(days=1))
    writing.step()
    assert (len(waits), waits.lost, writing.is_away) == (0, 1, False)
