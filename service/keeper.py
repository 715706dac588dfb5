"""Keeps memory and service in step while it runs: takes up a new code map, and writes down what was counted."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator
from time import monotonic

from msgspec import ValidationError
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import Session

from service.codes.tally import Tally
from service.http.watch import describe_fault
from service.site.settings import StartRefused
from service.site.site import InForce
from service.storage.code_maps import newest_mark, recall_code_map
from service.storage.database import FileWatch
from service.storage.unmapped import remember_unmapped
from terminology.vocabulary import CodeMap

log = logging.getLogger("hormone_cds")
NOTHING = (0, "")  # the mark of a database without a map
INTERVAL = 5.0  # seconds until a new map is in force, and until counts are written


class Keeper:
    """One process's link to the database. While that is away, what is in force stays so, and no count is lost."""

    def __init__(self, engine: Engine, in_force: InForce, tally: Tally) -> None:
        self._engine, self._in_force, self._tally = engine, in_force, tally
        self._file = FileWatch(engine)
        self._taken_up: tuple[int, str] | None = NOTHING  # None: of a database that is no longer there
        self._stop, self._interval = asyncio.Event(), INTERVAL

    def start(self) -> None:
        """Put the code map in force before anything is answered.

        Raises:
            StartRefused: the database is away, or holds what this version cannot read.
        """
        try:
            self.take_up()
        except (SQLAlchemyError, ValidationError) as error:
            self._engine.dispose()
            what = f"the code map in the database cannot be read ({type(error).__name__})"
            raise StartRefused(f"{what}: was it written by a newer version of the service?") from None

    def take_up(self) -> None:
        """Put the newest code map in force, if it is not yet.

        Raises:
            SQLAlchemyError: the database is away.
        """
        if self._file.is_another():
            log.warning("the database file was replaced: its code map is taken up, or none")
            self._taken_up = None
        with Session(self._engine) as session:
            newest = newest_mark(session)
            if newest == self._taken_up:
                return
            code_map = recall_code_map(session, newest[0]) or CodeMap()
        if self._taken_up is not None and newest < self._taken_up:
            log.warning("the database holds an older code map than the one in force: was it replaced?")
        self._in_force.replace(lambda site: site.with_map(code_map))
        self._taken_up = newest
        log.info("code map version %s is in force, %s rows", code_map.version, len(code_map.entries))

    def write_down(self) -> None:
        """Add what was counted to the database.

        Raises:
            SQLAlchemyError: the database is away; the counts are kept for the next time.
        """
        site = self._in_force.site
        rows = self._tally.take(site.knowledge.vocabulary, site.now().day)
        if not rows:
            return
        counted = [row.model_copy() for row in rows]
        try:
            with Session(self._engine) as session:
                remember_unmapped(session, rows)
        except BaseException:
            self._tally.give_back(counted)
            raise

    def step(self) -> None:
        """Both, with one log line when the database goes away and one when it is back."""
        try:
            self._look()
        finally:
            self._in_force.looked_at = monotonic()

    def _look(self) -> None:
        try:
            self.take_up()
            self.write_down()
        except SQLAlchemyError as error:
            if not self._in_force.is_database_away:
                log.error("the database is away (%s): the code map in force stays", type(error).__name__)
            self._in_force.is_database_away = True
            return
        if self._in_force.is_database_away:
            log.info("the database is back")
        self._in_force.is_database_away = False

    @contextlib.asynccontextmanager
    async def keeping(self) -> AsyncIterator[None]:
        """Step again and again while the service runs, and once more at its end."""
        self._stop.clear()
        task = asyncio.create_task(self._keep())
        try:
            yield
        finally:
            self._stop.set()
            await task
            await self._step()
            if self._in_force.is_database_away:
                log.error("the last counts of unmapped codes could not be written and are lost")
            self._engine.dispose()

    async def _keep(self) -> None:
        while not self._stop.is_set():
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._stop.wait(), self._interval)
            if not self._stop.is_set():
                await self._step()

    async def _step(self) -> None:
        try:
            await asyncio.to_thread(self.step)
        except Exception as error:  # a fault of ours must not end the keeping: the next map would never be in force
            log.error("fault %s", describe_fault(error))
