"""A service whose memory fails answers the same, says so in its health, and loses no more than it promises."""

from __future__ import annotations

import asyncio
import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import Engine, event, text
from sqlalchemy.exc import DBAPIError, InterfaceError, InternalError, OperationalError, ProgrammingError

from service.memory import memory as recalling
from service.memory import waiting, writer
from service.memory.entries import Answered, Reported, SentCard
from service.memory.keyed import new_id
from service.memory.memory import Memory
from service.memory.waiting import Waiting
from service.memory.writer import Writer
from service.site.settings import Settings
from service.storage.database import open_database
from service.storage.evaluations import id_from
from tests.service.databases import postgres
from tests.service.memory.asking import (
    HOOK,
    KEY,
    call_for,
    cards,
    eventually,
    item,
    override,
    remembering,
    rows,
    tell,
    topics,
)

YEAR = timedelta(days=365)
CARD = "6f1c0f0e-4a0e-5c3b-9b53-1f8f0b7c2a10"  # that nobody sent


def entry(identity: int | None = None, patient: str = "p" * 32, raised: str = "MT-HCT-01") -> Answered:
    """An evaluation that waits."""
    made = new_id() if identity is None else identity
    return Answered(
        id=made,
        at=datetime.now(UTC),
        service="s",
        hook="patient-view",
        instance="",
        patient=patient,
        user="",
        version="1",
        knowledge="k",
        code_map=0,
        protocols="",
        raised=raised,
        unknown="",
        clear=1,
        absent="",
        sent="",
        milliseconds=1.0,
        cards=(SentCard(f"card-{made}", "MTHCT01", "critical"),),
    )


def test_postgresql_killed_and_started_again_costs_no_answer_and_no_entry(tmp_path: Path) -> None:
    with postgres(tmp_path) as server, remembering(str(server.get_uri()), silence_overridden=90) as client:
        first = next(card for card in cards(client) if card["source"]["topic"]["code"] == "DQUNIT01")
        tell(client, override(first["uuid"]))
        assert "DQUNIT01" not in topics(cards(client))
        postmaster = int((tmp_path / "postmaster.pid").read_text().splitlines()[0])
        os.kill(postmaster, signal.SIGKILL)
        for _ in range(3):
            assert "DQUNIT01" in topics(cards(client))  # nothing counts as remembered
        eventually(lambda: client.get("/health").json()["database"] == "away")
        assert client.get("/health").json()["memory"]["waiting"] >= 3
        assert client.get("/stats").status_code == 503
        # What a killed server leaves behind: where nobody reaps it, it seems to run on.
        for left in ("postmaster.pid", ".s.PGSQL.5432.lock"):
            (tmp_path / left).unlink(missing_ok=True)
        server.start()
        eventually(lambda: client.get("/health").json()["database"] == "ok")
        eventually(lambda: client.get("/health").json()["memory"] == {"waiting": 0, "lost": 0})
        eventually(lambda: "DQUNIT01" not in topics(cards(client)))
        eventually(lambda: sum(one["evaluations"] for one in client.get("/stats").json()["services"]) >= 6)


def test_a_recall_that_comes_too_late_for_an_answer_does_not_count_as_a_database_that_is_away(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    memory = Memory(Settings(silence_overridden=90, hash_key=KEY), engine)  # type: ignore[arg-type]
    monkeypatch.setattr(recalling, "PATIENCE", 0.0)
    assert asyncio.run(memory.recall("p", "u")) is None
    assert not memory.is_away
    monkeypatch.setattr(recalling, "PATIENCE", 60.0)
    assert asyncio.run(memory.recall("p", "u")) is not None


def test_a_full_disk_makes_entries_wait_until_there_is_room(tmp_path: Path) -> None:
    engine = open_database(f"sqlite:///{tmp_path / 'memory.sqlite3'}")
    limit = {"pages": 60}  # of 4096 bytes; SQLite then says what it says of a full disk

    @event.listens_for(engine, "checkout")
    def confine(connection: Any, *rest: Any) -> None:
        connection.execute(f"PRAGMA max_page_count = {limit['pages']}")

    waits = Waiting()
    writing = Writer(engine, waits, YEAR)
    for _ in range(1_000):
        waits.add(entry(raised="MT-HCT-01 " * 20))
    writing.step()
    assert writing.is_away
    assert len(waits) + len(rows(engine, "evaluation")) == 1_000
    limit["pages"] = 100_000
    writing.step()
    assert not writing.is_away
    assert (len(waits), len(rows(engine, "evaluation")), waits.lost) == (0, 1_000, 0)
    engine.dispose()


def test_what_does_not_fit_into_memory_is_lost_and_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(waiting, "MOST", 2)
    memory = Memory(Settings())
    for _ in range(3):
        memory.remember(entry())
    assert (len(memory.waiting), memory.waiting.lost) == (2, 1)


def test_feedback_that_finds_no_room_is_refused_as_a_whole_and_nothing_of_it_is_lost(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(waiting, "MOST", 3)
    with remembering(f"sqlite:///{tmp_path / 'memory.sqlite3'}") as client:
        (tmp_path / "memory.sqlite3").rename(tmp_path / "away")
        assert tell(client, item(CARD), item(CARD)).json() == {"received": 2}
        refused = tell(client, item(CARD), item(CARD))
        assert (refused.status_code, refused.headers["retry-after"]) == (503, "1")
        assert refused.json()["issue"][0]["code"] == "transient"
        assert tell(client, item(CARD), item("of another service")).json() == {"received": 2}
        assert client.get("/health").json()["memory"] == {"waiting": 3, "lost": 0}


def test_a_call_with_more_feedback_than_could_wait_is_refused_with_the_limit(database: str, engine: Engine) -> None:
    with remembering(database) as client:
        refused = tell(client, *[item(CARD)] * 19_000)
        assert refused.status_code == 413
        (issue,) = refused.json()["issue"]
        assert issue["expression"] == ["feedback"]
        assert "10000" in issue["diagnostics"]
        assert tell(client, *[item(CARD)] * 10_000).json() == {"received": 10_000}
        eventually(lambda: client.get("/health").json()["memory"] == {"waiting": 0, "lost": 0})
    with engine.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM feedback")).scalar_one() == 10_000


def test_a_group_that_the_database_took_without_saying_so_is_kept_once(engine: Engine) -> None:
    waits = Waiting()
    writing = Writer(engine, waits, YEAR)
    for _ in range(2):
        waits.add(entry(4711))
        writing.write()
    assert len(rows(engine, "evaluation")) == len(rows(engine, "card")) == 1


def test_what_the_database_refuses_for_good_keeps_nothing_waiting_and_takes_nothing_along(
    engine: Engine, caplog: pytest.LogCaptureFixture
) -> None:
    waits = Waiting()
    good = [entry() for _ in range(20)]
    for one in (*good[:7], entry(patient=BAD, raised=SECRET), *good[7:]):
        waits.add(one)
    waits.report([reported(at=datetime.max.replace(tzinfo=timezone(-timedelta(hours=12)))), reported(), reported()])
    writing = Writer(engine, waits, YEAR)
    writing.step()
    assert (len(waits), waits.lost, writing.is_away) == (0, 2, False)
    assert sorted(row["id"] for row in rows(engine, "evaluation")) == sorted(one.id for one in good)
    assert len(rows(engine, "card")) == 20
    assert len(rows(engine, "feedback")) == 2
    assert "the database refuses 2 of 24 entries" in caplog.text
    assert SECRET not in caplog.text
    assert CARD not in caplog.text


BAD, SECRET = "\udcff", "a value nobody may see"  # no database stores half a character


def reported(at: datetime | None = None) -> Reported:
    """An item of feedback that waits."""
    now = datetime.now(UTC)
    return Reported(
        id=new_id(),
        card=CARD,
        service="s",
        outcome="accepted",
        at=at or now,
        received=now,
        suggestions="",
        reason="",
        commented=False,
    )


@pytest.mark.parametrize("fault", [OperationalError, InternalError, ProgrammingError, InterfaceError])
def test_a_database_that_takes_nothing_makes_entries_wait(
    engine: Engine, monkeypatch: pytest.MonkeyPatch, fault: type[DBAPIError]
) -> None:
    def refuse(*rows: Any) -> None:
        raise fault("", None, ValueError("read-only, or without its tables"))

    waits = Waiting()
    waits.add(entry())
    writing = Writer(engine, waits, YEAR)
    with monkeypatch.context() as broken:
        broken.setattr(writer, "remember", refuse)
        writing.step()
    assert (len(waits), waits.lost, writing.is_away) == (1, 0, True)
    writing.step()
    assert (len(waits), waits.lost, writing.is_away) == (0, 0, False)


def test_a_deleted_file_is_not_made_anew(tmp_path: Path) -> None:
    file = tmp_path / "memory.sqlite3"
    engine = open_database(f"sqlite:///{file}")
    waits = Waiting()
    writing = Writer(engine, waits, YEAR)
    for part in tmp_path.iterdir():
        part.unlink()
    waits.add(entry())
    writing.step()
    assert writing.is_away
    assert not file.exists()
    engine.dispose()


def test_what_is_too_old_is_forgotten_a_part_at_a_time(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("service.storage.evaluations.AT_ONCE", 2)
    waits, now = Waiting(), datetime.now(UTC)
    old = [id_from(now - timedelta(days=11)) + place for place in range(5)]
    young = [id_from(now - timedelta(days=9))]
    for identity in (*old, *young):
        waits.add(entry(identity))
    writing = Writer(engine, waits, timedelta(days=10))
    writing.step()
    assert [row["id"] for row in rows(engine, "evaluation")] == young
    assert [row["evaluation"] for row in rows(engine, "card")] == young
    waits.add(entry(old[0]))
    writing.step()  # within the hour nobody looks again
    assert len(rows(engine, "evaluation")) == 2


@contextmanager
def process(database: str, **settings: str) -> Iterator[tuple[subprocess.Popen[bytes], int]]:
    """The service in a process of its own."""
    import socket

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
    environment = {"HORMONE_CDS_DATABASE_URL": database, "HORMONE_CDS_PORT": str(port), "HORMONE_CDS_HASH_KEY": KEY}
    started = subprocess.Popen([sys.executable, "-m", "service"], env={**os.environ, **environment, **settings})
    try:
        eventually(lambda: _answers(port))
        yield started, port
    finally:
        started.terminate()
        started.wait(30)


def _answers(port: int) -> bool:
    try:
        # To read TLS's certificates takes longer than the answer to http.
        return httpx.get(f"http://127.0.0.1:{port}/health", trust_env=False, verify=False).status_code == 200
    except httpx.TransportError:
        return False


def test_a_killed_process_loses_at_most_what_was_not_yet_a_second_old(tmp_path: Path) -> None:
    file = tmp_path / "memory.sqlite3"
    with process(f"sqlite:///{file}") as (started, port):
        address = f"http://127.0.0.1:{port}{HOOK}"
        for _ in range(5):
            httpx.post(address, json=call_for(), trust_env=False, timeout=30).raise_for_status()
        time.sleep(2.5)  # longer than an interval and a write
        httpx.post(address, json=call_for(), trust_env=False, timeout=30).raise_for_status()
        started.kill()
        started.wait(30)
    with sqlite3.connect(file) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert connection.execute("SELECT count(*) FROM evaluation").fetchone()[0] in (5, 6)
    connection.close()


def test_several_processes_share_one_file_and_know_each_others_overrides(tmp_path: Path) -> None:
    database = f"sqlite:///{tmp_path / 'memory.sqlite3'}"
    silent = {"HORMONE_CDS_WORKERS": "2", "HORMONE_CDS_SILENCE_OVERRIDDEN": "90"}
    with process(database, **silent) as (_, port):
        # A connection for each call, so that both processes answer.
        for _ in range(12):
            httpx.post(f"http://127.0.0.1:{port}{HOOK}", json=call_for(), trust_env=False, timeout=30)
        client = httpx.Client(base_url=f"http://127.0.0.1:{port}", trust_env=False, timeout=30)
        first = next(card for card in cards(client) if card["source"]["topic"]["code"] == "DQUNIT01")
        tell(client, override(first["uuid"]))
        client.close()
        time.sleep(2.5)  # until the other process can know
        for _ in range(6):
            answer = httpx.post(f"http://127.0.0.1:{port}{HOOK}", json=call_for(), trust_env=False, timeout=30)
            assert "DQUNIT01" not in topics(answer.json()["cards"])
    engine = open_database(database)
    with engine.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM evaluation")).scalar_one() == 19
    engine.dispose()
