"""The answers to every situation, from a server whose cards have links; asked once and judged by many tests."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import httpx
import pytest

from cds_hooks.wire.discovery import ENCOUNTER_START, ORDER_SELECT, ORDER_SIGN, PATIENT_VIEW, REFILL, RESPONSE
from service.app import create_app
from service.site.settings import Settings
from tests.conformance.situations import NAMES, Call, calls
from tests.conftest import running

PUBLIC_URL = "https://cds.example/hormones"


class Answer(NamedTuple):
    """A call, and what came back."""

    call: Call
    response: httpx.Response

    @property
    def cards(self) -> list[dict[str, Any]]:
        """The cards of the answer."""
        found: list[dict[str, Any]] = self.response.json()["cards"]
        return found


@pytest.fixture(scope="session")
def linked() -> Iterator[httpx.Client]:
    """A client of a server that knows its public address."""
    app = create_app(Settings(public_url=PUBLIC_URL))
    with running(app) as address, httpx.Client(base_url=address, trust_env=False, timeout=10) as client:
        yield client


@pytest.fixture(
    scope="session",
    params=[PATIENT_VIEW, ORDER_SELECT, ORDER_SIGN, REFILL, ENCOUNTER_START, RESPONSE],
)
def offered(client: httpx.Client, request: pytest.FixtureRequest) -> dict[str, Any]:
    """Each service that discovery lists: what is true of one is true of all."""
    services: list[dict[str, Any]] = client.get("/cds-services").json()["services"]
    return next(service for service in services if service["id"] == request.param)


@pytest.fixture(scope="session")
def address(offered: dict[str, Any]) -> str:
    """Where the service is called."""
    return f"/cds-services/{offered['id']}"


@pytest.fixture(scope="session")
def answers(linked: httpx.Client, offered: dict[str, Any], address: str) -> dict[str, Answer]:
    """Every situation's answer by name."""
    return {name: Answer(call, linked.post(address, json=call)) for name, call in calls(offered).items()}


@pytest.fixture(params=NAMES)
def answer(answers: dict[str, Answer], request: pytest.FixtureRequest) -> Answer:
    """The answer to one situation."""
    return answers[request.param]


@pytest.fixture
def cards(answer: Answer) -> list[dict[str, Any]]:
    """The cards of one situation."""
    return answer.cards
