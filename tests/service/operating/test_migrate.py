"""`hormone-cds migrate`: tables brought to the newest form, said from which to which; several at once do it once."""

from __future__ import annotations

import subprocess
import sys
import threading
from typing import Any

import pytest
from sqlalchemy import create_engine, inspect, text
from typer.testing import CliRunner, Result

from service.cli import app
from service.storage import database as opening
from service.storage import migrating
from service.storage.database import open_database, revision_of
from service.storage.tables import REVISION
from tests.service.test_storage import brought_to, opened


def migrate(database: str, *arguments: str) -> Result:
    return CliRunner(env={"HORMONE_CDS_DATABASE_URL": database}).invoke(app, ["migrate", *arguments])


def test_an_empty_database_gets_all_tables(database: str) -> None:
    done = migrate(database)
    assert (done.exit_code, done.stdout.strip().endswith(f"tables went from none to {REVISION}")) == (0, True)
    assert revision_of(database) == REVISION
    again = migrate(database)
    assert (again.exit_code, again.stdout.strip().endswith(f"tables are at {REVISION}, the newest")) == (0, True)


def test_an_older_one_is_brought_on(database: str) -> None:
    with opened(database) as engine, engine.begin() as connection:
        brought_to(connection, "0001")
    done = migrate(database)
    assert done.exit_code == 0
    assert f"from 0001 to {REVISION}" in done.stdout
    assert revision_of(database) == REVISION


def test_check_only_says_what_would_be_done(database: str) -> None:
    done = migrate(database, "--check")
    assert done.exit_code == 1
    assert f"tables would go from none to {REVISION}" in done.stderr
    assert revision_of(database) is None
    open_database(database).dispose()
    assert migrate(database, "--check").exit_code == 0


def test_one_of_a_newer_version_is_left_alone(database: str) -> None:
    with opened(database) as engine, engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    for arguments in ([], ["--check"]):
        done = migrate(database, *arguments)
        assert done.exit_code == 1
        assert "newer version" in done.stderr
    assert revision_of(database) == "9999"


@pytest.mark.parametrize("arguments", [[], ["--check"]])
def test_one_that_cannot_be_reached_is_named_without_its_password(arguments: list[str]) -> None:
    done = migrate("postgresql://u:s3cr3t@127.0.0.1:9/x", *arguments)
    assert done.exit_code == 1
    assert "postgresql 127.0.0.1/x" in done.stderr
    assert "s3cr3t" not in done.output


STARTING = """
import sys
from service.storage.database import open_database
print("ready", flush=True)
sys.stdin.readline()
open_database(sys.argv[1])
"""


def test_processes_that_start_at_once_on_an_empty_database_do_not_collide(database: str) -> None:
    pipe = subprocess.PIPE
    asked = [sys.executable, "-c", STARTING, database]
    started = [subprocess.Popen(asked, stdin=pipe, stdout=pipe, stderr=pipe, text=True) for _ in range(5)]
    assert [one.stdout.readline() for one in started if one.stdout] == ["ready\n"] * 5
    for one in started:
        assert one.stdin is not None
        one.stdin.write("go\n")
        one.stdin.flush()
    ended = [one.communicate(timeout=120) for one in started]
    assert [(one.returncode, said) for one, (_, said) in zip(started, ended, strict=True)] == [(0, "")] * 5
    engine = create_engine(opening._url(database))
    with engine.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM alembic_version")).scalar_one() == 1
        assert {"code_map", "used_token", "evaluation"} <= set(inspect(connection).get_table_names())
    engine.dispose()


def test_a_turn_that_takes_longer_than_an_answer_may_is_waited_for(
    postgres_server: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every other statement is cut off after PATIENCE, waiting for a table after START_PATIENCE: here one second."""
    monkeypatch.setattr(opening, "PATIENCE", 1)
    monkeypatch.setattr(migrating, "START_PATIENCE", 1)
    postgres_server.psql("CREATE DATABASE long_turn;")
    address = str(postgres_server.get_uri(database="long_turn"))
    engine = create_engine(opening._url(address))
    with engine.connect() as other:
        other.execute(text("SELECT pg_advisory_lock(:lock)"), {"lock": migrating._LOCK})
        other.commit()
        release = threading.Timer(2.5, other.execute, [text("SELECT pg_advisory_unlock_all()")])
        release.start()
        open_database(address).dispose()
        release.join()
    engine.dispose()
    assert revision_of(address) == REVISION
