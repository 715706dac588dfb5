"""A start loads what the settings ask for and nothing else."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from service.storage.database import open_database

START = "import sys; from service.app import create_app; create_app(); print(*sys.modules)"


def loaded(**settings: str) -> set[str]:
    """The modules of a process of its own that has built the application."""
    own = {f"HORMONE_CDS_{name}": value for name, value in settings.items()}
    done = subprocess.run([sys.executable, "-c", START], env=os.environ | own, capture_output=True, check=True)
    return set(done.stdout.decode().split())


def test_what_no_setting_asks_for_is_not_loaded(tmp_path: Path) -> None:
    address = f"sqlite:///{tmp_path / 'made before.sqlite3'}"
    open_database(address).dispose()
    found = loaded(DATABASE_URL=address, JWT="off", METRICS="off")
    away = ("jwt", "cryptography", "sqlalchemy.dialects.postgresql", "prometheus_client", "fhir.resources", "alembic")
    assert not [name for name in away if name in found]
