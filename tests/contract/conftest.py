"""What calls of the running service share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import requests


@pytest.fixture(scope="session")
def session() -> Iterator[requests.Session]:
    """One connection for all calls, past any proxy of this machine."""
    with requests.Session() as session:
        session.trust_env = False
        yield session
