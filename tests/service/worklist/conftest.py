"""A run over a small invented population, and services that list it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.service.population.populations import invented, judged
from tests.service.worklist.listing import listing_service


@pytest.fixture(scope="session")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with one finished run in it."""
    place = tmp_path_factory.mktemp("population")
    judged(invented(place / "input", 90), place / "runs" / "first", 1)
    return place / "runs"


@pytest.fixture(scope="module")
def clinic(run: Path) -> Iterator[httpx.Client]:
    """Somebody on the machine of a service that lists the run."""
    with listing_service(run) as client:
        yield client
