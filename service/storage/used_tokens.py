"""Writes down which tokens were used, as fast as the database allows: every call waits for it.

Past SQLAlchemy's own machinery, on a connection that is kept: that takes a third of the time. It is written without
waiting for the disk: a process that is killed loses nothing; a machine or PostgreSQL server that crashes may forget the
last moment's tokens, which could then be used once more until they expire.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Engine, delete
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import Session, col

from service.storage.database import FileWatch
from service.storage.insertion import insert_into
from service.storage.tables import UsedToken

_PREPARATION = {
    # Nobody who answers calls waits for another process or for the disk: `forget_used_tokens` writes the log back.
    "sqlite": ("PRAGMA synchronous=NORMAL", "PRAGMA busy_timeout=0", "PRAGMA wal_autocheckpoint=0"),
    "postgresql": ("SET synchronous_commit TO off",),
}


class DatabaseAway(Exception):
    """Nothing could be written."""


class DatabaseBusy(Exception):
    """Another process is writing: try again in a moment (SQLite only)."""


class Pen:
    """Writes entries on one connection, which is made anew when it broke or when the file was replaced."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._file = FileWatch(engine)
        self._sql, self._names = _insertion(engine)
        self._connection: Connection | None = None
        self._cursor: Any = None
        self._errors = (SQLAlchemyError, engine.dialect.loaded_dbapi.Error)

    def enter(self, digest: bytes, until: int) -> bool:
        """Whether this digest is new; it is written down then.

        Raises:
            DatabaseAway, DatabaseBusy: not known, and nothing is written.
        """
        was_open = self._connection is not None
        try:
            return self._enter(digest, until)
        except self._errors as error:
            if _is_busy(error):
                raise DatabaseBusy from None
            self.put_down()
            if not was_open:
                raise DatabaseAway(type(error).__name__) from None
        return self.enter(digest, until)  # on a new connection: the one before may have died long ago

    def put_down(self) -> None:
        """Let the connection go."""
        connection, self._connection, self._cursor = self._connection, None, None
        if connection is not None:
            connection.invalidate()
            connection.close()

    def _enter(self, digest: bytes, until: int) -> bool:
        if self._file.is_another():
            self.put_down()
        if self._cursor is None:
            self._take_up()
        values = (digest, until)
        self._cursor.execute(self._sql, dict(zip(self._names, values, strict=True)) if self._names else values)
        return bool(self._cursor.rowcount == 1)

    def _take_up(self) -> None:
        self._connection = self._engine.connect().execution_options(isolation_level="AUTOCOMMIT")
        cursor = self._connection.connection.cursor()
        for statement in _PREPARATION[self._engine.dialect.name]:
            cursor.execute(statement)
        self._cursor = cursor


def forget_used_tokens(session: Session, before: int) -> int:
    """Forget tokens that stopped counting before a moment, in seconds since 1970; how many those were."""
    gone = session.connection().execute(delete(UsedToken).where(col(UsedToken.until) < before))
    session.commit()
    if session.get_bind().dialect.name == "sqlite":
        session.connection().exec_driver_sql("PRAGMA wal_checkpoint(PASSIVE)")
    return int(gone.rowcount)


def _insertion(engine: Engine) -> tuple[str, Sequence[str]]:
    """An insert that leaves what is there, for the driver; its parameters' names, none where they have a place."""
    statement = insert_into(UsedToken, engine.dialect).on_conflict_do_nothing()
    names = ("digest", "until")
    compiled = statement.compile(dialect=engine.dialect, column_keys=names)
    return str(compiled), () if compiled.positional else names


def _is_busy(error: BaseException) -> bool:
    """Whether SQLite only waits for another; SQLAlchemy wraps its driver's error while connecting."""
    code = getattr(getattr(error, "orig", error), "sqlite_errorcode", None)
    return code is not None and code & 0xFF in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)
