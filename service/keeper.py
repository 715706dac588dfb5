"""Keeps memory and service in step while it runs: takes up a new code map, and writes down what was counted."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import Session

from service.codes.tally import Tally
from service.site import InForce
from service.storage.code_maps import newest_version, recall_code_map
from service.storage.unmapped import remember_unmapped
from service.watch import describe_fault

log = logging.getLogger("hormone_cds")
INTERVAL = 5.0  # seconds until a new map is in force, and until counts are written


class Keeper:
    """One process's link to the database. While that is away, what is in force stays so, and no count is lost."""

    def __init__(self, engine: Engine, in_force: InForce, tally: Tally) -> None:
        self._engine, self._in_force, self._tally = engine, in_force, tally
        self._is_away = False

    def take_up(self) -> None:
        """Put the newest code map in force, if it is not yet.

        Raises:
            SQLAlchemyError: the database is away.
        """
        with Session(self._engine) as session:
            newest = newest_version(session)
            if newest == self._in_force.site.knowledge.vocabulary.local.version:
                return
            code_map = recall_code_map(session, newest)
        if code_map is not None:
            self._in_force.site = self._in_force.site.with_map(code_map)
            log.info("code map version %s is in force, %s rows", newest, len(code_map.entries))

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
        except SQLAlchemyError:
            self._tally.give_back(counted)
            raise

    def step(self) -> None:
        """Both, with one log line when the database goes away and one when it is back."""
        try:
            self.take_up()
            self.write_down()
        except SQLAlchemyError as error:
            if not self._is_away:
                log.error("the database is away (%s): the code map in force stays", type(error).__name__)
            self._is_away = True
            return
        if self._is_away:
            log.info("the database is back")
        self._is_away = False

    @contextlib.asynccontextmanager
    async def keeping(self) -> AsyncIterator[None]:
        """Step again and again while the service runs, and once more at its end."""
        task = asyncio.create_task(self._keep())
        try:
            yield
        finally:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task
            await asyncio.to_thread(self.step)
            self._engine.dispose()

    async def _keep(self) -> None:
        while True:
            await asyncio.sleep(INTERVAL)
            try:
                await asyncio.to_thread(self.step)
            except Exception as error:  # a fault of ours must not end the keeping: the next map would never be in force
                log.error("fault %s", describe_fault(error))
