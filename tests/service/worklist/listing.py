"""Services that list a run, and what they answer."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb
import httpx
import msgspec

from service.app import create_app
from service.population.about import Manifest
from service.site.settings import Settings
from tests.conftest import running

PATH = "/population/latest"
HTML = {"Accept": "text/html"}


@contextmanager
def listing_service(population_dir: Path | None, **more: Any) -> Iterator[httpx.Client]:
    """A client of a service that lists the runs in a folder."""
    app = create_app(Settings(population_dir=population_dir, **more))
    with running(app) as address, httpx.Client(base_url=address, trust_env=False, timeout=60) as client:
        yield client


def in_parts(run: Path, out: Path, size: int = 40) -> Path:
    """The same results as Spark writes them: a table is a folder of parts in order, one of them without rows."""
    shutil.copytree(run, out)
    rows = {}
    for file in out.glob("*.parquet"):
        ((rows[file.stem],),) = duckdb.sql(f"SELECT count(*) FROM read_parquet('{file}')").fetchall()
        whole = file.rename(file.with_suffix(".whole"))
        file.mkdir()
        (file / "_SUCCESS").touch()
        for part, first in enumerate(range(0, rows[file.stem] + size, size)):
            some = f"SELECT * FROM read_parquet('{whole}') LIMIT {size} OFFSET {first}"
            duckdb.sql(f"COPY ({some}) TO '{file}/part-{part:05}-1f0c.c000.zstd.parquet' (FORMAT parquet)")
        whole.unlink()
    manifest = msgspec.json.decode((out / "run.json").read_bytes(), type=Manifest)
    ended = msgspec.structs.replace(manifest, engine="spark", rows=rows)
    (out / "run.json").write_bytes(msgspec.json.encode(ended))
    return out


def listed(client: httpx.Client, query: str = "_count=500") -> list[dict[str, Any]]:
    """The patients of a page."""
    found: list[dict[str, Any]] = client.get(f"{PATH}?{query}").raise_for_status().json()["patients"]
    return found
