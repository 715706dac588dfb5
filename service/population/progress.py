"""A progress bar with rate and time left, on a terminal; without one, nothing."""

from __future__ import annotations

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, ProgressColumn, Task, TextColumn, TimeRemainingColumn
from rich.text import Text


class Rate(ProgressColumn):
    """How many a second."""

    def render(self, task: Task) -> Text:
        """As the bar shows it."""
        speed = task.finished_speed or task.speed
        return Text(f"{speed:,.0f}/s" if speed else "")


def bar(console: Console, *, auto_refresh: bool = True) -> Progress:
    """A bar that shows what is done, how fast, and how long the rest takes.

    Without `auto_refresh` it is drawn when somebody asks for it, and no thread runs: for programs that fork.
    """
    shown = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), Rate(), TimeRemainingColumn()
    return Progress(
        *shown, console=console, disable=not console.is_terminal, speed_estimate_period=120, auto_refresh=auto_refresh
    )
