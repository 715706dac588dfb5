"""A FHIR server whose population is brought into a folder by a client that it knows."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ec import SECP384R1, generate_private_key

from service.population.export.addresses import client_of
from service.population.export.authorisation import Client
from service.population.export.export import Export
from service.population.export.progress import Asked, Progress
from tests.conftest import running
from tests.service.population.bulk_server import BulkServer

KEY = generate_private_key(SECP384R1())
OURS = Client("our-id", KEY, "ES384", "k1", "system/*.read")


class Hospital:
    """A server, the folder an export fills, and how long was waited."""

    def __init__(self, server: BulkServer, address: str, folder: Path) -> None:
        self.server, self.address, self.folder = server, address, folder
        self.waited: list[float] = []
        self.told: list[str] = []

    def export(self, client: Client | None = None, **asked: Any) -> Progress:
        level, files_at = asked.pop("level", "Patient/$export"), asked.pop("files_at", ())
        wanted = Asked(f"{self.address}/fhir", level, **asked)
        with client_of(5, trust_env=False) as http:
            return Export(self.folder, wanted, http, client, None, files_at, self.told.append, self.waited.append).run()

    def brought(self, kind: str) -> list[Any]:
        files = sorted(self.folder.glob(f"{kind}.*.ndjson"))
        return [json.loads(line) for file in files for line in file.read_text().splitlines()]


@contextmanager
def hospital(folder: Path, server: BulkServer) -> Iterator[Hospital]:
    with running(server.app) as address:  # type: ignore[arg-type]
        yield Hospital(server, address, folder / "export")
