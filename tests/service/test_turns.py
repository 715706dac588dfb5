"""Calls wait for their turn in a short line, whoever cannot be answered soon is refused, and batches leave room."""

from __future__ import annotations

import asyncio
import gzip
import json
from collections import Counter
from collections.abc import Callable, Coroutine, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from cds_hooks.refusal import Refusal
from service import evaluation, hooks
from service.app import create_app
from service.ehr.ehr import Ehr
from service.examples.chart import chart_json
from service.http.turns import PART, Turns
from service.memory.memory import Memory
from service.operating.counts.counting import Counting
from service.site.settings import Settings
from service.site.site import InForce
from service.storage.database import open_database
from tests.conftest import running
from tests.engine import site
from tests.service.memory.asking import HOOK, KEY, call_for

BATCH = "/fhir/$hormone-monitoring"
NDJSON = {"Content-Type": "application/fhir+ndjson"}


class Working:
    """Turns on a clock that only work moves."""

    def __init__(self, most: float = 2.0) -> None:
        self.now = 0.0
        self.done: list[str] = []
        self.turns = Turns(most, lambda: self.now)

    async def call(self, seconds: float = 1.0) -> None:
        """One call, its work in its turn."""
        await self.turns.call()
        self._work("call", seconds)

    async def batch(self, lines: int, seconds: float = 1.0) -> None:
        """A batch, each line in its turn."""
        for _ in range(lines):
            await self.turns.line()
            self._work("line", seconds)

    def _work(self, what: str, seconds: float) -> None:
        self.done.append(what)
        self.now += seconds


def together(*work: Coroutine[Any, Any, None]) -> list[BaseException | None]:
    """What each of these ended with, begun in this order."""

    async def all_of_it() -> list[BaseException | None]:
        return await asyncio.gather(*work, return_exceptions=True)

    return asyncio.run(all_of_it())


def test_calls_go_in_the_order_in_which_they_came() -> None:
    order: list[int] = []
    turns = Turns()

    async def call(number: int) -> None:
        await turns.call()
        order.append(number)

    together(*[call(number) for number in range(20)])
    assert order == list(range(20))


def test_who_would_wait_longer_than_is_stated_is_refused() -> None:
    working = Working(most=4 * (1 + PART))
    together(working.call(), working.call())  # from now on a turn is known to take a second
    ended = together(*[working.call() for _ in range(8)])
    assert ended[:6] == [None] * 6  # one at once, five wait: more than is stated is expected now
    assert [(type(one), getattr(one, "status", None)) for one in ended[6:]] == [(Refusal, 503)] * 2
    assert together(working.call()) == [None]


def test_one_odd_turn_does_not_have_others_refused_and_many_do() -> None:
    working = Working(most=10)
    together(*[working.call(0.1) for _ in range(20)])
    together(working.call(0.1), working.call(30.0))
    assert set(together(*[working.call(0.1) for _ in range(20)])) == {None}
    together(*[working.call(3.0) for _ in range(20)])
    assert Refusal in map(type, together(*[working.call(3.0) for _ in range(20)]))


async def in_two_parts(working: Working, name: str, first: float = 1.0, rest: float = 1.0, rounds: int = 1) -> None:
    """A call that waits for something else between two parts of its work."""
    await working.turns.call()
    working._work(f"{name} begins", first)
    for _ in range(rounds):
        await asyncio.sleep(0)
    await working.turns.again()
    working._work(f"{name} ends", rest)


def test_a_call_that_waited_for_something_else_goes_on_before_those_that_have_not_begun() -> None:
    working = Working(most=1000)
    together(in_two_parts(working, "a", rounds=8), *[working.call() for _ in range(4)])
    came_back = working.done.index("a ends")
    assert working.done[0] == "a begins"
    assert "call" in working.done[1:came_back]
    assert "call" in working.done[came_back:]


def test_a_call_that_did_not_wait_still_has_its_turn() -> None:
    working = Working(most=1000)
    together(*[in_two_parts(working, name, rounds=0) for name in "abc"])
    assert working.done == [f"{name} {part}" for name in "abc" for part in ("begins", "ends")]


def test_what_is_judged_after_a_wait_counts_for_how_long_others_have_to_wait_and_is_not_refused() -> None:
    working = Working(most=4 * (1 + PART))
    assert set(together(*[in_two_parts(working, "a", 0.01, 0.01) for _ in range(5)])) == {None}
    for _ in range(60):  # from now on a call is known to take a second, hardly any of it before it waits
        together(*[in_two_parts(working, "a", 0.01, 1.0) for _ in range(3)])
    ended = together(*[in_two_parts(working, "a", 0.01, 1.0) for _ in range(12)])
    assert ended[:4] == [None] * 4
    assert [(type(one), getattr(one, "status", None)) for one in ended[7:]] == [(Refusal, 503)] * 5


def test_lines_get_their_tenth_beside_calls_that_wait_for_something_else() -> None:
    working = Working(most=1000)
    together(working.batch(100, 1.0), *[in_two_parts(working, "a", 0.5, 0.5) for _ in range(90)])
    last_call = len(working.done) - working.done[::-1].index("a ends")
    assert abs(Counter(working.done[:last_call])["line"] - 10) <= 2


@pytest.mark.parametrize(("settings", "turns"), [({}, 1), ({"silence_overridden": 90, "hash_key": KEY}, 2)])
@pytest.mark.parametrize("door", [HOOK, "/evaluate"])
def test_whoever_waited_for_the_memory_is_judged_in_a_turn(
    tmp_path: Path, door: str, settings: dict[str, Any], turns: int
) -> None:
    taken: list[object] = []

    class Counted(Turns):
        async def _take(self, waiting: Any) -> None:
            taken.append(waiting)
            await super()._take(waiting)

    engine = open_database(f"sqlite:///{tmp_path / 'memory.sqlite3'}")
    chosen = Settings(**settings)
    in_force = InForce(site(), memory=Memory(chosen, engine))
    inner = FastAPI()
    hooks.lay_routes(inner, in_force, Ehr(chosen, Counting()))
    evaluation.lay_routes(inner, in_force)

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await inner({**scope, "state": {"turns": Counted()}}, receive, send)

    async def ask() -> httpx.Response:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://x") as client:
            if door == HOOK:
                return await client.post(HOOK, json=call_for())
            headers = {"Content-Type": "application/json"}
            return await client.post("/evaluate?user=u", content=chart_json("hematocrit"), headers=headers)

    assert asyncio.run(ask()).status_code == 200
    assert len(taken) == turns
    engine.dispose()


def test_a_caller_that_goes_away_while_waiting_costs_nobody_a_turn() -> None:
    async def all_of_it(working: Working) -> None:
        first, gone, last = [asyncio.create_task(working.call()) for _ in range(3)]
        await asyncio.sleep(0)
        gone.cancel()
        await asyncio.gather(first, last)
        await working.call()

    working = Working()
    asyncio.run(all_of_it(working))
    assert working.done == ["call"] * 3


@pytest.mark.parametrize(("line", "lines_among_calls"), [(1.0, 10), (5.0, 2), (0.5, 20)])
def test_lines_of_batches_get_a_tenth_of_the_time_while_calls_wait(line: float, lines_among_calls: int) -> None:
    working = Working(most=1000)
    together(working.batch(100, line), *[working.call() for _ in range(90)])
    last_call = len(working.done) - working.done[::-1].index("call")
    assert abs(Counter(working.done[:last_call])["line"] - lines_among_calls) <= 1
    assert working.done[last_call:] == ["line"] * (100 - Counter(working.done[:last_call])["line"])


def test_a_batch_that_had_all_the_time_while_nobody_else_came_is_not_made_to_pay_for_it() -> None:
    working = Working(most=1000)
    together(working.batch(50))
    together(working.batch(100), *[working.call() for _ in range(90)])
    last_call = len(working.done) - working.done[::-1].index("call")
    assert abs(Counter(working.done[:last_call])["line"] - 60) <= 1


def test_two_batches_share_what_one_would_have() -> None:
    working = Working(most=1000)
    together(working.batch(100), working.batch(100), *[working.call() for _ in range(90)])
    last_call = len(working.done) - working.done[::-1].index("call")
    assert abs(Counter(working.done[:last_call])["line"] - 10) <= 2


@pytest.fixture(scope="module")
def narrow() -> Iterator[str]:
    """The address of a service where nobody is to wait long, with room for one batch."""
    with running(create_app(Settings(max_wait=0.001, max_concurrent=4))) as address:
        yield address


def many(address: str, times: int, ask: Callable[[httpx.AsyncClient], Any]) -> list[httpx.Response]:
    """Answers to calls that are made at once."""

    async def all_of_it() -> list[httpx.Response]:
        limits = httpx.Limits(max_connections=times)
        async with httpx.AsyncClient(base_url=address, trust_env=False, timeout=60, limits=limits) as client:
            return await asyncio.gather(*[ask(client) for _ in range(times)])

    return asyncio.run(all_of_it())


def test_a_flood_is_answered_in_part_and_refused_in_part_and_then_it_is_as_before(narrow: str) -> None:
    call = call_for()
    answers = many(narrow, 40, lambda client: client.post(HOOK, json=call))
    statuses = Counter(answer.status_code for answer in answers)
    assert set(statuses) == {200, 503}
    for refused in (answer for answer in answers if answer.status_code == 503):
        assert refused.headers["retry-after"] == "1"
        assert refused.json()["issue"][0]["code"] == "throttled"
    with httpx.Client(base_url=narrow, trust_env=False, timeout=30) as client:
        assert client.post(HOOK, json=call).status_code == 200


def line(patient: str) -> bytes:
    """One patient's Bundle on a line."""
    return json.dumps(json.loads(chart_json("hematocrit"))).replace("demo-hematocrit", patient).encode()


def test_batches_take_a_quarter_of_the_places_and_single_calls_are_answered_beside_them(narrow: str) -> None:
    async def body(begun: asyncio.Event, go: asyncio.Event) -> Any:
        yield line("p1") + b"\n"
        begun.set()
        await go.wait()

    async def all_of_it() -> tuple[httpx.Response, httpx.Response, httpx.Response]:
        async with httpx.AsyncClient(base_url=narrow, trust_env=False, timeout=60) as client:
            begun, go = asyncio.Event(), asyncio.Event()
            first = asyncio.create_task(client.post(BATCH, content=body(begun, go), headers=NDJSON))
            await begun.wait()
            async with asyncio.timeout(30):
                while (second := await client.post(BATCH, content=line("p2"), headers=NDJSON)).status_code == 200:
                    await asyncio.sleep(0.01)
            beside = await client.post(HOOK, json=call_for())
            go.set()
            return await first, second, beside

    first, second, beside = asyncio.run(all_of_it())
    assert (first.status_code, second.status_code, beside.status_code) == (200, 503, 200)
    assert second.headers["retry-after"] == "1"
    assert second.json()["issue"][0]["diagnostics"].startswith("Too many batches")


def test_a_bomb_of_gzip_is_refused_before_it_is_unpacked_and_takes_no_place_with_it(narrow: str) -> None:
    bomb = gzip.compress(b" " * 200_000_000)
    headers = {"Content-Type": "application/json", "Content-Encoding": "gzip"}
    with httpx.Client(base_url=narrow, trust_env=False, timeout=30) as client:
        for _ in range(5):
            assert client.post("/evaluate", content=bomb, headers=headers).status_code == 413
        assert client.post(HOOK, json=call_for()).status_code == 200
