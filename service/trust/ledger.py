"""The tokens used so far, over all worker processes: none is taken twice."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import math
import time
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from typing import Protocol

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import Session

from service.storage.used_tokens import DatabaseAway, DatabaseBusy, Pen, forget_used_tokens

log = logging.getLogger("hormone_cds")
PATIENCE = 2.0  # seconds to wait for the database, or for who is writing
MOMENT = 0.001  # seconds until the next try while another process writes
INTERVAL = 5.0  # seconds between two clearings
GRACE = 300  # seconds that an entry is kept beyond its end: the clocks of several machines differ
LOOK = bytes(32), 0  # an entry of no token, written again and again to see whether entries can be; cleared as old ones
DOUBT = 86_400.0  # seconds that nothing is cleared after somebody set this machine's clock: it may be set back


class LedgerAway(Exception):
    """It cannot be known now whether a token was used."""


class Book(Protocol):
    """Where entries are kept."""

    async def enter(self, digest: bytes, until: int) -> bool:
        """Whether it is new; it is written down then. Raises DatabaseAway, or TimeoutError after PATIENCE."""

    def clear(self, before: int) -> None:
        """Forget what ended before a moment. Raises SQLAlchemyError. Called from another thread."""

    def close(self) -> None:
        """Let connections go."""


class Clock:
    """The wall clock, and whether it can be trusted to say what is over."""

    def __init__(self, wall: Callable[[], float] = time.time, steady: Callable[[], float] = time.monotonic) -> None:
        self._wall, self._steady = wall, steady
        self._before, self._doubted_until = (wall(), steady()), -math.inf

    def time(self) -> float | None:
        """Seconds since 1970; None while it is in doubt, since it did not go on as time does."""
        now, passed = self._wall(), self._steady()
        was, had_passed = self._before
        self._before = now, passed
        if abs((now - was) - (passed - had_passed)) > GRACE / 2:
            log.warning("the clock was set: for a day used tokens are kept beyond their end")
            self._doubted_until = passed + DOUBT
        return now if passed >= self._doubted_until else None


class Ledger:
    """What is written down of a token is a digest of issuer and `jti`: fixed in size, and nobody's name."""

    def __init__(self, book: Book, clock: Clock | None = None) -> None:
        self._book, self._clock = book, clock or Clock()
        self.is_away = False  # whether entries could not be written when that was last tried

    async def enter(self, issuer: str, jti: str, until: float) -> bool:
        """Whether the token is used for the first time; from then on it is used.

        Raises:
            LedgerAway: the database is away.
        """
        return await self._enter(sha256(f"{issuer}\0{jti}".encode()).digest(), math.ceil(until))

    async def _enter(self, digest: bytes, until: int) -> bool:
        try:
            is_new = await self._book.enter(digest, until)
        except (DatabaseAway, TimeoutError) as error:
            self._note_away(error)
            raise LedgerAway from None
        if self.is_away:
            log.info("used tokens are written down again")
        self.is_away = False
        return is_new

    @contextlib.asynccontextmanager
    async def keeping(self) -> AsyncIterator[None]:
        """Clear it again and again while the service runs, and see whether it can be written to.

        Where it cannot, no balancer sends a call that could find out when it can again.
        """
        clearing = asyncio.create_task(self._keep_clear())
        try:
            yield
        finally:
            clearing.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await clearing
            self.close()

    def close(self) -> None:
        """Let connections go: nothing is entered any more."""
        self._book.close()

    async def _keep_clear(self) -> None:
        while True:
            with contextlib.suppress(LedgerAway, SQLAlchemyError):  # the next look says so
                await self._enter(*LOOK)
                now = self._clock.time()
                before = int(now) - GRACE if now is not None else 1  # in doubt, what is of no token alone
                await asyncio.to_thread(self._book.clear, before)
            await asyncio.sleep(INTERVAL)

    def _note_away(self, error: Exception) -> None:
        if not self.is_away:
            log.error(
                "used tokens cannot be written down (%s): calls with a token get 503", str(error) or "it takes too long"
            )
        self.is_away = True


def open_ledger(engine: Engine) -> Ledger:
    """The ledger in a database; for one in memory, this process's own."""
    if engine.dialect.name == "postgresql":
        return Ledger(InPostgreSQL(engine))
    return Ledger(InSQLite(engine) if engine.url.database not in (None, "", ":memory:") else InMemory())


class InSQLite:
    """In a file that all workers share. It takes some 50 µs, less than handing it to a thread would."""

    def __init__(self, engine: Engine) -> None:
        self._engine, self._pen = engine, Pen(engine)

    async def enter(self, digest: bytes, until: int) -> bool:
        """Written here and now; only for another writer's turn we wait, and meanwhile other calls are answered."""
        try:
            return self._pen.enter(digest, until)
        except DatabaseBusy:
            pass  # no clock is set before it is needed: that would take as long as a third of the writing
        async with asyncio.timeout(PATIENCE):
            return await self._enter_in_turn(digest, until)

    async def _enter_in_turn(self, digest: bytes, until: int) -> bool:
        while True:
            await asyncio.sleep(MOMENT)
            with contextlib.suppress(DatabaseBusy):
                return self._pen.enter(digest, until)

    def clear(self, before: int) -> None:
        """On a connection of its own."""
        with Session(self._engine) as session:
            forget_used_tokens(session, before)

    def close(self) -> None:
        """Let the connection go."""
        self._pen.put_down()


class InPostgreSQL:
    """In a database over the network: a thread waits for it, with a connection of its own."""

    def __init__(self, engine: Engine) -> None:
        self._engine, self._pen = engine, Pen(engine)
        self._thread = ThreadPoolExecutor(1, "used-tokens")

    async def enter(self, digest: bytes, until: int) -> bool:
        """In its turn."""
        async with asyncio.timeout(PATIENCE):
            return await asyncio.get_running_loop().run_in_executor(self._thread, self._pen.enter, digest, until)

    def clear(self, before: int) -> None:
        """On a connection of its own."""
        with Session(self._engine) as session:
            forget_used_tokens(session, before)

    def close(self) -> None:
        """End the thread, and let the connection go."""
        self._thread.shutdown(cancel_futures=True)
        self._pen.put_down()


class InMemory:
    """In this process, gone at its end."""

    def __init__(self) -> None:
        self._until: dict[bytes, int] = {}

    async def enter(self, digest: bytes, until: int) -> bool:
        """At once."""
        is_new = digest not in self._until
        self._until.setdefault(digest, until)
        return is_new

    def clear(self, before: int) -> None:
        """Forget."""
        for digest in [digest for digest, until in self._until.copy().items() if until < before]:
            del self._until[digest]

    def close(self) -> None:
        """Nothing to let go."""
