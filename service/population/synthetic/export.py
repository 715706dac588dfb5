"""Writes an invented population as a FHIR Bulk Data export, a file for each resource type, and the truth beside it."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from contextlib import ExitStack
from datetime import date
from pathlib import Path
from typing import IO

import msgspec

from service.population.synthetic.chance import Chance
from service.population.synthetic.elements import Resource
from service.population.synthetic.people import SITES, Truth, invent
from service.population.synthetic.tables import Tables

TODAY = date(2026, 9, 4)  # the day an invented population is to be judged on, unless another is named
SPREAD = 4  # files over which Observations are spread, so that no patient's lie together
EXPORT, TRUTH, LISTING = "export", "truth.ndjson", "manifest.json"
encode = msgspec.json.Encoder(decimal_format="number").encode


def synthesize(
    tables: Tables,
    patients: int,
    seed: int,
    out: Path,
    *,
    today: date = TODAY,
    observations: int = 20,
    is_gzip: bool = False,
    tell: Callable[[], None] = lambda: None,
) -> dict[str, int]:
    """Invent patients one after the other, in memory that does not grow; how many resources of each type were written.

    Equal arguments write equal bytes. `tell` is called after each patient.
    """
    (out / EXPORT).mkdir(parents=True, exist_ok=True)
    with Files(out / EXPORT, is_gzip) as files, (out / TRUTH).open("wb") as truth:
        for resource in _sites():
            files.write(resource, 0)
        for number in range(patients):
            resources, known = invent(tables, seed, number, today, observations)
            spread = Chance(seed, -1 - number)
            for resource in resources:
                files.write(resource, spread.between((0, SPREAD - 1)))
            truth.write(encode(known) + b"\n")
            tell()
        counts = dict(sorted(files.counts.items()))
    (out / LISTING).write_bytes(_listing(today, counts))
    return counts


def read_truth(out: Path) -> list[Truth]:
    """The truth of a population written here."""
    with (out / TRUTH).open("rb") as lines:
        return [msgspec.json.decode(line, type=Truth) for line in lines]


class Files:
    """The files of an export, each opened with its first resource."""

    def __init__(self, folder: Path, is_gzip: bool) -> None:
        self._folder, self._is_gzip = folder, is_gzip
        self._open: dict[str, IO[bytes]] = {}
        self._stack = ExitStack()
        self.counts: dict[str, int] = {}

    def __enter__(self) -> Files:
        return self

    def __exit__(self, *ended: object) -> None:
        self._stack.close()

    def write(self, resource: Resource, part: int) -> None:
        """Add a resource to the file of its type; Observations are spread over parts."""
        kind = str(resource["resourceType"])
        name = f"Observation.{part}.ndjson" if kind == "Observation" else f"{kind}.ndjson"
        if name not in self._open:
            self._open[name] = self._file(name)
        self._open[name].write(encode(resource) + b"\n")
        self.counts[name] = self.counts.get(name, 0) + 1

    def _file(self, name: str) -> IO[bytes]:
        if not self._is_gzip:
            return self._stack.enter_context((self._folder / name).open("wb"))
        raw = self._stack.enter_context((self._folder / f"{name}.gz").open("wb"))
        # Without name and time: equal populations are equal bytes.
        packed = gzip.GzipFile(filename="", mode="wb", compresslevel=3, fileobj=raw, mtime=0)
        self._stack.callback(packed.close)
        return packed  # type: ignore[return-value]


def _sites() -> list[Resource]:
    found: list[Resource] = []
    for site in range(1, SITES + 1):
        found.append({"resourceType": "Organization", "id": f"site-{site}", "name": f"Clinic {site}"})
        found.append({"resourceType": "Location", "id": f"site-{site}-1", "name": f"Clinic {site}, ground floor"})
    return found


def _listing(today: date, counts: dict[str, int]) -> bytes:
    """What a server's answer to a finished export lists."""
    output = [{"type": name.partition(".")[0], "url": f"{EXPORT}/{name}", "count": n} for name, n in counts.items()]
    listing = {"transactionTime": f"{today.isoformat()}T00:00:00Z", "requiresAccessToken": False, "output": output}
    return msgspec.json.format(msgspec.json.encode(listing), indent=2) + b"\n"
