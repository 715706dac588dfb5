"""Whose turn it is: one process judges one chart at a time, so what has arrived waits in a line that is kept short.

Charts of single calls go in the order in which they were complete; one that waited for something else meanwhile, as for
the EHR's server, goes before those that have not begun. Lines of batches go when no call waits, and while
calls wait they get a tenth of the time, all batches together: a call waits for one line at most before it is next.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from time import perf_counter
from typing import Any

from starlette.types import Scope

from cds_hooks.refusal import Refusal

SHARE = 0.1  # of the time, for lines of batches while calls wait
WEIGHT = 0.1  # of the newest turn in the mean
ODD = 4  # times the mean: a turn that took longer counts as so long, since one odd turn tells little of the next
# Between two turns the loop goes round until nobody has come so many times: it takes one new connection each time, and
# who is refused should hear so at once. Not longer than a part of the turn before, so that a flood does not stop the
# judging.
QUIET, PART = 3, 0.3
BUSY = "Too many calls at once. Nothing was evaluated. Try again."


class Turns:
    """A turn lasts from where it is given to where who has it waits for something else, or is done.

    `most` is how many seconds a call may be expected to wait.
    """

    def __init__(self, most: float = 2.0, clock: Callable[[], float] = perf_counter) -> None:
        self._most, self._clock = most, clock
        self._calls: deque[asyncio.Future[None]] = deque()
        self._begun: deque[asyncio.Future[None]] = deque()  # calls that had a turn before
        self._lines: deque[asyncio.Future[None]] = deque()
        self._is_taken = self._is_of_a_line = self._is_exact = self._has_come = False
        self._began = 0.0
        self._mean = self._rest = 0.0  # seconds of a call's first turn, and of its later ones; many have none
        self._who: asyncio.Task[object] | None = None  # has the turn
        self._is_first = True
        self._ahead = 0.0  # seconds that lines have had beyond their share

    def knock(self) -> bool:
        """Say that a call has come; whether it would not have to wait too long."""
        self._has_come = True
        waiting = len(self._calls) * (self._mean + self._rest) + len(self._begun) * self._rest
        return waiting * (1 + PART) <= self._most

    async def call(self) -> None:
        """Wait for the turn of a call. Raises Refusal (503) when that would take too long."""
        if not self.knock():
            raise Refusal(503, "throttled", BUSY)
        await self._take(self._calls)

    async def again(self) -> None:
        """Wait for a further turn of a call that had one and waited for something else since; nobody is refused here.

        A call that did not wait still has its turn.
        """
        if self._who is None or self._who is not asyncio.current_task():
            await self._take(self._begun)

    async def line(self) -> None:
        """Wait for the turn of a line of a batch."""
        await self._take(self._lines)

    async def _take(self, waiting: deque[asyncio.Future[None]]) -> None:
        if self._is_taken:
            await self._wait_in(waiting)
        else:
            self._give(waiting)
        self._who = asyncio.current_task()

    async def _wait_in(self, waiting: deque[asyncio.Future[None]]) -> None:
        turn = asyncio.get_running_loop().create_future()
        waiting.append(turn)
        try:
            await turn
            # Whatever else was ready ran before; and nothing does between here and `_end`.
            self._began, self._is_exact = self._clock(), True
        except asyncio.CancelledError:
            if turn in waiting:
                waiting.remove(turn)
            raise

    def _give(self, waiting: deque[asyncio.Future[None]]) -> None:
        """To who is running, or runs next: `_end` comes right after."""
        self._is_of_a_line, self._is_first = waiting is self._lines, waiting is self._calls
        self._is_taken, self._is_exact, self._began = True, False, self._clock()
        asyncio.get_running_loop().call_soon(self._end)

    def _end(self) -> None:
        now, self._who = self._clock(), None
        self._note(now - self._began)
        self._look(QUIET if self._begun or self._calls or self._lines else 0, now + PART * (now - self._began))

    def _look(self, quiet: int, until: float) -> None:
        quiet, self._has_come = QUIET if quiet and self._has_come else quiet - 1, False
        if quiet > 0 and self._clock() < until:
            asyncio.get_running_loop().call_soon(self._look, quiet, until)
        else:
            self._pass_on()

    def _pass_on(self) -> None:
        self._is_taken = False
        calls = self._begun or self._calls
        waiting = self._lines if self._lines and (not calls or self._ahead <= 0) else calls
        if waiting:
            turn = waiting.popleft()
            if not turn.done():
                turn.set_result(None)
            self._give(waiting)

    def _note(self, took: float) -> None:
        if self._is_of_a_line:
            self._ahead = self._ahead + took * (1 - SHARE) if self._begun or self._calls else 0.0
            return
        self._ahead = self._ahead - took * SHARE if self._lines else 0.0
        if not self._is_exact:
            return
        if self._is_first:
            self._mean += WEIGHT * (min(took, ODD * self._mean) - self._mean) if self._mean else took
            self._rest -= WEIGHT * self._rest
        else:
            self._rest += WEIGHT * min(took, ODD * (self._mean + self._rest) or took)


def turns_at(scope: Scope) -> Turns:
    """The turns of the process that a request came to; of its own where nobody laid any beside it."""
    state: dict[str, Any] = scope.setdefault("state", {})
    turns: Turns = state.setdefault("turns", Turns())
    return turns
