"""RATE_LIMIT: one caller's calls are bounded, others' are not touched by it."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service.app import create_app
from service.http.pace import MOST_CALLERS, Pace, Paced
from service.site.settings import Settings
from service.trust.distrust import Distrust, Why
from service.trust.guard import Guard
from service.trust.ledger import InMemory, Ledger
from service.trust.verify import Caller, Proven
from tests.conftest import running
from tests.service.trust.tokens import ISSUER, Signer, bearer, key_set


async def inside(scope: Scope, receive: Receive, send: Send) -> None:
    """What is paced."""
    await send({"type": "http.response.start", "status": 204, "headers": []})


class Calls:
    """Six calls a minute on a clock that only tests move."""

    def __init__(self) -> None:
        self.now = 0.0
        self.pace = Pace(6, lambda: self.now)
        self.app: ASGIApp = Paced(inside, self.pace)

    def call(
        self, address: str | None = "10.0.0.7", path: str = "/evaluate", caller: Any = None, token: str = ""
    ) -> tuple[int, str]:
        """Status and Retry-After of a call."""
        state = {} if caller is None else {"caller": caller}
        scope: dict[str, Any] = {"type": "http", "method": "POST", "path": path, "state": state}
        scope |= {"client": address and (address, 5), "headers": []}
        if token:
            scope["headers"] = [(b"authorization", f"Bearer {token}".encode())]
        sent: list[Message] = []
        asyncio.run(self.app(scope, no_body, noting(sent)))
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
    paced = Calls()
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
    paced = Calls()
    assert [paced.call()[0] for _ in range(7)][-1] == 429
    assert [paced.call(**other)[0] for _ in range(7)] == [204] * 6 + [429]


@pytest.mark.parametrize("same", [("2001:db8:1:2::1", "2001:db8:1:2:ffff::1"), ("10.0.0.7", "10.0.0.7")])
def test_addresses_of_one_network_are_one_caller(same: tuple[str, str]) -> None:
    paced = Calls()
    assert [paced.call(same[place % 2])[0] for place in range(7)][-1] == 429


def test_an_issuer_is_one_caller_wherever_it_calls_from() -> None:
    paced = Calls()
    assert [paced.call(f"10.0.0.{place}", caller=Issuer())[0] for place in range(7)][-1] == 429


def test_the_memory_of_callers_is_bounded() -> None:
    paced = Calls()
    for place in range(MOST_CALLERS + 10):
        paced.pace.spend(str(place))
    assert len(paced.pace._callers) == MOST_CALLERS


def test_health_is_always_answered() -> None:
    with running(create_app(Settings(rate_limit=1))) as address:
        statuses = [httpx.get(f"{address}/health", trust_env=False).status_code for _ in range(3)]
    assert statuses == [200] * 3


class Trusting:
    """Looks at tokens as a verifier does, and counts them; a token is its issuer's name."""

    looked_at = 0

    async def verify(self, token: str, called: object) -> Proven:
        self.looked_at += 1
        if token == "forged":
            raise Distrust(Why.SIGNATURE)
        return Proven(Caller(token, None), str(self.looked_at), 2e9)


class Guarded(Calls):
    """The same behind a guard."""

    def __init__(self) -> None:
        super().__init__()
        self.verifier = Trusting()
        self.app = Guard(self.app, self.verifier, Ledger(InMemory()), (), pace=self.pace)  # type: ignore[arg-type]


@pytest.mark.parametrize("token", ["", "forged"])
def test_calls_that_prove_nothing_are_bounded_by_address_before_a_token_is_looked_at(token: str) -> None:
    guarded = Guarded()
    assert [guarded.call(token=token)[0] for _ in range(6)] == [401] * 6
    looked_at = guarded.verifier.looked_at
    assert guarded.call(token=token) == (429, "10")
    assert guarded.call(token="https://ehr.example") == (429, "10")  # nobody can tell it from a forged one unseen
    assert guarded.verifier.looked_at == looked_at
    assert guarded.call("10.0.0.8", token=token)[0] == 401
    assert guarded.call("10.0.0.8", token="https://ehr.example")[0] == 204
    guarded.now = 10.0
    assert guarded.call(token="https://ehr.example")[0] == 204


def test_a_token_that_holds_uses_up_its_issuers_calls_and_not_its_addresses() -> None:
    guarded = Guarded()
    for issuer in ("https://one.example", "https://two.example"):
        assert [guarded.call(token=issuer)[0] for _ in range(7)] == [204] * 6 + [429]
    assert guarded.call(token="forged")[0] == 401


def test_a_flood_without_tokens_is_answered_with_429_by_the_whole_service(tmp_path: Path) -> None:
    signer, keys = Signer(), tmp_path / "keys.json"
    keys.write_bytes(key_set(signer))
    settings = Settings(jwt="required", jwt_issuers=(ISSUER,), jwt_keys=(f"{ISSUER}={keys}",), rate_limit=3)
    with running(create_app(settings)) as address, httpx.Client(base_url=address, trust_env=False) as client:
        good = bearer(signer.token(f"{address}/cds-services"))
        assert client.get("/cds-services", headers=good).status_code == 200
        answers = [client.get("/cds-services", headers=good | {"Origin": "https://ehr.example"}) for _ in range(4)]
        assert [answer.status_code for answer in answers] == [401] * 3 + [429]  # used before: it proves nothing
        assert answers[-1].headers["access-control-allow-origin"] == "*"
        assert int(answers[-1].headers["retry-after"]) > 0
        assert client.get("/health").status_code == 200


@pytest.mark.parametrize(
    ("trusted", "statuses"), [("127.0.0.1", [200, 200, 429, 200]), ("10.9.9.9", [200, 200, 429, 429])]
)
def test_who_calls_is_believed_of_the_named_proxy_alone(
    monkeypatch: pytest.MonkeyPatch, trusted: str, statuses: list[int]
) -> None:
    """Behind it each client has its own allowance; of anyone else the header is a lie that would give a new one."""
    monkeypatch.setenv("FORWARDED_ALLOW_IPS", trusted)
    with (
        running(create_app(Settings(rate_limit=2))) as address,
        httpx.Client(base_url=address, trust_env=False) as proxy,
    ):
        callers = ("203.0.113.1", "203.0.113.1", "203.0.113.1", "203.0.113.2")
        answers = [proxy.get("/cds-services", headers={"X-Forwarded-For": caller}) for caller in callers]
    assert [answer.status_code for answer in answers] == statuses
