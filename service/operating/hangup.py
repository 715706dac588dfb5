"""Tells a SIGHUP that asks for a reload from one that a terminal sends when its window is closed."""

from __future__ import annotations

import os
import signal


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
