"""The guard of one application with all it stands on."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

from fastapi import FastAPI
from sqlalchemy import Engine

from service.outside.outside import Outside
from service.pace import Pace
from service.settings import Settings
from service.trust.guard import Guard, WayIn
from service.trust.ledger import Ledger, open_ledger
from service.trust.trusted import bases, outside_for, trusted
from service.trust.verify import Verifier


@dataclass(frozen=True, slots=True)
class Door:
    """Opened before the application is, and hung in front of its routes."""

    verifier: Verifier
    ledger: Ledger
    outside: Outside
    bases: Sequence[str]

    def hang(self, app: FastAPI, others: Sequence[WayIn] = (), pace: Pace | None = None) -> None:
        """Guard every route of the application; `others` are further ways in, for people."""
        app.add_middleware(
            Guard, verifier=self.verifier, ledger=self.ledger, bases=self.bases, others=others, pace=pace
        )

    @asynccontextmanager
    async def keeping(self) -> AsyncIterator[None]:
        """What runs beside the application."""
        try:
            async with self.ledger.keeping():
                yield
        finally:
            await self.outside.close()


def open_door(settings: Settings, engine: Engine) -> Door:
    """By the settings.

    Raises:
        StartRefused: they cannot be meant.
    """
    outside = outside_for(settings)
    return Door(trusted(settings, outside.get), open_ledger(engine), outside, bases(settings))
