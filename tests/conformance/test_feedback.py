"""Feedback is taken beside every service that discovery lists, about known and unknown cards."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import httpx
import pytest


@pytest.mark.requirement("F1")
@pytest.mark.requirement("F8")
def test_every_service_takes_feedback(client: httpx.Client) -> None:
    for service in client.get("/cds-services").json()["services"]:
        told = {"card": str(uuid4()), "outcome": "overridden", "outcomeTimestamp": "2026-09-04T15:00:00.000Z"}
        answer = client.post(f"/cds-services/{service['id']}/feedback", json={"feedback": [told, told]})
        assert (answer.status_code, answer.json()) == (200, {"received": 2})


@pytest.mark.requirement("F3")
def test_a_wrong_item_is_refused_by_name(client: httpx.Client, offered: dict[str, Any]) -> None:
    answer = client.post(f"/cds-services/{offered['id']}/feedback", json={"feedback": [{"card": "x"}]})
    assert answer.status_code == 400
    assert answer.json()["issue"][0]["expression"] == ["feedback[0].outcome"]


def test_too_many_items_are_refused(client: httpx.Client, offered: dict[str, Any]) -> None:
    told = {"card": "x", "outcome": "overridden", "outcomeTimestamp": "2026-09-04T15:00:00Z"}
    suggestions = {"acceptedSuggestions": [{"id": "s"}] * 7_000}
    answer = client.post(f"/cds-services/{offered['id']}/feedback", json={"feedback": [told | suggestions] * 3})
    assert answer.status_code == 413
