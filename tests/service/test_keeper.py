"""A running service takes up a new code map, counts what it did not understand, and outlives its database."""

from __future__ import annotations

import json
import logging
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import Engine, event
from sqlmodel import Session

from cds_hooks.facts import Unmapped
from service import keeper
from service.app import create_app
from service.codes.tally import MOST, Tally
from service.keeper import Keeper
from service.site.settings import Settings, StartRefused
from service.site.site import InForce
from service.storage.code_maps import remember_code_map
from service.storage.database import open_database
from service.storage.tables import CodeMapVersion
from service.storage.unmapped import recall_unmapped
from terminology.local.code_map import Entry
from tests.conftest import running
from tests.engine import site
from tests.record.charts import bundle, observation, patient, request
from tests.service.databases import postgres

LAB = "http://lab.example"
HCT = Entry("laboratory", "HK", "4544-3", "equal", LAB)
NOW = datetime(2026, 9, 4, 15, 30, tzinfo=UTC)
LOCAL = {"coding": [{"system": LAB, "code": "HK", "display": "Hämatokrit von Frau Beispiel"}]}
CHART = bundle(patient(), request(), observation(code=LOCAL, value=54.5))


@pytest.fixture(autouse=True)
def hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keeper, "INTERVAL", 0.05)


@pytest.fixture
def client(database: str) -> Iterator[httpx.Client]:
    with (
        running(create_app(Settings(database_url=database, unmapped_patients=1))) as address,
        httpx.Client(base_url=address, trust_env=False, timeout=10) as client,
    ):
        yield client


def load(database: str, *entries: Entry) -> None:
    engine = open_database(database)
    with Session(engine) as session:
        remember_code_map(session, entries, "Ann Lee", "", NOW)
    engine.dispose()


def evaluate(client: httpx.Client) -> dict[str, Any]:
    answer: dict[str, Any] = client.post("/evaluate?today=2026-09-04", json=CHART).raise_for_status().json()
    return answer


def hematocrit(report: dict[str, Any]) -> dict[str, Any]:
    (finding,) = [finding for finding in report["findings"] if finding["check"] == "MT-HCT-01"]
    return dict(finding)


def eventually(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 15
    while not holds():
        assert time.monotonic() < deadline, "it never came to be"
        time.sleep(0.02)


def test_a_map_that_is_loaded_while_the_service_runs_is_in_force_soon_after(
    client: httpx.Client, database: str
) -> None:
    assert client.get("/health").json()["codeMap"] == 0
    assert hematocrit(evaluate(client))["state"] == "unknown"
    load(database, HCT)
    eventually(lambda: client.get("/health").json()["codeMap"] == 1)
    report = evaluate(client)
    assert report["engine"]["codeMap"] == 1
    assert report["unread"] == []
    raised = hematocrit(report)
    assert raised["state"] == "raised"
    assert raised["evidence"][0]["mapped"] == [{"kind": "laboratory", "version": 1, "code": "HK", "system": LAB}]
    assert "mapped from local code HK of http\\://lab.example (map version 1)" in report["cards"][0]["detail"]


def test_a_map_loaded_before_the_start_is_in_force_at_the_first_call(database: str) -> None:
    load(database, HCT)
    with running(create_app(Settings(database_url=database, unmapped_patients=1))) as address:
        assert httpx.get(f"{address}/health", trust_env=False).json()["codeMap"] == 1


def test_the_queries_of_discovery_name_the_sites_own_codes(client: httpx.Client, database: str) -> None:
    def labs() -> str:
        template: str = client.get("/cds-services").json()["services"][0]["prefetch"]["labs"]
        return template

    before = labs()
    load(database, HCT, Entry("laboratory", "K, 1|2", "718-7", "equal", "urn:oid:1.2"))
    eventually(lambda: labs() != before)
    assert f",{LAB}|HK,urn:oid:1.2|K%5C%2C%201%5C%7C2&_count" in labs()


def test_what_was_not_understood_is_listed_without_any_word_of_the_chart(client: httpx.Client, database: str) -> None:
    evaluate(client)
    evaluate(client)
    eventually(lambda: bool(client.get("/codes/unmapped").json()["unmapped"]))
    eventually(lambda: client.get("/codes/unmapped").json()["unmapped"][0]["count"] == 2)
    answer = client.get("/codes/unmapped")
    (seen,) = answer.json()["unmapped"]
    assert (seen["kind"], seen["system"], seen["code"], seen["unit"]) == ("laboratory", LAB, "HK", "%")
    assert [item["code"] for item in seen["suggestions"]] == ["4544-3"]
    assert "Beispiel" not in answer.text


def test_what_the_map_understands_leaves_the_list(client: httpx.Client, database: str) -> None:
    evaluate(client)
    eventually(lambda: bool(client.get("/codes/unmapped").json()["unmapped"]))
    load(database, HCT)
    eventually(lambda: client.get("/codes/unmapped").json() == {"codeMap": 1, "total": 0, "unmapped": []})


def test_what_was_counted_last_is_written_at_the_end(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keeper, "INTERVAL", 3600)
    with running(create_app(Settings(database_url=database, unmapped_patients=1))) as address:
        httpx.post(f"{address}/evaluate", json=CHART, trust_env=False).raise_for_status()
    engine = open_database(database)
    with Session(engine) as session:
        assert [row.code for row in recall_unmapped(session)] == ["HK"]
    engine.dispose()


def test_a_database_that_goes_away_and_comes_back_costs_no_answer_no_map_and_no_count(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    with postgres(tmp_path) as server:
        database = str(server.get_uri())
        load(database, HCT)
        with running(create_app(Settings(database_url=database, unmapped_patients=1))) as address:
            client = httpx.Client(base_url=address, trust_env=False, timeout=30)
            unknown = bundle(patient(), observation(code={"coding": [{"system": LAB, "code": "NEW"}]}))
            server.stop()
            for _ in range(3):
                assert client.post("/evaluate", json=unknown).status_code == 200
            assert evaluate(client)["engine"]["codeMap"] == 1
            eventually(lambda: "the database is away" in caplog.text)
            answer = client.get("/codes/unmapped")
            assert (answer.status_code, answer.json()["issue"][0]["code"]) == (503, "transient")
            server.start()
            eventually(lambda: client.get("/codes/unmapped").status_code == 200)
            eventually(lambda: [seen["count"] for seen in client.get("/codes/unmapped").json()["unmapped"]] == [3])
            assert caplog.text.count("the database is away") == 1
            assert caplog.text.count("the database is back") == 1
            assert server.get_uri() not in caplog.text
            client.close()


def test_a_map_from_a_newer_version_of_the_service_is_used_as_far_as_it_is_known(database: str) -> None:
    load(database, HCT, Entry("laboratory", "X", "10000-8", "equal", LAB))
    engine = open_database(database)
    in_force = InForce(site())
    Keeper(engine, in_force, Tally(1)).start()
    engine.dispose()
    local = in_force.site.knowledge.vocabulary.local
    assert local.version == 1
    assert local.result(LAB, "HK", None) is not None
    assert local.result(LAB, "X", None) is None


def tally_of(*items: Unmapped) -> list[tuple[str, str, str, int]]:
    tally = Tally(1)
    tally.add("Patient/1", items)
    rows = tally.take(site().knowledge.vocabulary, NOW.date())
    return [(row.system, row.code, row.unit, row.count) for row in rows]


@pytest.mark.parametrize(
    ("system", "code", "unit", "kept"),
    [
        ("http://lab.example", "HK-1", "ng/dL", ("http://lab.example", "HK-1", "ng/dL", 1)),
        ("urn:oid:1.2", "2345-X", "10^3/µL", ("urn:oid:1.2", "2345-X", "10^3/µL", 1)),
        ("", "", "", ("", "", "", 1)),
        ("Frau Beispiel", "HK", "%", ("(withheld)", "HK", "%", 1)),
        ("u", "call Mrs Doe", "%", ("u", "(withheld)", "%", 1)),
        ("u", "a@b.example", "%", ("u", "(withheld)", "%", 1)),
        ("u", "x" * 41, "%", ("u", "(withheld)", "%", 1)),
        ("u", "DOE^JOHN", "%", ("u", "(withheld)", "%", 1)),
        ("http://ehr.example/Patient/12345/obs", "HK", "%", ("(withheld)", "HK", "%", 1)),
        ("u", "HK", "Frau Anna Huber", ("u", "HK", "(withheld)", 1)),
        ("u", "HK", "geb.01.02.68", ("u", "HK", "(withheld)", 1)),
        ("u", "HK", "436641234567", ("u", "HK", "(withheld)", 1)),
        ("u", "HK", "born 1968-01-25", ("u", "HK", "(withheld)", 1)),
        ("u", "HK", "x" * 25, ("u", "HK", "(withheld)", 1)),
        ("http://h.example/?token=secret", "HK", "", ("(withheld)", "HK", "", 1)),
    ],
)
def test_only_what_looks_like_a_code_or_a_unit_is_kept(
    system: str, code: str, unit: str, kept: tuple[str, str, str, int]
) -> None:
    assert tally_of(Unmapped("laboratory", system, code, None, unit)) == [kept]


def test_no_chart_can_fill_the_memory() -> None:
    tally = Tally(1)
    tally.add("Patient/1", [Unmapped("laboratory", LAB, str(number)) for number in range(MOST + 5)])
    tally.add("Patient/1", [Unmapped("laboratory", LAB, str(MOST + 4))])
    rows = tally.take(site().knowledge.vocabulary, NOW.date())
    assert len(rows) == MOST
    assert (rows[0].code, rows[-1].count) == ("5", 2)
    assert tally.take(site().knowledge.vocabulary, NOW.date()) == []


def test_names_are_used_for_suggestions_and_not_kept() -> None:
    tally = Tally(1)
    tally.add("Patient/1", [Unmapped("laboratory", LAB, "T", None, "nmol/L", "Testosterone of Mrs Doe")])
    (row,) = tally.take(site().knowledge.vocabulary, NOW.date())
    assert row.suggestions == "14913-8"
    assert "Doe" not in json.dumps(row.model_dump(), default=str)


def test_a_code_is_given_out_once_enough_patients_had_it() -> None:
    """What one patient alone has may be a name or a record number, whatever it looks like."""
    tally, vocabulary = Tally(3), site().knowledge.vocabulary
    for reference in ("a", "b", "b", "a"):
        tally.add(reference, [Unmapped("laboratory", LAB, "X")])
        assert tally.take(vocabulary, NOW.date()) == []
    tally.add("c", [Unmapped("laboratory", LAB, "X"), Unmapped("laboratory", LAB, "MRN-12345")])
    assert [(row.code, row.count) for row in tally.take(vocabulary, NOW.date())] == [("X", 5)]
    tally.add("d", [Unmapped("laboratory", LAB, "X")])
    assert [(row.code, row.count) for row in tally.take(vocabulary, NOW.date())] == [("X", 1)]


def test_what_could_not_be_written_is_counted_with_what_comes_next() -> None:
    tally, vocabulary = Tally(1), site().knowledge.vocabulary
    tally.add("a", [Unmapped("laboratory", LAB, "T", None, "nmol/L", "Testosterone")])
    assert tally.give_back(tally.take(vocabulary, NOW.date())) == 1
    tally.add("b", [Unmapped("laboratory", LAB, "T", None, "nmol/L", "")])
    (row,) = tally.take(vocabulary, NOW.date())
    assert (row.count, row.suggestions) == (2, "14913-8")


def test_a_database_file_that_is_deleted_is_missed_and_one_put_in_its_place_is_taken_up(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    file, other = tmp_path / "memory.sqlite3", tmp_path / "other.sqlite3"
    address = f"sqlite:///{file}"
    load(address, HCT)
    load(f"sqlite:///{other}", Entry("laboratory", "HB", "718-7", "equal", LAB))
    with running(create_app(Settings(database_url=address))) as served, httpx.Client(base_url=served) as client:
        for part in tmp_path.glob("memory.sqlite3*"):
            part.unlink()
        eventually(lambda: client.get("/health").json()["database"] == "away")
        assert client.get("/health").json()["codeMap"] == 1
        assert not file.exists()
        other.rename(file)
        eventually(lambda: client.get("/health").json()["database"] == "ok")
        eventually(lambda: f"{LAB}|HB" in client.get("/cds-services").text)
        assert f"{LAB}|HK" not in client.get("/cds-services").text


def test_an_empty_database_put_in_the_place_of_one_with_a_map_takes_the_map_out_of_force(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    file, empty = tmp_path / "memory.sqlite3", tmp_path / "empty.sqlite3"
    load(f"sqlite:///{file}", HCT)
    open_database(f"sqlite:///{empty}").dispose()
    engine = open_database(f"sqlite:///{file}")
    in_force = InForce(site())
    keeping = Keeper(engine, in_force, Tally(1))
    keeping.start()
    assert in_force.site.knowledge.vocabulary.local.version == 1
    empty.replace(file)
    keeping.take_up()
    engine.dispose()
    assert in_force.site.knowledge.vocabulary.local.version == 0
    assert "the database file was replaced" in caplog.text


def test_an_older_map_in_the_database_is_taken_up_aloud(database: str, caplog: pytest.LogCaptureFixture) -> None:
    load(database, HCT)
    load(database, HCT)
    engine = open_database(database)
    in_force = InForce(site())
    keeping = Keeper(engine, in_force, Tally(1))
    keeping.start()
    with Session(engine) as session:
        session.delete(session.get(CodeMapVersion, 2))
        session.commit()
    keeping.take_up()
    engine.dispose()
    assert in_force.site.knowledge.vocabulary.local.version == 1
    assert "older code map than the one in force" in caplog.text


def test_a_map_that_this_version_cannot_read_stops_the_start(database: str) -> None:
    engine = open_database(database)
    with Session(engine) as session:
        session.add(CodeMapVersion(author="a", loaded_at=NOW, entries='[{"kind":"organ","code":"x"}]'))
        session.commit()
    engine.dispose()
    with pytest.raises(StartRefused, match="written by a newer version"):
        create_app(Settings(database_url=database))


@contextmanager
def writing() -> Iterator[threading.Event]:
    """Is set once counts are about to be written."""
    begun = threading.Event()

    def look(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        if statement.startswith("INSERT INTO unmapped"):
            begun.set()

    event.listen(Engine, "before_cursor_execute", look)
    try:
        yield begun
    finally:
        event.remove(Engine, "before_cursor_execute", look)


def test_a_stop_while_a_write_waits_loses_no_count(tmp_path: Path) -> None:
    address = f"sqlite:///{tmp_path / 'memory.sqlite3'}"
    locker = sqlite3.connect(tmp_path / "memory.sqlite3", isolation_level=None, check_same_thread=False)
    with running(create_app(Settings(database_url=address, unmapped_patients=1))) as served, writing() as begun:
        locker.execute("BEGIN IMMEDIATE")
        httpx.post(f"{served}/evaluate", json=CHART, trust_env=False).raise_for_status()
        assert begun.wait(15)  # a step waits for the lock now
        unlock = threading.Timer(1, locker.rollback)
        unlock.start()
    unlock.join()
    locker.close()
    engine = open_database(address)
    with Session(engine) as session:
        assert [row.code for row in recall_unmapped(session)] == ["HK"]
    engine.dispose()
