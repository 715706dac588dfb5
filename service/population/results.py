"""Puts the parts of a run together: canonical JSON lines in one order, the same as Parquet, and the counts."""

from __future__ import annotations

import heapq
from contextlib import ExitStack
from datetime import date
from pathlib import Path

import msgspec

from service.population import parquet
from service.population.grouping.charts import Grouped
from service.population.kept import read_kept, write_whole
from service.population.rows import TABLES, columns, encode
from service.population.run import Run
from service.population.summing.counts import Counts, Key

TOTALS = "counts.json"


class Totals(msgspec.Struct, frozen=True):
    """What the summary of a run is made from; kept, so that it can be made again with another threshold."""

    grouped: Grouped
    counts: tuple[tuple[Key, int], ...]


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


def total(run: Run, grouped: Grouped, today: date) -> Totals:
    """The counts of all parts, also written into the run's folder."""
    counts = Counts(today)
    for part in range(len(grouped.patients)):
        counts.merge(Counts(today, read_kept(run.part(part) / "counts.json", list[tuple[Key, int]])))
    found = Totals(grouped, tuple(sorted(counts.counter.items())))
    write_whole(run.out / TOTALS, encode(found))
    return found


def recalled(run: Run) -> Totals:
    """The counts of a run that came to its end.

    Raises:
        Refused: they are damaged.
    """
    return read_kept(run.out / TOTALS, Totals)
