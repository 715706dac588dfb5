"""A memory that writes at once, and a look into its database."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from sqlalchemy import Engine

from service.memory import memory
from service.storage.database import open_database


@pytest.fixture(autouse=True)
def hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "INTERVAL", 0.05)
    monkeypatch.setattr(memory, "PATIENCE", 10)


@pytest.fixture
def engine(database: str) -> Iterator[Engine]:
    engine = open_database(database)
    yield engine
    engine.dispose()


@pytest.fixture
def engine_of() -> Iterator[Callable[[str], Engine]]:
    """Opens databases, and closes them at the end."""
    opened: list[Engine] = []

    def open_one(address: str) -> Engine:
        opened.append(open_database(address))
        return opened[-1]

    yield open_one
    for engine in opened:
        engine.dispose()
