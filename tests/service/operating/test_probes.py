"""Probes: whether the process answers, and whether it would answer calls, told from what is known already."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from service import keeper
from service.app import create_app
from service.http.watch import Watch
from service.site.settings import Settings
from service.trust import door, ledger
from tests.conftest import running
from tests.service.databases import postgres
from tests.service.operating.processes import eventually
from tests.service.trust.key_server import publishing
from tests.service.trust.tokens import ISSUER, OTHER, Signer, key_set

SANDBOX = Signer()


@pytest.fixture(autouse=True)
def hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keeper, "INTERVAL", 0.05)


@contextmanager
def serving(**settings: Any) -> Iterator[httpx.Client]:
    with (
        running(create_app(Settings(**settings))) as address,
        httpx.Client(base_url=address, trust_env=False, timeout=30) as client,
    ):
        yield client


def unready(answer: httpx.Response) -> list[str]:
    """The parts that a 503 names."""
    assert answer.status_code == 503
    assert answer.headers["retry-after"] == "1"
    assert answer.json()["resourceType"] == "OperationOutcome"
    return [issue["expression"][0] for issue in answer.json()["issue"]]


def test_a_service_that_answers_says_so_and_what_it_stands_on() -> None:
    with serving() as client:
        assert client.get("/health/live").json() == {"status": "alive"}
        ready = client.get("/health/ready").json()
        assert ready["status"] == "ready"
        assert ready["knowledge"] == {
            "state": "proven",
            "digest": client.get("/health").json()["knowledge"],
            "codeMap": 0,
        }
        assert ready["storage"]["state"] == "ok"
        assert ready["keys"] == {"state": "not-needed"}
        assert ready["reload"] == {"state": "none"}


def test_a_database_that_goes_away_makes_it_unready_and_leaves_it_alive(tmp_path: Path) -> None:
    with postgres(tmp_path) as server:
        database = str(server.get_uri())
        with serving(database_url=database) as client:
            assert client.get("/health/ready").status_code == 200
            server.stop()
            eventually(lambda: client.get("/health/ready").status_code == 503)
            answer = client.get("/health/ready")
            assert unready(answer) == ["storage"]
            assert "postgres" not in answer.text
            assert client.get("/health/live").status_code == 200
            server.start()
            eventually(lambda: client.get("/health/ready").status_code == 200)


def test_where_answers_go_on_without_a_database_it_may_stay_ready(tmp_path: Path) -> None:
    file = tmp_path / "memory.sqlite3"
    with serving(database_url=f"sqlite:///{file}", ready_without_database=True) as client:
        for part in tmp_path.glob("memory.sqlite3*"):
            part.unlink()
        eventually(lambda: client.get("/health/ready").json()["storage"]["state"] == "away")
        assert client.get("/health/ready").status_code == 200


def test_where_tokens_are_required_no_setting_makes_it_ready_without_a_database(tmp_path: Path) -> None:
    file, keys = tmp_path / "memory.sqlite3", tmp_path / "keys.json"
    keys.write_bytes(key_set(SANDBOX))
    required = {"jwt": "required", "jwt_issuers": (ISSUER,), "jwt_keys": (f"{ISSUER}={keys}",)}
    with serving(database_url=f"sqlite:///{file}", ready_without_database=True, **required) as client:
        eventually(lambda: client.get("/health/ready").status_code == 200)
        for part in tmp_path.glob("memory.sqlite3*"):
            part.unlink()
        eventually(lambda: client.get("/health/ready").status_code == 503)
        assert unready(client.get("/health/ready")) == ["storage"]


@contextmanager
def a_lock_that_is_held(address: str) -> Iterator[None]:
    """Another process that writes and does not end."""
    writer = sqlite3.connect(address.removeprefix("sqlite:///"), isolation_level=None)
    writer.execute("BEGIN IMMEDIATE")
    try:
        yield
    finally:
        writer.execute("ROLLBACK")
        writer.close()


@contextmanager
def a_server_that_only_reads(server: Any, name: str) -> Iterator[None]:
    """As a standby does."""
    cut = f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}';"
    server.psql(f"ALTER DATABASE {name} SET default_transaction_read_only = on;")
    server.psql(cut)
    try:
        yield
    finally:
        server.psql(f"ALTER DATABASE {name} RESET default_transaction_read_only;")
        server.psql(cut)


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_a_database_that_reads_and_does_not_write_makes_it_unready_where_tokens_are_required(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    """Every call would get 503, since its token cannot be written down; no call comes meanwhile that could tell."""
    monkeypatch.setattr(ledger, "INTERVAL", 0.05)
    monkeypatch.setattr(ledger, "PATIENCE", 0.1)
    keys = tmp_path / "keys.json"
    keys.write_bytes(key_set(SANDBOX))
    required = {"jwt": "required", "jwt_issuers": (ISSUER,), "jwt_keys": (f"{ISSUER}={keys}",), "memory": "off"}
    if kind == "sqlite":
        address = f"sqlite:///{tmp_path / 'memory.sqlite3'}"
        barred = a_lock_that_is_held(address)
    else:
        server = request.getfixturevalue("postgres_server")
        server.psql("CREATE DATABASE reads_only;")
        address = str(server.get_uri(database="reads_only"))
        barred = a_server_that_only_reads(server, "reads_only")
    with serving(database_url=address, **required) as client:
        eventually(lambda: client.get("/health/ready").status_code == 200)
        with barred:
            eventually(lambda: client.get("/health/ready").status_code == 503)
            assert unready(client.get("/health/ready")) == ["storage"]
            assert "hormone_cds_database_up 0.0" in client.get("/metrics").text
            assert client.get("/health").json()["database"] == "away"
        eventually(lambda: client.get("/health/ready").status_code == 200)
        assert "hormone_cds_database_up 1.0" in client.get("/metrics").text


def test_without_keys_to_prove_a_token_by_it_is_not_ready_until_they_can_be_had(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(door, "KEEPING", 0.05)
    with publishing(key_set(SANDBOX)) as keys:
        keys.status = 500
        where = f"{keys.url}?secret=s3cr3t"
        required = {"jwt": "required", "jwt_issuers": (ISSUER,), "jwt_keys": (f"{ISSUER}={where}",)}
        with serving(**required) as client:
            eventually(lambda: keys.asked > 0)
            answer = client.get("/health/ready")
            assert unready(answer) == ["keys"]
            assert "s3cr3t" not in answer.text
            assert ISSUER not in answer.text
            keys.status = 200
            eventually(lambda: client.get("/health/ready").status_code == 200)
            assert client.get("/health/ready").json()["keys"]["usable"] == 1


def test_one_client_whose_keys_are_away_does_not_take_the_service_from_the_others(tmp_path: Path) -> None:
    file = tmp_path / "keys.json"
    file.write_bytes(key_set(SANDBOX))
    with publishing(b"") as dead:
        dead.status = 500
        places = (f"{ISSUER}={file}", f"{OTHER}={dead.url}")
        with serving(jwt="required", jwt_issuers=(ISSUER, OTHER), jwt_keys=places) as client:
            eventually(lambda: dead.asked > 0 and client.get("/health/ready").status_code == 200)
            keys = client.get("/health/ready").json()["keys"]
            assert (keys["state"], keys["usable"], keys["known"]) == ("some", 1, 2)


def test_however_many_probes_come_the_clients_key_server_is_asked_once() -> None:
    with publishing(key_set(SANDBOX)) as keys:
        required = {"jwt": "required", "jwt_issuers": (ISSUER,), "jwt_keys": (f"{ISSUER}={keys.url}",)}
        with serving(**required) as client:
            eventually(lambda: client.get("/health/ready").status_code == 200)
            for _ in range(50):
                assert client.get("/health/ready").json()["keys"]["state"] == "ok"
            assert keys.asked == 1


@pytest.mark.parametrize("path", ["/health", "/health/live", "/health/ready", "/metrics"])
def test_in_a_crowd_who_looks_after_the_service_is_answered(path: str) -> None:
    assert status_in_a_crowd(path) == 200
    assert status_in_a_crowd(f"{path}/x") == 503


def status_in_a_crowd(path: str) -> int:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})

    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {"type": "http", "method": "GET", "path": path, "headers": []}
    asyncio.run(Watch(app, 0)(scope, None, send))  # type: ignore[arg-type]
    return int(sent[0]["status"])


def test_the_database_is_not_asked_by_a_probe(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keeper, "INTERVAL", 3600)
    with serving(database_url=f"sqlite:///{tmp_path / 'memory.sqlite3'}", memory="off") as client:
        for part in tmp_path.glob("memory.sqlite3*"):
            part.unlink()
        parts = [client.get("/health/ready").json()["storage"] for _ in range(3)]
    assert [part["state"] for part in parts] == ["ok"] * 3
    assert not list(tmp_path.iterdir())
