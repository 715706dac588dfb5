"""What is counted while the service answers, as every module sees it. This class counts nothing (METRICS=off)."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any, NamedTuple

States = Mapping[Any, Sequence[str]]  # checks, by how they came out
# Where several processes keep what they count: prometheus-client's own variable, set before that is first imported.
FOLDER = "PROMETHEUS_MULTIPROC_DIR"


class Standing(NamedTuple):
    """What stands at a moment, of one process."""

    waiting: int  # entries of memory
    lost: int  # of them, since the start
    is_database_up: bool
    info: dict[str, str]  # versions of code and knowledge


class Counting:
    """Takes notice of what happens. What it is told comes from routes, knowledge and enumerations, never a caller."""

    is_on = False

    def began(self) -> None:
        """A request."""

    def answered(self, method: str, route: str, status: int, seconds: float) -> None:
        """A request that began is over."""

    def judged(self, door: str, states: States, unread: Iterable[str], indicators: Iterable[str]) -> None:
        """A chart: checks by state, reasons of what was unread, and the cards that were shown."""

    def called_ehr(self, outcome: str, seconds: float) -> None:
        """The EHR's FHIR server, once."""

    def saw_token(self, outcome: str) -> None:
        """A client's token: `accepted`, or why it was refused."""

    def reloaded(self, outcome: str) -> None:
        """Knowledge, read again: `accepted` or `refused`."""

    def ask(self, standing: Callable[[], Standing]) -> None:
        """Whom to ask for what stands at a moment."""

    def written(self, accept: str) -> tuple[bytes, str]:
        """All numbers in a format that a scraper accepts, and its media type."""
        return b"", "text/plain"

    def unread(self) -> dict[str, int]:
        """How often each reason kept something of a chart from being used, since the start."""
        return {}

    @asynccontextmanager
    async def keeping(self) -> AsyncIterator[None]:
        """While the service runs."""
        yield
