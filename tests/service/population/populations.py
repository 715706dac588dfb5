"""Invented populations and runs over them, for the tests of this folder."""

from __future__ import annotations

import json
from collections.abc import Iterable
from functools import cache, partial
from pathlib import Path
from typing import Any

from rich.console import Console

from service.evaluation import moment_of
from service.population.engines.local import judge_parts
from service.population.judging import Judging
from service.population.population import judge_population
from service.population.progress import bar
from service.population.summing.summary import Summary
from service.population.synthetic.export import synthesize
from service.population.synthetic.tables import Tables, read_tables
from service.site.site import Site
from tests.engine import site

TODAY = "2026-09-04"
RESULTS = ("findings.ndjson", "draws.ndjson", "unread.ndjson", "patients.ndjson")


@cache
def tables() -> Tables:
    """The packaged scenario cards."""
    return read_tables()


def invented(folder: Path, patients: int, seed: int = 1, **options: Any) -> Path:
    """A population written into a folder; its export."""
    synthesize(tables(), patients, seed, folder, **options)
    return folder / "export"


def judged(place: Path, out: Path, workers: int = 2, *profiles: str, by: Site | None = None) -> Summary:
    """A whole run, as the command does it; by the packaged knowledge unless another site's is named."""
    ours = by or site()
    judging = Judging(ours, moment_of(ours, [TODAY]), profiles)
    with bar(Console(quiet=True)) as progress:
        return judge_population(place, out, judging, partial(_local, workers), progress)


def _local(workers: int, judging: Any, run: Any, parts: Iterable[int], tell: Any) -> None:
    judge_parts(judging, run, parts, workers, tell)


def results(out: Path) -> dict[str, bytes]:
    """The canonical lines of a run."""
    return {name: (out / name).read_bytes() for name in RESULTS}


def resources(export: Path) -> list[dict[str, Any]]:
    """Every resource of an export of plain files."""
    lines = (line for file in sorted(export.glob("*.ndjson")) for line in file.read_text().splitlines())
    return [json.loads(line) for line in lines]


def bundles(export: Path) -> dict[str, bytes]:
    """Every patient's Bundle by reference, put together from the lines as they are written: digits count."""
    charts: dict[str, list[bytes]] = {}
    for file in sorted(export.glob("*.ndjson")):
        for line in file.read_bytes().splitlines():
            one = json.loads(line)
            subject = f"Patient/{one['id']}" if one["resourceType"] == "Patient" else None
            subject = one["subject"]["reference"] if "subject" in one else subject
            if subject is not None:
                charts.setdefault(subject, []).append(b'{"resource":%s}' % line)
    opening = b'{"resourceType":"Bundle","type":"collection","entry":['
    return {subject: opening + b",".join(chart) + b"]}" for subject, chart in charts.items()}


def rows(out: Path, table: str) -> list[dict[str, Any]]:
    """The rows of a table."""
    return [json.loads(line) for line in (out / f"{table}.ndjson").read_text().splitlines()]
