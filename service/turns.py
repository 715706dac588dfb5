"""Whose turn it is: one process judges one chart at a time, so what has arrived waits in a line that is kept short.

Charts of single calls go in the order in which they were complete. Lines of batches go when no call waits, and while
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
        self._lines: deque[asyncio.Future[None]] = deque()
        self._is_taken = self._is_of_a_line = self._is_exact = self._has_come = False
        self._began = self._mean = 0.0
        self._ahead = 0.0  # seconds that lines have had beyond their share

    def knock(self) -> bool:
        """Say that a call has come; whether it would not have to wait too long."""
        self._has_come = True
        return len(self._calls) * self._mean * (1 + PART) <= self._most

    async def call(self) -> None:
        """Wait for the turn of a call. Raises Refusal (503) when that would take too long."""
        if not self.knock():
            raise Refusal(503, "throttled", BUSY)
        if self._is_taken:
            await self._wait_in(self._calls)
        else:
            self._give(is_of_a_line=False)

    async def line(self) -> None:
        """Wait for the turn of a line of a batch."""
        if self._is_taken:
            await self._wait_in(self._lines)
        else:
            self._give(is_of_a_line=True)

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

    def _give(self, *, is_of_a_line: bool) -> None:
        """To who is running, or runs next: `_end` comes right after."""
        self._is_taken, self._is_of_a_line, self._is_exact, self._began = True, is_of_a_line, False, self._clock()
        asyncio.get_running_loop().call_soon(self._end)

    def _end(self) -> None:
        now = self._clock()
        self._note(now - self._began)
        self._look(QUIET if self._calls or self._lines else 0, now + PART * (now - self._began))

    def _look(self, quiet: int, until: float) -> None:
        quiet, self._has_come = QUIET if quiet and self._has_come else quiet - 1, False
        if quiet > 0 and self._clock() < until:
            asyncio.get_running_loop().call_soon(self._look, quiet, until)
        else:
            self._pass_on()

    def _pass_on(self) -> None:
        self._is_taken = False
        if self._calls or self._lines:
            is_of_a_line = bool(self._lines) and (not self._calls or self._ahead <= 0)
            turn = (self._lines if is_of_a_line else self._calls).popleft()
            if not turn.done():
                turn.set_result(None)
            self._give(is_of_a_line=is_of_a_line)

    def _note(self, took: float) -> None:
        if self._is_of_a_line:
            self._ahead = self._ahead + took * (1 - SHARE) if self._calls else 0.0
            return
        self._ahead = self._ahead - took * SHARE if self._lines else 0.0
        if self._is_exact:
            self._mean += WEIGHT * (min(took, ODD * self._mean) - self._mean) if self._mean else took


def turns_at(scope: Scope) -> Turns:
    """The turns of the process that a request came to; of its own where nobody laid any beside it."""
    state: dict[str, Any] = scope.setdefault("state", {})
    turns: Turns = state.setdefault("turns", Turns())
    return turns
