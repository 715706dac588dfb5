"""The guard of one application with all it stands on."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass

from fastapi import FastAPI
from sqlalchemy import Engine

from service.settings import Settings
from service.trust.fetch import fetch
from service.trust.guard import Guard, WayIn
from service.trust.ledger import Ledger, open_ledger
from service.trust.trusted import bases, trusted
from service.trust.verify import Verifier


@dataclass(frozen=True, slots=True)
class Door:
    """Opened before the application is, and hung in front of its routes."""

    verifier: Verifier
    ledger: Ledger
    bases: Sequence[str]

    def hang(self, app: FastAPI, others: Sequence[WayIn] = ()) -> None:
        """Guard every route of the application; `others` are further ways in, for people."""
        app.add_middleware(Guard, verifier=self.verifier, ledger=self.ledger, bases=self.bases, others=others)

    def keeping(self) -> AbstractAsyncContextManager[None]:
        """What runs beside the application."""
        return self.ledger.keeping()


def open_door(settings: Settings, engine: Engine) -> Door:
    """By the settings.

    Raises:
        StartRefused: they cannot be meant.
    """
    return Door(trusted(settings, fetch), open_ledger(engine), bases(settings))
