"""An issuer's keys over real sockets: rotated, away, slow, broken, and asked for by many at once."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from service.outside.outside import Outside
from service.trust.distrust import Distrust, Why
from service.trust.key_source import KeySource, Terms
from service.trust.keys import MOST_BYTES, MOST_KEYS
from service.trust.token import Header
from service.trust.trusted import read_file
from tests.service.trust.key_server import KeyServer, publishing
from tests.service.trust.tokens import Signer, key_set

OLD, NEW = Signer(kid="old"), Signer(kid="new")
TERMS = Terms(fresh=600, usable=14_400, pause=10, patience=1)


class Clock:
    """Seconds that pass when a test says so."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def server() -> Iterator[KeyServer]:
    with publishing(key_set(OLD)) as server:
        yield server


@asynccontextmanager
async def source_at(server: KeyServer, clock: Callable[[], float]) -> AsyncIterator[KeySource]:
    """The source at a server's address, over the guarded way to the outside."""
    outside = Outside([server.url], most_bytes=MOST_BYTES)
    try:
        yield KeySource(server.url, outside.get, TERMS, clock)
    finally:
        await outside.close()


async def kid_had(source: KeySource, kid: str) -> str | Why:
    """The kid of the key found, or why there is none."""
    try:
        return (await source.key_for(Header("ES384", kid))).kid or ""
    except Distrust as distrust:
        return distrust.why


def on(server: KeyServer, story: Callable[[KeySource, Clock], Coroutine[Any, Any, None]]) -> None:
    """Runs a story about the source at a server."""

    async def told() -> None:
        clock = Clock()
        async with source_at(server, clock) as source:
            await story(source, clock)

    asyncio.run(told())


def test_keys_are_asked_for_once_for_many_tokens(server: KeyServer) -> None:
    async def story(source: KeySource, clock: Clock) -> None:
        assert [await kid_had(source, "old") for _ in range(5)] == ["old"] * 5

    on(server, story)
    assert server.asked == 1


def test_calls_at_the_same_time_share_one_request(server: KeyServer) -> None:
    server.delay = 0.05

    async def story(source: KeySource, clock: Clock) -> None:
        assert await asyncio.gather(*(kid_had(source, "old") for _ in range(50))) == ["old"] * 50

    on(server, story)
    assert server.asked == 1


def test_one_caller_that_goes_away_does_not_end_it_for_the_others(server: KeyServer) -> None:
    server.delay = 0.05

    async def story(source: KeySource, clock: Clock) -> None:
        impatient = asyncio.create_task(kid_had(source, "old"))
        patient = asyncio.create_task(kid_had(source, "old"))
        await asyncio.sleep(0)
        impatient.cancel()
        assert await patient == "old"

    on(server, story)
    assert server.asked == 1


@pytest.mark.requirement("J3")
def test_a_new_key_is_had_as_soon_as_a_token_names_it(server: KeyServer) -> None:
    async def story(source: KeySource, clock: Clock) -> None:
        assert await kid_had(source, "old") == "old"
        server.body = key_set(OLD, NEW)
        clock.now += TERMS.pause
        assert await kid_had(source, "new") == "new"

    on(server, story)
    assert server.asked == 2


def test_tokens_with_made_up_kids_do_not_make_us_ask_again_and_again(server: KeyServer) -> None:
    async def story(source: KeySource, clock: Clock) -> None:
        assert [await kid_had(source, f"made-up-{n}") for n in range(20)] == [Why.KEY] * 20
        clock.now += TERMS.pause - 0.1
        assert await kid_had(source, "made-up") == Why.KEY
        assert server.asked == 1
        clock.now += 0.2
        assert await kid_had(source, "made-up") == Why.KEY
        assert server.asked == 2

    on(server, story)


def test_a_withdrawn_key_counts_until_keys_are_asked_for_again(server: KeyServer) -> None:
    async def story(source: KeySource, clock: Clock) -> None:
        assert await kid_had(source, "old") == "old"
        server.body = key_set(NEW)
        assert await kid_had(source, "old") == "old"
        clock.now += TERMS.fresh + 1
        assert await kid_had(source, "old") == Why.KEY

    on(server, story)


def test_keys_past_half_their_time_are_renewed_while_nobody_waits(server: KeyServer) -> None:
    async def story(source: KeySource, clock: Clock) -> None:
        assert await kid_had(source, "old") == "old"
        server.body, server.delay = key_set(OLD, NEW), 0.05
        clock.now += TERMS.fresh / 2 + 1
        assert await kid_had(source, "old") == "old"
        assert await kid_had(source, "new") == "new"  # waits for who is asking
        assert server.asked == 2

    on(server, story)


def down(server: KeyServer) -> None:
    server.shutdown()
    server.server_close()


def says(body: bytes, status: int = 200) -> Callable[[KeyServer], None]:
    def say(server: KeyServer) -> None:
        server.body, server.status = body, status

    return say


def slow(server: KeyServer) -> None:
    server.delay = 1.5


def leads_elsewhere(server: KeyServer) -> None:
    server.status, server.headers = 302, {"Location": server.url}


BROKEN = {
    "down": down,
    "slow": slow,
    "not found": says(b"{}", 404),
    "failing": says(key_set(NEW), 500),
    "garbage": says(b"\x00\xff garbage"),
    "HTML": says(b"<!doctype html><title>Sign in</title>"),
    "empty": says(b""),
    "no keys": says(b'{"keys": []}'),
    "other keys only": says(b'{"keys": [{"kty": "oct", "k": "AAAA"}]}'),
    "huge": says(b'{"keys": [' + b" " * MOST_BYTES + key_set(NEW)[10:]),
    "a redirect": leads_elsewhere,
}


@pytest.mark.parametrize("break_it", BROKEN.values(), ids=BROKEN.keys())
def test_keys_count_on_while_their_address_does_not_answer_but_not_for_ever(
    server: KeyServer, break_it: Callable[[KeyServer], None], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "hormone_cds")

    async def story(source: KeySource, clock: Clock) -> None:
        assert await kid_had(source, "old") == "old"
        break_it(server)
        clock.now += TERMS.usable - 1
        assert await kid_had(source, "old") == "old"
        assert await kid_had(source, "new") == Why.KEY
        clock.now += 2 + TERMS.pause
        assert await kid_had(source, "old") == Why.KEYS_AWAY

    on(server, story)
    assert caplog.text.count("keys cannot be had from ") == 1


@pytest.mark.parametrize("break_it", BROKEN.values(), ids=BROKEN.keys())
def test_where_keys_were_never_had_no_token_holds(server: KeyServer, break_it: Callable[[KeyServer], None]) -> None:
    async def story(source: KeySource, clock: Clock) -> None:
        break_it(server)
        assert await kid_had(source, "old") == Why.KEYS_AWAY

    on(server, story)


def test_keys_are_had_again_when_their_address_is_back(server: KeyServer, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "hormone_cds")

    async def story(source: KeySource, clock: Clock) -> None:
        server.status = 503
        assert await kid_had(source, "old") == Why.KEYS_AWAY
        server.status = 200
        assert await kid_had(source, "old") == Why.KEYS_AWAY  # asked just now
        clock.now += TERMS.pause
        assert await kid_had(source, "old") == "old"

    on(server, story)
    assert "keys are had again from " in caplog.text


def test_of_a_set_with_too_many_keys_the_first_count(server: KeyServer) -> None:
    server.body = key_set(OLD, *[NEW] * MOST_KEYS)

    async def story(source: KeySource, clock: Clock) -> None:
        assert await kid_had(source, "old") == "old"

    on(server, story)


@pytest.mark.requirement("J6")
def test_keys_in_a_file_are_rotated_by_writing_it_anew(tmp_path: Path) -> None:
    file = tmp_path / "keys.json"
    file.write_bytes(key_set(OLD))

    async def story() -> None:
        clock = Clock()
        source = KeySource(str(file), read_file, TERMS, clock)
        assert await kid_had(source, "old") == "old"
        file.write_bytes(key_set(NEW))
        clock.now += TERMS.pause
        assert await kid_had(source, "new") == "new"
        assert await kid_had(source, "old") == Why.KEY
        file.unlink()
        clock.now += TERMS.fresh + 1
        assert await kid_had(source, "new") == "new"

    asyncio.run(story())
