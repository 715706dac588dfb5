"""A running service with a memory, asked as an EHR and told as one."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import httpx
import msgspec
from sqlalchemy import Engine, text

from cds_hooks.wire.discovery import PATIENT_VIEW, discover
from service.app import create_app
from service.examples.chart import DEMO_DAY, read_charts
from service.examples.ehr import hook_call
from service.site.settings import Settings
from tests.conftest import running
from tests.engine import site

HOOK = "/cds-services/hormone-monitoring-patient-view"
KEY = "a key of more than sixteen characters"
AT = f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%S.000Z}"
Card = dict[str, Any]


def call_for(chart: str = "unit", user: str = "Practitioner/1", **more: Any) -> dict[str, Any]:
    """A call an EHR makes for one of the demo's charts, with a new id."""
    found = next(one for one in read_charts(DEMO_DAY) if one.name == chart)
    service = discover(site().knowledge.vocabulary).find(PATIENT_VIEW)
    call = hook_call(msgspec.to_builtins(service), found)
    context = call["context"] | {"userId": user}
    return call | {"hookInstance": str(uuid4()), "context": context} | more


@contextmanager
def remembering(database: str, **settings: Any) -> Iterator[httpx.Client]:
    """A client of a service with a memory in `database`."""
    chosen = Settings(**{"database_url": database, "unmapped_patients": 1, "hash_key": KEY} | settings)
    with (
        running(create_app(chosen)) as address,
        httpx.Client(base_url=address, trust_env=False, timeout=30) as client,
    ):
        yield client


def cards(client: httpx.Client, **asked: Any) -> list[Card]:
    """The cards of one call."""
    found: list[Card] = client.post(HOOK, json=call_for(**asked)).raise_for_status().json()["cards"]
    return found


def topics(found: list[Card]) -> list[str]:
    """The static code of each card."""
    return [card["source"]["topic"]["code"] for card in found]


def item(card: str, outcome: str = "overridden", at: str = AT, **more: Any) -> dict[str, Any]:
    """One item of feedback."""
    return {"card": card, "outcome": outcome, "outcomeTimestamp": at} | more


def override(card: str, reason: str = "patient-contraindication", **more: Any) -> dict[str, Any]:
    """An override with a reason from the card's list."""
    return item(card, overrideReason={"reason": {"code": reason}}, **more)


def tell(client: httpx.Client, *items: dict[str, Any]) -> httpx.Response:
    """Report on cards."""
    return client.post(f"{HOOK}/feedback", json={"feedback": list(items)})


def rows(engine: Engine, table: str) -> list[dict[str, Any]]:
    """All rows of a table, as stored."""
    with engine.connect() as connection:
        return [dict(row) for row in connection.execute(text(f'SELECT * FROM "{table}"')).mappings()]


def eventually(holds: Callable[[], bool]) -> None:
    """Wait until something is so."""
    deadline = time.monotonic() + 60
    while not holds():
        assert time.monotonic() < deadline, "it never came to be"
        time.sleep(0.02)
