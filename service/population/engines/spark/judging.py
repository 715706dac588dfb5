"""Judges charts where Spark has put them, by the same function as every engine."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING

from service.population.engines.spark.grouping import Row, batch_of
from service.population.engines.spark.means import judging_by
from service.population.grouping.charts import Chart, chart_of
from service.population.rows import encode
from service.population.run import tables_of
from service.population.summing.counts import Counts, Key

if TYPE_CHECKING:
    import pyarrow
    from pyspark.sql import DataFrame

COLUMNS = {"patient": "string", "place": "int", "line": "string", "table": "string"}
SCHEMA = ", ".join(f"{name} {kind}" for name, kind in COLUMNS.items())
COUNTED = "counted"  # in the column `table`: a partition's resources and counts
Counted = tuple[int, list[tuple[Key, int]]]
ROWS = 20_000  # of one batch


def judged(charts: DataFrame, means: bytes) -> DataFrame:
    """The canonical lines of every table, each with its place among its patient's, and what is counted of them."""
    return charts.mapInArrow(lambda batches: _batches(_rows(batches, means)), SCHEMA)


def _rows(batches: Iterable[pyarrow.RecordBatch], means: bytes) -> Iterator[Row]:
    judging, resources = judging_by(means), 0
    counts = Counts(judging.today.day)

    def charts() -> Iterator[Chart]:
        nonlocal resources
        for patient, lines in groupby(_pairs(batches), itemgetter(0)):
            own = [line for _, line in lines]
            resources += len(own)
            yield chart_of(patient, own)

    for found in judging.rows(charts()):
        counts.add(found)
        for table, some in tables_of(found).items():
            for place, row in enumerate(some):
                yield found.patient.patient, place, encode(row).decode(), table
    yield None, 0, encode((resources, sorted(counts.counter.items()))).decode(), COUNTED


def _pairs(batches: Iterable[pyarrow.RecordBatch]) -> Iterator[tuple[str, bytes]]:
    for batch in batches:
        yield from zip(*(column.to_pylist() for column in batch.columns), strict=True)


def _batches(rows: Iterable[Row]) -> Iterator[pyarrow.RecordBatch]:
    some: list[Row] = []
    for row in rows:
        some.append(row)
        if len(some) == ROWS:
            yield batch_of(some, COLUMNS)
            some = []
    if some:
        yield batch_of(some, COLUMNS)
