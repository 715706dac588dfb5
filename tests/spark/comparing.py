"""A run on Spark beside one on this machine: the same rows, numbers, broken lines, worklist and patients to try on."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import duckdb

from service.population.rows import TABLES
from service.whatif.again import sample_of
from service.worklist.criteria import Criteria
from service.worklist.listing import Listing
from service.worklist.runs import newest
from tests.service.population.populations import TODAY

SUMMED = ("patients", "resources", "lines", "checks", "quality", "threshold", "roundedUpTo")


def lines(out: Path, name: str) -> bytes:
    """The lines of a file, or of a folder of parts, one after another."""
    file = out / name
    parts = sorted(file.glob("part-*")) if file.is_dir() else [file]
    return b"".join(part.read_bytes() for part in parts)


def summed(out: Path) -> dict[str, Any]:
    summary = json.loads((out / "summary.json").read_text())
    return {name: summary[name] for name in SUMMED}


def assert_same(out: Path, expected: Path) -> None:
    for table in TABLES:
        assert lines(out, f"{table}.ndjson") == lines(expected, f"{table}.ndjson")
        found = duckdb.sql(f"SELECT * FROM read_parquet('{out}/{table}.parquet/*.parquet')").fetchall()
        assert found == duckdb.sql(f"SELECT * FROM read_parquet('{expected}/{table}.parquet')").fetchall()
    assert summed(out) == summed(expected)
    assert list_of(out) == list_of(expected)


def list_of(out: Path) -> object:
    """The worklist of the run in a folder, and the patients that a changed number is tried on."""
    found = newest(out)
    assert found is not None
    listing = Listing(found)
    return listing.counts, listing.sites, listing.checks, list(listing.all(Criteria())), sample_of(found, 20)


def set_aside(out: Path) -> list[tuple[object, ...]]:
    found = [json.loads(line) for line in lines(out, "aside.ndjson").splitlines()]
    return sorted((one["file"], one["line"], one.get("entry", -1), one["fault"], one.get("content")) for one in found)


def command(place: Path, out: Path, *options: str) -> list[str]:
    return ["population", str(place), "--out", str(out), "--today", TODAY, "--engine", "spark", *options]
