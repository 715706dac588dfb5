"""A token is taken once, over processes and restarts; while that cannot be known, nothing is taken."""

from __future__ import annotations

import asyncio
import logging
import sqlite3
import time
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, text

from service.storage.database import open_database
from service.trust import ledger as ledgers
from service.trust.ledger import DOUBT, GRACE, Clock, Ledger, LedgerAway, open_ledger
from tests.service.databases import postgres

NOW = 1_800_000_000
Story = Callable[[Ledger], Coroutine[Any, Any, None]]


@contextmanager
def opened(address: str) -> Iterator[tuple[Engine, Ledger]]:
    engine = open_database(address)
    ledger = open_ledger(engine)
    try:
        yield engine, ledger
    finally:
        ledger.close()
        engine.dispose()


@pytest.fixture(params=["memory", "sqlite", "postgresql"])
def address(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Where a ledger may be."""
    if request.param == "memory":
        return "sqlite://"
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'ledger.sqlite3'}"
    server = request.getfixturevalue("postgres_server")
    name = f"l{abs(hash(request.node.nodeid))}"
    server.psql(f"CREATE DATABASE {name};")
    return str(server.get_uri(database=name))


def tell(address: str, story: Story) -> None:
    """What happens to a ledger there."""
    with opened(address) as (_, ledger):
        asyncio.run(story(ledger))


def test_a_token_is_taken_once(address: str) -> None:
    async def story(ledger: Ledger) -> None:
        assert await ledger.enter("https://a.example", "1", NOW)
        assert not await ledger.enter("https://a.example", "1", NOW)
        assert not await ledger.enter("https://a.example", "1", NOW + 60)
        assert await ledger.enter("https://a.example", "2", NOW)
        assert await ledger.enter("https://b.example", "1", NOW)
        assert await ledger.enter("https://a.example", "ä" * 4000, NOW + 0.5)

    tell(address, story)


def test_of_many_calls_with_one_token_one_is_taken(address: str) -> None:
    async def story(ledger: Ledger) -> None:
        entered = await asyncio.gather(*(ledger.enter("https://a.example", f"{n % 5}", NOW) for n in range(50)))
        assert sum(entered) == 5

    tell(address, story)


def test_what_was_used_stays_used_after_a_restart_and_for_other_processes(database: str) -> None:
    async def first(ledger: Ledger) -> None:
        assert await ledger.enter("https://a.example", "1", NOW)

    async def second(ledger: Ledger) -> None:
        assert not await ledger.enter("https://a.example", "1", NOW)

    with opened(database) as (_, beside):
        tell(database, first)
        tell(database, second)
        asyncio.run(second(beside))


def test_two_ledgers_that_write_at_once_lose_nothing(database: str) -> None:
    async def story(one: Ledger, other: Ledger) -> None:
        calls = [ledger.enter("https://a.example", f"{n}", NOW) for n in range(100) for ledger in (one, other)]
        assert sum(await asyncio.gather(*calls)) == 100

    with opened(database) as (_, one), opened(database) as (_, other):
        asyncio.run(story(one, other))


def test_what_has_ended_is_forgotten_after_a_while(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ledgers, "INTERVAL", 0.01)
    ended, counts = time.time() - GRACE - 10, time.time() - GRACE + 60

    async def story(ledger: Ledger) -> None:
        assert await ledger.enter("https://a.example", "ended", ended)
        assert await ledger.enter("https://a.example", "counts", counts)
        async with ledger.keeping():
            while not await ledger.enter("https://a.example", "ended", ended):
                await asyncio.sleep(0.01)
            assert not await ledger.enter("https://a.example", "counts", counts)

    tell(address, story)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "ledger.sqlite3"


def test_while_another_process_writes_the_token_waits_its_turn_and_others_are_answered(file: Path) -> None:
    async def story(ledger: Ledger) -> None:
        await ledger.enter("https://a.example", "0", NOW)
        with sqlite3.connect(file, isolation_level=None) as writer:
            writer.execute("BEGIN IMMEDIATE")
            waiting = asyncio.create_task(ledger.enter("https://a.example", "1", NOW))
            for _ in range(3):
                await asyncio.sleep(0.005)
            assert not waiting.done()
            writer.execute("COMMIT")
        assert await waiting
        assert not await ledger.enter("https://a.example", "1", NOW)

    tell(f"sqlite:///{file}", story)


def test_who_waits_too_long_is_not_let_in(
    file: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(ledgers, "PATIENCE", 0.05)

    async def story(ledger: Ledger) -> None:
        with sqlite3.connect(file, isolation_level=None) as writer:
            writer.execute("BEGIN IMMEDIATE")
            for _ in range(2):
                with pytest.raises(LedgerAway):
                    await ledger.enter("https://a.example", "1", NOW)
            writer.execute("COMMIT")
        assert await ledger.enter("https://a.example", "1", NOW)

    tell(f"sqlite:///{file}", story)
    assert caplog.text.count("used tokens cannot be written down (it takes too long)") == 1


def test_without_its_file_nothing_is_let_in_until_it_is_back(file: Path, caplog: pytest.LogCaptureFixture) -> None:
    async def story(ledger: Ledger) -> None:
        assert await ledger.enter("https://a.example", "1", NOW)
        away = file.rename(file.with_name("away"))
        for _ in range(2):
            with pytest.raises(LedgerAway):
                await ledger.enter("https://a.example", "2", NOW)
        assert not file.exists()
        away.rename(file)
        assert not await ledger.enter("https://a.example", "1", NOW)
        assert await ledger.enter("https://a.example", "2", NOW)

    tell(f"sqlite:///{file}", story)
    assert caplog.text.count("used tokens cannot be written down") == 1


def test_a_file_that_was_replaced_is_written_to_from_then_on(file: Path) -> None:
    async def story(ledger: Ledger) -> None:
        assert await ledger.enter("https://a.example", "1", NOW)
        file.with_name("new").rename(file)
        for end in ("-wal", "-shm"):
            file.with_name(file.name + end).unlink(missing_ok=True)
        assert await ledger.enter("https://a.example", "1", NOW)

    open_database(f"sqlite:///{file.with_name('new')}").dispose()
    tell(f"sqlite:///{file}", story)
    engine = open_database(f"sqlite:///{file}")
    with engine.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM used_token")).scalar_one() == 1
    engine.dispose()


def test_while_postgresql_is_down_nothing_is_let_in_and_then_again(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ledgers, "INTERVAL", 0.01)
    caplog.set_level(logging.INFO)

    async def story(ledger: Ledger) -> None:
        async with ledger.keeping():
            assert await ledger.enter("https://a.example", "1", NOW)
            await asyncio.to_thread(server.stop)
            for _ in range(2):
                with pytest.raises(LedgerAway):
                    await ledger.enter("https://a.example", "2", NOW)
            await asyncio.to_thread(server.start)
            assert not await ledger.enter("https://a.example", "1", NOW)
            assert await ledger.enter("https://a.example", "2", NOW)

    with postgres(tmp_path) as server:
        tell(str(server.get_uri()), story)
        assert server.get_uri() not in caplog.text


def test_looking_whether_it_is_written_leaves_one_row_at_most(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ledgers, "INTERVAL", 0.001)

    async def story(ledger: Ledger) -> None:
        async with ledger.keeping():
            await asyncio.sleep(0.2)  # many looks
        assert not ledger.is_away

    tell(f"sqlite:///{file}", story)
    with sqlite3.connect(file) as connection:
        assert connection.execute("SELECT count(*) FROM used_token").fetchone()[0] <= 1
    connection.close()


def test_a_connection_that_was_cut_is_made_anew(postgres_server: Any) -> None:
    postgres_server.psql("CREATE DATABASE cut;")
    with opened(str(postgres_server.get_uri(database="cut"))) as (_, ledger):

        async def story() -> None:
            assert await ledger.enter("https://a.example", "1", NOW)
            cut = (
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'cut' AND query LIKE 'INSERT%';"
            )
            await asyncio.to_thread(postgres_server.psql, cut)
            assert not await ledger.enter("https://a.example", "1", NOW)
            assert await ledger.enter("https://a.example", "2", NOW)

        asyncio.run(story())


class Hands:
    """Two clocks that only a test moves: one that people set, one that goes on."""

    def __init__(self) -> None:
        self.wall, self.steady = 1_800_000_000.0, 50.0
        self.clock = Clock(lambda: self.wall, lambda: self.steady)

    def pass_on(self, seconds: float, set_by: float = 0.0) -> float | None:
        """What the clock says after some seconds in which somebody set it."""
        self.steady += seconds
        self.wall += seconds + set_by
        return self.clock.time()


@pytest.mark.parametrize("set_by", [86_400, -86_400, GRACE, -GRACE])
def test_a_clock_that_was_set_is_in_doubt_for_a_day_so_that_nothing_is_forgotten_that_still_counts(set_by: int) -> None:
    hands = Hands()
    assert hands.pass_on(5) == hands.wall
    assert hands.pass_on(5, set_by) is None
    assert hands.pass_on(DOUBT - 6) is None
    assert hands.pass_on(6) == hands.wall


def test_a_clock_that_is_kept_right_by_small_steps_and_a_machine_that_slept_are_not_in_doubt() -> None:
    hands = Hands()
    assert [hands.pass_on(5, step) for step in (0.4, -0.4, 60, -60)] == [
        1_800_000_005.4,
        1_800_000_010.0,
        1_800_000_075.0,
        1_800_000_020.0,
    ]
    assert hands.pass_on(50_000) == hands.wall


def test_a_used_token_is_not_taken_again_when_the_clock_was_a_day_ahead_for_a_while(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ledgers, "INTERVAL", 0.01)
    hands = Hands()

    async def story() -> None:
        engine = open_database(f"sqlite:///{tmp_path / 'ledger.sqlite3'}")
        ledger = Ledger(ledgers.InSQLite(engine), hands.clock)
        async with ledger.keeping():
            assert await ledger.enter("https://a.example", "1", hands.wall + 300)
            hands.wall += 86_400
            await asyncio.sleep(0.2)  # many clearings
            hands.wall -= 86_400
            assert not await ledger.enter("https://a.example", "1", hands.wall + 300)
        engine.dispose()

    asyncio.run(story())
