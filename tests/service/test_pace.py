"""RATE_LIMIT: one caller's calls are bounded, others' are not touched by it."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import pytest
from starlette.types import Message, Receive, Scope, Send

from service.app import create_app
from service.pace import MOST_CALLERS, Pace
from service.settings import Settings
from tests.conftest import running


async def inside(scope: Scope, receive: Receive, send: Send) -> None:
    """What is paced."""
    await send({"type": "http.response.start", "status": 204, "headers": []})


class Paced:
    """Six calls a minute on a clock that only tests move."""

    def __init__(self) -> None:
        self.now = 0.0
        self.pace = Pace(inside, 6, lambda: self.now)

    def call(self, address: str | None = "10.0.0.7", path: str = "/evaluate", caller: Any = None) -> tuple[int, str]:
        """Status and Retry-After of a call."""
        scope: dict[str, Any] = {"type": "http", "method": "POST", "path": path, "state": {"caller": caller}}
        scope |= {"client": address and (address, 5), "headers": []}
        sent: list[Message] = []
        asyncio.run(self.pace(scope, no_body, noting(sent)))
        headers = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
        return sent[0]["status"], headers.get("retry-after", "")


async def no_body() -> Message:
    """Nothing."""
    return {"type": "http.request"}


def noting(sent: list[Message]) -> Send:
    """Keep what is sent."""

    async def send(message: Message) -> None:
        sent.append(message)

    return send


class Issuer:
    """A caller whose token held."""

    issuer = "https://ehr.example"


def test_a_burst_up_to_the_limit_passes_and_the_next_call_hears_when_to_come_again() -> None:
    paced = Paced()
    assert [paced.call()[0] for _ in range(6)] == [204] * 6
    assert paced.call() == (429, "10")
    paced.now = 9.0
    assert paced.call() == (429, "1")
    paced.now = 10.0
    assert paced.call() == (204, "")
    assert paced.call() == (429, "10")
    paced.now = 1000.0  # never more than the burst
    assert [paced.call()[0] for _ in range(7)] == [204] * 6 + [429]


OTHERS = [
    {"address": "10.0.0.8"},
    {"address": None},
    {"address": "testclient"},
    {"address": "2001:db8:1:2::1"},
    {"caller": Issuer()},
]


@pytest.mark.parametrize("other", OTHERS)
def test_one_callers_calls_leave_others_alone(other: dict[str, Any]) -> None:
    paced = Paced()
    assert [paced.call()[0] for _ in range(7)][-1] == 429
    assert [paced.call(**other)[0] for _ in range(7)] == [204] * 6 + [429]


@pytest.mark.parametrize("same", [("2001:db8:1:2::1", "2001:db8:1:2:ffff::1"), ("10.0.0.7", "10.0.0.7")])
def test_addresses_of_one_network_are_one_caller(same: tuple[str, str]) -> None:
    paced = Paced()
    assert [paced.call(same[place % 2])[0] for place in range(7)][-1] == 429


def test_an_issuer_is_one_caller_wherever_it_calls_from() -> None:
    paced = Paced()
    assert [paced.call(f"10.0.0.{place}", caller=Issuer())[0] for place in range(7)][-1] == 429


def test_the_memory_of_callers_is_bounded() -> None:
    paced = Paced()
    for place in range(MOST_CALLERS + 10):
        paced.pace._spend(str(place))
    assert len(paced.pace._callers) == MOST_CALLERS


def test_health_is_always_answered() -> None:
    with running(create_app(Settings(rate_limit=1))) as address:
        statuses = [httpx.get(f"{address}/health", trust_env=False).status_code for _ in range(3)]
    assert statuses == [200] * 3
