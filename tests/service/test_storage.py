"""What the service remembers is the same in SQLite and PostgreSQL, survives a restart, and loses no count."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.command import downgrade
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, inspect, text
from sqlmodel import Session, SQLModel

from service.site.settings import StartRefused
from service.storage import unmapped
from service.storage.code_maps import newest_version, recall_code_map, recall_history, remember_code_map
from service.storage.database import PATIENCE, exists, open_database
from service.storage.migrating import MIGRATIONS
from service.storage.tables import REVISION, UnmappedCode
from service.storage.unmapped import recall_unmapped, remember_unmapped
from terminology.local.code_map import CodeMap, Entry

NOW = datetime(2026, 9, 4, 15, 30, tzinfo=UTC)
TODAY = date(2026, 9, 4)
ENTRY = Entry("laboratory", "HK", "4544-3", "equal", "http://lab.example", "Hämatokrit", valid_from=TODAY)


@pytest.fixture
def engine(database: str) -> Iterator[Engine]:
    with opened(database) as engine:
        yield engine


@contextmanager
def opened(database: str) -> Iterator[Engine]:
    engine = open_database(database)
    try:
        yield engine
    finally:
        engine.dispose()


def seen(code: str = "HK", count: int = 1, day: date = TODAY, suggestions: str = "") -> UnmappedCode:
    return UnmappedCode(
        kind="laboratory",
        system="http://lab.example",
        code=code,
        analyte="",
        unit="%",
        count=count,
        first_seen=day,
        last_seen=day,
        suggestions=suggestions,
    )


def together(work: Callable[[], None]) -> None:
    """Four threads at once; their exceptions are ours."""
    with ThreadPoolExecutor(4) as pool:
        for done in [pool.submit(work) for _ in range(4)]:
            done.result()


def test_a_database_nobody_used_has_no_map(engine: Engine) -> None:
    with Session(engine) as session:
        assert newest_version(session) == 0
        assert recall_code_map(session, 1) is None
        assert recall_history(session) == []


def test_every_version_of_a_map_is_kept_whole(database: str) -> None:
    with opened(database) as engine, Session(engine) as session:
        assert remember_code_map(session, [ENTRY], "Ann Lee", "first", NOW) == 1
        assert remember_code_map(session, [], "Bo", "", NOW) == 2
    with opened(database) as engine, Session(engine) as session:
        assert newest_version(session) == 2
        assert recall_code_map(session, 1) == CodeMap(1, "Ann Lee", TODAY, (ENTRY,))
        assert recall_code_map(session, 2) == CodeMap(2, "Bo", TODAY, ())
        history = [(row.version, row.author, row.note, row.loaded_at) for row in recall_history(session)]
    assert history == [(2, "Bo", "", NOW), (1, "Ann Lee", "first", NOW)]


def test_a_postgresql_without_an_encoding_keeps_text_as_it_is(postgres_server: Any) -> None:
    """As `initdb` makes one where the locale is C."""
    postgres_server.psql("CREATE DATABASE plain ENCODING 'SQL_ASCII' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0;")
    with opened(str(postgres_server.get_uri(database="plain"))) as engine, Session(engine) as session:
        remember_code_map(session, [ENTRY], "Jürgen", "", NOW)
        assert recall_code_map(session, 1) == CodeMap(1, "Jürgen", TODAY, (ENTRY,))


def test_counts_of_one_code_add_up_and_the_first_day_stays(engine: Engine) -> None:
    with Session(engine) as session:
        remember_unmapped(session, [seen(count=2, day=date(2026, 9, 1)), seen("X")])
        remember_unmapped(session, [seen(count=2, suggestions="4544-3")])
        remember_unmapped(session, [seen(count=1)])
        rows = [(row.code, row.count, row.first_seen, row.suggestions) for row in recall_unmapped(session)]
    assert rows == [("HK", 5, date(2026, 9, 1), "4544-3"), ("X", 1, TODAY, "")]


def test_processes_that_count_at_once_lose_nothing(database: str) -> None:
    def count() -> None:
        with opened(database) as engine:
            for _ in range(10):
                with Session(engine) as session:
                    remember_unmapped(session, [seen()])

    open_database(database).dispose()
    together(count)
    with opened(database) as engine, Session(engine) as session:
        assert [row.count for row in recall_unmapped(session)] == [40]


def test_a_full_table_lets_go_of_the_rarest_and_oldest(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unmapped, "MOST", 2)
    with Session(engine) as session:
        remember_unmapped(session, [seen("A", day=date(2026, 1, 1)), seen("B"), seen("B")])
        remember_unmapped(session, [seen("D"), seen("B")])
        assert {row.code: row.count for row in recall_unmapped(session)} == {"B": 3, "D": 1}


def test_processes_that_start_at_once_make_the_tables_once(database: str) -> None:
    together(lambda: open_database(database).dispose())
    with opened(database) as engine, engine.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM alembic_version")).scalar_one() == 1


def test_who_starts_waits_longer_for_the_file_than_who_answers(tmp_path: Path) -> None:
    file = tmp_path / "memory.sqlite3"
    with closing(sqlite3.connect(file, isolation_level=None, check_same_thread=False)) as other:
        other.execute("BEGIN EXCLUSIVE")
        threading.Timer(PATIENCE + 1, lambda: other.execute("COMMIT")).start()
        with opened(f"sqlite:///{file}") as engine, engine.connect() as connection:
            assert connection.execute(text("SELECT count(*) FROM alembic_version")).scalar_one() == 1


def test_the_migrations_make_the_tables_that_the_code_describes(engine: Engine) -> None:
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), SQLModel.metadata) == []


@pytest.mark.parametrize("revision", ["0001", "0002"])
def test_a_database_of_an_older_version_keeps_its_data_and_takes_more(database: str, revision: str) -> None:
    with opened(database) as engine:
        with Session(engine) as session:
            assert remember_code_map(session, [ENTRY], "Ann Lee", "first", NOW) == 1
            remember_unmapped(session, [seen(count=7)])
        with engine.begin() as connection:
            brought_to(connection, revision)
            assert set(inspect(connection).get_table_names()).isdisjoint({"evaluation", "card", "feedback"})
    with opened(database) as engine, Session(engine) as session:
        assert recall_code_map(session, 1) == CodeMap(1, "Ann Lee", TODAY, (ENTRY,))
        assert [row.count for row in recall_unmapped(session)] == [7]
        assert remember_code_map(session, [], "Bo", "", NOW) == 2
        connection = session.connection()
        assert compare_metadata(MigrationContext.configure(connection), SQLModel.metadata) == []
        for table in ("used_token", "evaluation", "card", "feedback"):
            assert connection.execute(text(f"SELECT count(*) FROM {table}")).scalar_one() == 0


def brought_to(connection: Connection, revision: str) -> None:
    """Make it a database of an older version, by the migrations of that version."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["connection"] = connection
    downgrade(config, revision)


def test_the_newest_migration_is_the_one_the_start_looks_for() -> None:
    assert ScriptDirectory(str(MIGRATIONS)).get_current_head() == REVISION


def test_a_database_of_a_newer_version_is_not_touched(database: str) -> None:
    with opened(database) as engine, engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(StartRefused, match="a newer version of the service made this database"):
        open_database(database)


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("memory.sqlite3", "is not the address of a database"),
        ("mysql://u:secret@127.0.0.1/x", "SQLite and PostgreSQL are supported"),
        ("oracle://u:secret@127.0.0.1/x", "SQLite and PostgreSQL are supported"),
        ("nosuch://u:secret@127.0.0.1/x", "is not the address of a database"),
        ("sqlite:////nowhere/at/all.sqlite3", "the database cannot be opened"),
        ("postgresql://u:secret@127.0.0.1:9/x", "the database cannot be opened"),
        ("postgresql://u:SEC@secret@127.0.0.1:9/x", "write an @ in the password as %40"),
        ("postgresql://u@127.0.0.1:9/x?password=secret", "the database cannot be opened"),
    ],
)
def test_a_database_that_cannot_be_used_stops_the_start_without_its_password(address: str, said: str) -> None:
    with pytest.raises(StartRefused) as refused:
        open_database(address)
    assert said in str(refused.value)
    assert "secret" not in str(refused.value)
    assert "HORMONE_CDS_DATABASE_URL" in str(refused.value)


def test_a_file_that_is_no_database_stops_the_start(tmp_path: Path) -> None:
    file = tmp_path / "memory.sqlite3"
    file.write_text("not a database, but a long enough text to look like one " * 100)
    with pytest.raises(StartRefused, match="cannot be opened"):
        open_database(f"sqlite:///{file}")


def test_looking_for_a_database_makes_none(tmp_path: Path) -> None:
    file = tmp_path / "memory.sqlite3"
    assert not exists(f"sqlite:///{file}")
    assert not file.exists()
    open_database(f"sqlite:///{file}").dispose()
    assert exists(f"sqlite:///{file}")
    assert not exists("sqlite://")
    assert exists("postgresql://user@host/name")
