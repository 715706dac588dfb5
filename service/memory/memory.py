"""The service's memory as its doors see it: remember an answer, note feedback, recall what may stay silent."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Callable, Sequence
from datetime import UTC, datetime, timedelta

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from cds_hooks.presentation.silences.keep import Past, Remembered
from service.http.watch import describe_fault
from service.memory.entries import Answered, Reported
from service.memory.keyed import Keyed
from service.memory.recall import recalled
from service.memory.waiting import Waiting
from service.memory.writer import Writer
from service.site.environment import variable_of
from service.site.settings import Settings, StartRefused

log = logging.getLogger("hormone_cds")
INTERVAL = 1.0  # seconds between two groups: what a killed process loses at most
PATIENCE = 0.25  # seconds an answer waits for what may stay silent


def require_key(settings: Settings) -> None:
    """Raise StartRefused where silences are wanted without a key that makes a patient known again."""
    is_wanted = settings.memory == "on" and bool(settings.silence_overridden or settings.silence_shown)
    if is_wanted and settings.hash_key is None:
        raise StartRefused(f"set {variable_of('hash_key')}: without it no patient is known again, and none is silent")


class Memory:
    """One process's memory. Without a database, or with MEMORY=off, it keeps nothing and recalls nothing.

    Raises:
        StartRefused: silences are wanted without a key that makes a patient known again.
    """

    def __init__(self, settings: Settings, engine: Engine | None = None) -> None:
        self.keyed, self.waiting = Keyed(settings), Waiting()
        self._settings, self._engine = settings, engine
        self._stop = asyncio.Event()
        self._writer: Writer | None = None
        if engine is not None and settings.memory == "on":
            self._writer = Writer(engine, self.waiting, timedelta(days=settings.retention_days))
        self.silences = self._writer is not None and bool(settings.silence_overridden or settings.silence_shown)
        if self.silences:
            require_key(settings)

    @property
    def is_on(self) -> bool:
        """Whether anything is kept."""
        return self._writer is not None

    @property
    def is_away(self) -> bool:
        """Whether entries wait because the database is away."""
        return self._writer is not None and self._writer.is_away

    def remember(self, answered: Answered) -> None:
        """Have an evaluation written, soon."""
        self.waiting.add(answered)

    def note(self, reported: Sequence[Reported]) -> bool:
        """Have items of feedback written, soon, all of them or none; whether they will be."""
        return self.waiting.report(reported)

    def patient(self, server: str, patient: str) -> str:
        """The keyed hash of a patient of an EHR; empty when nobody is named."""
        return self.keyed.name("patient", server, patient) if patient else ""

    def marker(self, patient: str, user: str) -> Callable[[str], str]:
        """What makes the mark of a card for this user about this patient, both given as keyed hashes."""
        return lambda described: self.keyed.name("card", patient, user, described)

    async def recall(self, patient: str, user: str, server: str = "", instance: str = "") -> Remembered | None:
        """What may stay silent for this user about this patient: nothing when silences are off, when nobody is named,
        and when the database is away or slow. What the same call (`instance`) showed does not count: it is retried."""
        writer = self._writer
        if writer is None or not (self.silences and patient and user) or writer.is_away:
            return None
        known, whose = self.patient(server, patient), self.keyed.name("user", user)
        try:
            async with asyncio.timeout(PATIENCE):
                cards = await asyncio.to_thread(self._recalled, writer, known, instance)
        except TimeoutError:
            return None  # a crowd may be the reason: it says nothing of the database
        except SQLAlchemyError as error:
            writer.note_away(type(error).__name__)
            return None
        return Remembered(self.marker(known, whose), cards)

    def _recalled(self, writer: Writer, patient: str, instance: str) -> tuple[Past, ...]:
        assert self._engine is not None  # noqa: S101 - there is a writer
        if self.waiting.concerns(patient):
            writer.write()  # an order screen asks again within the second
        writer.require_file()
        now = datetime.now(self._settings.timezone or UTC)
        return recalled(self._engine, self._settings, patient, instance, now)

    @contextlib.asynccontextmanager
    async def keeping(self) -> AsyncIterator[None]:
        """Write again and again while the service runs, and once more at its end."""
        self._stop.clear()
        task = asyncio.create_task(self._keep())
        try:
            yield
        finally:
            self._stop.set()
            await task
            await self._step()
            if len(self.waiting):
                log.error("memory: %s entries could not be written and are lost", len(self.waiting))

    async def _keep(self) -> None:
        while not self._stop.is_set():
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._stop.wait(), INTERVAL)
            if not self._stop.is_set():
                await self._step()

    async def _step(self) -> None:
        if self._writer is None:
            return
        try:
            await asyncio.to_thread(self._writer.step)
        except Exception as error:  # a fault of ours must not end the keeping: nothing would be remembered any more
            log.error("fault %s", describe_fault(error))
