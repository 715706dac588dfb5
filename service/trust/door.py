"""The guard of one application with all it stands on."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

from fastapi import FastAPI
from sqlalchemy import Engine

from service.http.pace import Pace
from service.operating.counts.counting import Counting
from service.outside.outside import Outside
from service.site.settings import Settings
from service.trust.guard import Guard, WayIn
from service.trust.ledger import Ledger, open_ledger
from service.trust.trusted import bases, outside_for, trusted
from service.trust.verify import Verifier

KEEPING = 5.0  # seconds between two looks at how old keys are; how often a place is asked, its terms say


@dataclass(frozen=True, slots=True)
class Door:
    """Opened before the application is, and hung in front of its routes."""

    verifier: Verifier
    ledger: Ledger
    outside: Outside
    bases: Sequence[str]

    def hang(self, app: FastAPI, others: Sequence[WayIn] = (), pace: Pace | None = None, *, counting: Counting) -> None:
        """Guard every route of the application; `others` are further ways in, for people."""
        app.add_middleware(
            Guard,
            verifier=self.verifier,
            ledger=self.ledger,
            bases=self.bases,
            others=others,
            pace=pace,
            counting=counting,
        )

    @asynccontextmanager
    async def keeping(self) -> AsyncIterator[None]:
        """What runs beside the application."""
        keeping = asyncio.create_task(self._keep_keys())
        try:
            async with self.ledger.keeping():
                yield
        finally:
            keeping.cancel()
            await self.outside.close()

    async def _keep_keys(self) -> None:
        """So that the first call need not wait for them, and it is known whether a call could be proven."""
        while True:
            await asyncio.gather(*(source.keep() for source in self.verifier.sources))
            await asyncio.sleep(KEEPING)


def open_door(settings: Settings, engine: Engine) -> Door:
    """By the settings.

    Raises:
        StartRefused: they cannot be meant.
    """
    outside = outside_for(settings)
    return Door(trusted(settings, outside.get), open_ledger(engine), outside, bases(settings))
