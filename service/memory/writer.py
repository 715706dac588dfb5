"""Writes what waits to the database, a group at a time, in a thread beside the answers; and forgets what is too old."""

from __future__ import annotations

import logging
from datetime import UTC, datetime, timedelta
from threading import Lock
from time import monotonic

import msgspec
from sqlalchemy import Engine, text
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError, SQLAlchemyError, StatementError
from sqlmodel import Session

from service.memory.entries import row_of, rows_of_cards
from service.memory.waiting import Group, Waiting, halves, size
from service.storage.database import FileWatch
from service.storage.evaluations import forget_evaluations, remember

log = logging.getLogger("hormone_cds")
FORGETTING = 3600.0  # seconds between two looks at what is too old
_REFUSALS = (StatementError, ValueError, TypeError, ArithmeticError)  # drivers raise the last three as they are


class Writer:
    """One process's way to write. While the database is away, entries wait."""

    def __init__(self, engine: Engine, waiting: Waiting, retention: timedelta) -> None:
        self.is_away = False
        self._engine, self._waiting, self._retention = engine, waiting, retention
        self._file = FileWatch(engine)
        self._turn = Lock()
        self._forgotten_at: float | None = None

    def step(self) -> None:
        """Write all that waits, with one log line when the database goes away and one when it is back."""
        try:
            self.write()
            self._forget()
        except SQLAlchemyError as error:
            self.note_away(type(error).__name__)
            return
        if self.is_away:
            log.info("memory is written again")
        self.is_away = False

    def note_away(self, reason: str) -> None:
        """From now on nothing is recalled, until something could be written again."""
        if not self.is_away:
            log.error("memory waits for its database (%s): %s entries wait", reason, len(self._waiting))
        self.is_away = True

    def write(self) -> None:
        """Write all that waits.

        Raises:
            SQLAlchemyError: the database is away; what could not be written goes on waiting.
        """
        with self._turn:
            self.require_file()
            if not len(self._waiting):
                self._look()
            while len(self._waiting):
                self._write(self._waiting.next_group())

    def require_file(self) -> None:
        """Raise OperationalError rather than make a new SQLite file where one was deleted."""
        self._file.is_another()

    def _write(self, group: Group) -> None:
        refused: list[str] = []
        try:
            self._put(group, refused)
        finally:
            if refused:
                why = ", ".join(sorted(set(refused)))
                log.error("memory: the database refuses %s of %s entries (%s)", len(refused), size(group), why)

    def _put(self, group: Group, refused: list[str]) -> None:
        """Write a group; where the database refuses it, each half, so that what it will never take goes alone.

        Why entries were refused is added to `refused`: the kind of error, which says nothing of what they hold.
        """
        answered, reported = group
        try:
            with Session(self._engine) as session:
                cards = [row for one in answered for row in rows_of_cards(one)]
                remember(session, list(map(row_of, answered)), cards, list(map(msgspec.structs.asdict, reported)))
        except _REFUSALS as error:
            if _is_of_the_database(error):
                raise
            if size(group) > 1:
                for half in halves(group):
                    self._put(half, refused)
                return
            self._waiting.lost += 1
            refused.append(type(error).__name__)
        self._waiting.drop(group)

    def _look(self) -> None:
        if self.is_away:
            with self._engine.connect() as connection:
                connection.execute(text("SELECT 1"))

    def _forget(self) -> None:
        if self._forgotten_at is not None and monotonic() - self._forgotten_at < FORGETTING:
            return
        with Session(self._engine) as session:
            gone = forget_evaluations(session, datetime.now(UTC) - self._retention)
        self._forgotten_at = monotonic()
        if gone:
            log.info("memory: %s rows older than %s days are forgotten", gone, self._retention.days)


def _is_of_the_database(error: Exception) -> bool:
    """Whether the database would take nothing now (gone, full, read-only, without its tables), rather than not this."""
    is_about_values = isinstance(error, DataError | IntegrityError) and not error.connection_invalidated
    return isinstance(error, DBAPIError) and not is_about_values
