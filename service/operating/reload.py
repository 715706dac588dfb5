"""Reads all knowledge again while the service runs: proven aside, then put in force at once, or refused."""

from __future__ import annotations

import asyncio
import gc
import logging
import signal
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from time import monotonic
from typing import Literal, NamedTuple

from cds_hooks.judgement.knowledge.knowledge import Knowledge, KnowledgeError
from service.http.watch import describe_fault
from service.operating.counts.counting import Counting
from service.operating.hangup import Hangup, came_early
from service.site.settings import Settings, StartRefused
from service.site.site import InForce, Site, open_site

log = logging.getLogger("hormone_cds")


def settle() -> None:
    """Let go of what is in nobody's use any more; what stays lives long and need not be looked at again."""
    gc.collect()
    gc.freeze()


def settle_anew() -> None:
    """The same, after a look at what stayed before: replaced knowledge goes."""
    gc.unfreeze()
    settle()


class Reloaded(NamedTuple):
    """How the newest reading came out, and when by the monotonic clock."""

    outcome: Literal["accepted", "refused"]
    at: float


class Reloader:
    """One process's way to read its files again. `renewed` is told of knowledge that came into force.

    A call under way goes on with the knowledge it began with. What fails leaves everything as it was.
    """

    def __init__(
        self,
        in_force: InForce,
        counting: Counting,
        renewed: Callable[[Knowledge], None] = lambda knowledge: None,
        read: Callable[[Settings], Site] = open_site,
    ) -> None:
        self.last: Reloaded | None = None
        self._in_force, self._counting, self._renewed, self._read = in_force, counting, renewed, read
        self._hangup = Hangup()
        self._asked = asyncio.Event()

    def ask(self) -> None:
        """Have everything read again, soon; while that is going on, once more after it."""
        if not self._hangup.ends_this_process():
            self._asked.set()

    async def reload(self) -> bool:
        """Read, prove, and put in force; whether that was possible."""
        problem = await asyncio.to_thread(self._problem)
        self.last = Reloaded("accepted" if problem is None else "refused", monotonic())
        self._counting.reloaded(self.last.outcome)
        knowledge = self._in_force.site.knowledge
        if problem is not None:
            log.error("reload refused, knowledge %s stays in force: %s", knowledge.digest, problem)
            return False
        self._renewed(knowledge)
        settle_anew()
        log.info("reload accepted, knowledge %s is in force", knowledge.digest)
        return True

    def _problem(self) -> str | None:
        try:
            fresh = self._read(self._in_force.site.settings)
            self._in_force.replace(lambda before: fresh.with_map(before.knowledge.vocabulary.local.code_map))
        except (StartRefused, KnowledgeError) as error:
            return "; ".join(str(error).splitlines())
        except Exception as error:  # whatever is on the disk now, what is in force must stay
            return describe_fault(error)
        return None

    @asynccontextmanager
    async def keeping(self) -> AsyncIterator[None]:
        """Wait for SIGHUP while the service runs, where the system has it."""
        listens = hasattr(signal, "SIGHUP") and threading.current_thread() is threading.main_thread()
        loop, waiting = asyncio.get_running_loop(), asyncio.create_task(self._keep())
        if listens:
            loop.add_signal_handler(signal.SIGHUP, self.ask)
            if came_early():
                self.ask()
        try:
            yield
        finally:
            if listens:
                loop.remove_signal_handler(signal.SIGHUP)
            waiting.cancel()

    async def _keep(self) -> None:
        while True:
            await self._asked.wait()
            self._asked.clear()
            await self.reload()
