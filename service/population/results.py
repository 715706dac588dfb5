"""Puts the parts of a run together: canonical JSON lines in one order, the same as Parquet, and the counts."""

from __future__ import annotations

import heapq
from contextlib import ExitStack
from datetime import date
from pathlib import Path

import msgspec

from service.population import parquet
from service.population.counts import Counts
from service.population.rows import TABLES, columns
from service.population.run import Run


class _Whose(msgspec.Struct, gc=False):
    patient: str


_WHOSE = msgspec.json.Decoder(_Whose)


def put_together(run: Run, parts: int) -> None:
    """Write `findings`, `draws`, `unread` and `patients`, each as .ndjson and .parquet, sorted by patient."""
    for table in TABLES:
        lines = run.out / f"{table}.ndjson"
        merge([run.part(part) / f"{table}.ndjson" for part in range(parts)], lines)
        parquet.write(lines, columns(table), run.out / f"{table}.parquet")


def merge(sorted_files: list[Path], out: Path) -> None:
    """One file of all lines. Those of a patient are in one file and stay in their order."""
    with ExitStack() as stack, out.open("wb") as merged:
        opened = [stack.enter_context(path.open("rb")) for path in sorted_files]
        merged.writelines(heapq.merge(*opened, key=lambda line: _WHOSE.decode(line).patient))


def counted(run: Run, parts: int, today: date) -> Counts:
    """The counts of all parts."""
    counts = Counts(today)
    for part in range(parts):
        counts.merge(Counts.decoded((run.part(part) / "counts.json").read_bytes(), today))
    return counts
