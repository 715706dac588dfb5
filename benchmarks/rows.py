"""What is measured side by side: each row is one server, how it is started, and where it answers hook calls."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import venv
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from tokens import Signer

APPS = Path(__file__).parent / "apps"
HEALTHCHAIN = ("healthchain==0.16.1", "uvicorn[standard]")
HOOK = "/cds-services/hormone-monitoring-patient-view"
ADDRESS = "https://cds.example"  # under which clients are told to call: what their tokens are for


class Row(NamedTuple):
    """One server. Every `{port}` in the command and the environment is replaced by a free port."""

    name: str
    what: str
    command: tuple[str, ...]
    path: str
    says: bytes  # what a right answer contains
    environment: dict[str, str]
    token: Callable[[], str] | None = None  # a new one for each call


def service() -> Row:
    """This service with its default settings: everything on."""
    folder = Path(tempfile.mkdtemp(prefix="hormone-cds-bench-"))
    environment = {
        "HOST": "127.0.0.1",
        "PORT": "{port}",
        "HORMONE_CDS_WORKERS": "1",
        "HORMONE_CDS_DATABASE_URL": f"sqlite:///{folder / 'memory.sqlite3'}",
    }
    command = (sys.executable, "-m", "service")
    return Row("service", "this service, everything on", command, HOOK, b"ematocrit", environment)


def service_jwt() -> Row:
    """The same where every call proves who makes it, with a token of its own."""
    signer, plain = Signer(), service()
    keys = Path(tempfile.mkdtemp(prefix="hormone-cds-bench-")) / "keys.json"
    keys.write_bytes(signer.key_set)
    trust = {
        "HORMONE_CDS_JWT": "required",
        "HORMONE_CDS_JWT_ISSUERS": signer.issuer,
        "HORMONE_CDS_JWT_KEYS": f"{signer.issuer}={keys}",
        "HORMONE_CDS_AUDIENCES": ADDRESS,
    }
    what = "the same, a token (ES384) checked on every call"
    token = lambda: signer.token(ADDRESS + HOOK)  # noqa: E731
    return plain._replace(name="service-jwt", what=what, environment=plain.environment | trust, token=token)


def doors() -> Row:
    """The same, but what it answers is made once."""
    what = "the same, one answer for all: nothing is read, judged or presented"
    return service()._replace(name="doors", what=what, command=(sys.executable, str(APPS / "doors.py")))


def service_postgresql(address: str) -> Row:
    """The same on PostgreSQL."""
    plain, database = service(), {"HORMONE_CDS_DATABASE_URL": address}
    what = "the same, its database PostgreSQL instead of SQLite"
    return plain._replace(name="service-postgresql", what=what, environment=plain.environment | database)


def with_workers(row: Row, workers: int) -> Row:
    """A row of this service with so many worker processes."""
    return row._replace(environment=row.environment | {"HORMONE_CDS_WORKERS": str(workers)})


def limit() -> Row:
    """A bare server on the same structs."""
    return _uvicorn("limit", "bare ASGI, same structs, constant card", "limit:app", "/", b"constant card")


def fastapi_fhir() -> Row:
    """FastAPI with fhir.resources."""
    path = "/cds-services/hematocrit"
    return _uvicorn("fastapi-fhir", "FastAPI + fhir.resources R4B, one rule", "fastapi_fhir:app", path, b"ematocrit")


def healthchain(python: str) -> Row:
    """HealthChain, run by an interpreter that has it."""
    path = "/cds/cds-services/hematocrit"
    return _uvicorn("healthchain", "HealthChain 0.16.1, one rule", "healthchain_card:app", path, b"ematocrit", python)


def install_healthchain(folder: Path) -> str | None:
    """An interpreter with HealthChain in a new virtual environment, or nothing when it cannot be installed."""
    venv.create(folder, with_pip=True)
    python = str(folder / "bin" / "python")
    command = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *HEALTHCHAIN]
    installed = subprocess.run(command, capture_output=True, check=False)
    return python if installed.returncode == 0 else None


def _uvicorn(name: str, what: str, app: str, path: str, says: bytes, python: str = sys.executable) -> Row:
    options = ("--host", "127.0.0.1", "--port", "{port}", "--no-access-log", "--log-level", "warning")
    return Row(name, what, (python, "-m", "uvicorn", app, "--app-dir", str(APPS), *options), path, says, {})
