"""Opens the database, with its tables in the form this version needs."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic, sleep
from typing import Any

from sqlalchemy import Engine, create_engine, event, make_url
from sqlalchemy.engine import URL
from sqlalchemy.exc import ArgumentError, NoSuchModuleError, OperationalError, SQLAlchemyError
from sqlalchemy.pool import StaticPool
from sqlmodel import Session

from service.site.environment import variable_of
from service.site.settings import StartRefused
from service.storage.migrating import START_PATIENCE, bring_up_to_date, revision

PATIENCE = 5  # seconds to wait for a connection or a lock
_DRIVERS = {"postgresql": "postgresql+psycopg", "postgres": "postgresql+psycopg"}


def revision_of(address: str) -> str | None:
    """The tables a database has; None: none yet. Nothing is changed or made. Raises StartRefused as `open_database`."""
    url = _url(address)
    if not exists(address):
        return None
    engine = _engine(url)
    try:
        with engine.connect() as connection:
            return revision(connection)
    except SQLAlchemyError as error:
        raise StartRefused(f"{_place(url)}: the database cannot be opened ({_reason(error)})") from None
    finally:
        engine.dispose()


def _engine(url: URL) -> Engine:
    try:
        engine = create_engine(url, hide_parameters=True, **_options(url))
    except ImportError:
        raise StartRefused(f"{_place(url)}: install its driver with pip install 'hormone-cds[postgresql]'") from None
    if url.get_backend_name() == "sqlite":
        event.listen(engine, "connect", _prepare_sqlite)
    return engine


def open_database(address: str) -> Engine:
    """A connection pool on the database, with every table this version needs.

    Raises:
        StartRefused: the address is none, the database cannot be reached, or a newer version of the service made it.
            The message holds no password.
    """
    url = _url(address)
    engine = _engine(url)
    try:
        _take_turns(engine, url)
    except SQLAlchemyError as error:
        engine.dispose()
        raise StartRefused(f"{_place(url)}: the database cannot be opened ({_reason(error)})") from None
    except StartRefused:
        engine.dispose()
        raise
    return engine


def _take_turns(engine: Engine, url: URL) -> None:
    """Bring the tables up to date; while another process that starts does so to an SQLite file, wait for it."""
    until = monotonic() + START_PATIENCE
    while True:
        try:
            with engine.connect() as connection:
                return bring_up_to_date(connection, _place(url))
        except OperationalError as error:
            if "database is locked" not in str(error.orig) or monotonic() > until:
                raise
            sleep(0.05)


@contextmanager
def session_on(address: str) -> Iterator[Session]:
    """One session on a database, for a command that ends. Raises StartRefused as `open_database` does."""
    engine = open_database(address)
    try:
        with Session(engine) as session:
            yield session
    finally:
        engine.dispose()


def exists(address: str) -> bool:
    """Whether there may be something to recall: an SQLite file that nobody made is not made by looking."""
    url = _url(address)
    return url.get_backend_name() != "sqlite" or bool(url.database and Path(url.database).exists())


def place_of(address: str) -> str:
    """Which database, without user, password and options. Raises StartRefused when the address is none."""
    return _place(_url(address))


class FileWatch:
    """Notices that an SQLite file was deleted or replaced: open connections would go on with what nobody sees."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        name = engine.url.database if engine.url.get_backend_name() == "sqlite" else None
        self._path = name if name and name != ":memory:" else None
        self._seen = self._identity()

    def is_another(self) -> bool:
        """Whether the file was replaced since the last look; connections to the one before are let go.

        Raises:
            OperationalError: there is no file now; none is made.
        """
        found = self._identity()
        if self._path is not None and found is None:
            self._engine.dispose()
            raise OperationalError("the database file is gone", None, FileNotFoundError())
        is_another = found != self._seen
        if is_another:
            self._engine.dispose()
        self._seen = found
        return is_another

    def _identity(self) -> tuple[int, int] | None:
        try:
            status = os.stat(self._path) if self._path is not None else None
        except OSError:
            return None
        return (status.st_dev, status.st_ino) if status is not None else None


def _url(address: str) -> URL:
    try:
        url = make_url(address)
        url.get_dialect()
    except (ArgumentError, NoSuchModuleError, ValueError):
        known = "sqlite:///file, sqlite:// (in memory) or postgresql://user:password@host/name"
        raise StartRefused(f"{variable_of('database_url')} is not the address of a database: {known}") from None
    except ImportError:
        url = make_url(address)
    url = url.set(drivername=_DRIVERS.get(url.drivername, url.drivername))
    if "@" in (url.host or ""):
        raise StartRefused(f"{variable_of('database_url')}: write an @ in the password as %40")
    if url.get_backend_name() not in ("sqlite", "postgresql"):
        raise StartRefused(f"{variable_of('database_url')}: SQLite and PostgreSQL are supported")
    return url


def _place(url: URL) -> str:
    where = f"{url.host}/" if url.host else ""
    return f"{variable_of('database_url')} ({url.get_backend_name()} {where}{url.database or 'in memory'})"


def _reason(error: SQLAlchemyError) -> str:
    """The database's own first line, as far as it cannot hold what is secret."""
    own = str(getattr(error, "orig", "") or "").partition("\n")[0]
    return f"{type(error).__name__}: {own}" if own and "password=" not in own else type(error).__name__


def _options(url: URL) -> dict[str, Any]:
    if url.get_backend_name() != "sqlite":
        own = {"connect_timeout": PATIENCE, "tcp_user_timeout": 1000 * PATIENCE, "client_encoding": "utf8"}
        limits = f"-c statement_timeout={PATIENCE}s -c lock_timeout={PATIENCE}s"
        return {"pool_pre_ping": True, "pool_size": 2, "connect_args": {**own, "options": limits}}
    options: dict[str, Any] = {"connect_args": {"timeout": PATIENCE, "check_same_thread": False}}
    # A database in memory is there as long as its one connection is.
    return options if url.database and url.database != ":memory:" else {**options, "poolclass": StaticPool}


def _prepare_sqlite(connection: Any, record: object) -> None:
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA foreign_keys=ON")
