"""The tables of a run as Spark writes them: folders of Parquet and of canonical lines, in order from part to part."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from service.population.engines.spark.files import Files
from service.population.engines.spark.judging import COUNTED, Counted
from service.population.grouping.charts import Grouped
from service.population.results import Totals
from service.population.rows import TABLES, columns
from service.population.summing.counts import Counts

if TYPE_CHECKING:
    from datetime import date

    from pyspark.sql import DataFrame

_SHOWN = "ARRAY<STRUCT<reference: STRING, analyte: STRING, canonical: STRING, effective: STRING>>"
_KINDS = {"VARCHAR": "STRING", "VARCHAR[]": "ARRAY<STRING>", "TIMESTAMP": "TIMESTAMP_NTZ", "INTEGER": "INT"}


def write(judged: DataFrame, files: Files, partitions: int) -> dict[str, int]:
    """Write `findings`, `draws`, `unread` and `patients`, each as .ndjson and .parquet, sorted by patient.

    Returns how many rows each has.
    """
    from pyspark import StorageLevel
    from pyspark.sql import functions

    order = ("table", "patient", "place")
    spread = judged.where(functions.col("table") != COUNTED).repartitionByRange(partitions, *order)
    sorted_once = spread.sortWithinPartitions(*order).persist(StorageLevel.DISK_ONLY)
    try:
        for table in TABLES:
            rows = sorted_once.where(functions.col("table") == table).select("line")
            rows.write.mode("overwrite").text(files.at(f"{table}.ndjson"))
            read = functions.from_json("line", _schema(table), {"mode": "FAILFAST"}).alias("row")
            typed = rows.select(read).select("row.*")
            typed.write.mode("overwrite").parquet(files.at(f"{table}.parquet"), compression="zstd")
        return dict.fromkeys(TABLES, 0) | dict(sorted_once.groupBy("table").count().collect())
    finally:
        sorted_once.unpersist()


def total(judged: DataFrame, aside: dict[str, int], today: date) -> Totals:
    """The counts of all partitions."""
    counts, resources = Counts(today), 0
    for (line,) in judged.where(f"table = '{COUNTED}'").select("line").toLocalIterator():
        some, counted = msgspec.json.decode(line, type=Counted)
        resources += some
        counts.merge(Counts(today, counted))
    grouped = Grouped(resources, (counts.counter["patients",],), aside)
    return Totals(grouped, tuple(sorted(counts.counter.items())))


def _schema(table: str) -> str:
    kinds = (
        (name, _SHOWN if kind.startswith("STRUCT") else _KINDS.get(kind, kind)) for name, kind in columns(table).items()
    )
    return ", ".join(f"`{name}` {kind}" for name, kind in kinds)
