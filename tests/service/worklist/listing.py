"""Services that list a run, and what they answer."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

from service.app import create_app
from service.settings import Settings
from tests.conftest import running

PATH = "/population/latest"
HTML = {"Accept": "text/html"}


@contextmanager
def listing_service(population_dir: Path | None, **more: Any) -> Iterator[httpx.Client]:
    """A client of a service that lists the runs in a folder."""
    app = create_app(Settings(population_dir=population_dir, **more))
    with running(app) as address, httpx.Client(base_url=address, trust_env=False, timeout=60) as client:
        yield client


def listed(client: httpx.Client, query: str = "_count=500") -> list[dict[str, Any]]:
    """The patients of a page."""
    found: list[dict[str, Any]] = client.get(f"{PATH}?{query}").raise_for_status().json()["patients"]
    return found
