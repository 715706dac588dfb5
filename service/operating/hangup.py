"""Tells a SIGHUP that asks for a reload from one that a terminal sends when its window is closed."""

from __future__ import annotations

import os
import signal
from types import FrameType

_came_early = False  # of this process, as its signals are


def hold() -> None:
    """From now on remember a SIGHUP that comes before there is anything to read again, rather than end by it."""
    if hasattr(signal, "SIGHUP"):
        signal.signal(signal.SIGHUP, _note)


def came_early() -> bool:
    """Whether one came."""
    return _came_early


def _note(number: int, frame: FrameType | None) -> None:
    global _came_early
    _came_early = True


class Hangup:
    """Remembers whether the process was started on a terminal."""

    def __init__(self) -> None:
        self._was_on_terminal = os.isatty(0)

    def ends_this_process(self) -> bool:
        """Whether the terminal is gone; the process is then told to stop, as it would without us."""
        is_gone = self._was_on_terminal and not os.isatty(0)
        if is_gone:
            os.kill(os.getpid(), signal.SIGTERM)
        return is_gone
