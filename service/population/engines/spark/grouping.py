"""Takes texts apart on Spark: pieces, what is set aside, counts of lines; what is shared reaches its patients."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from service.population.grouping.pieces import Aside, Piece, pieces_in

if TYPE_CHECKING:
    import pyarrow
    from pyspark.sql import DataFrame

# A piece has a patient or, of what is shared, a drug; what is set aside has a fault; else a row counts a block's lines.
COLUMNS = {
    "patient": "string",
    "resource": "binary",
    "drug": "string",
    "needs": "string",
    "file": "string",
    "block": "long",
    "row": "long",
    "entry": "int",
    "fault": "string",
    "shown": "string",
}
SCHEMA = ", ".join(f"{name} {kind}" for name, kind in COLUMNS.items())
Row = tuple[Any, ...]
BATCH = 16_000_000  # bytes, about
_name = lru_cache(64)(unquote)


def taken_apart(texts: DataFrame, name: Callable[[str], str]) -> DataFrame:
    """Pieces, things set aside by the file that `name` makes of an address, and how many lines each block has."""
    return texts.mapInArrow(lambda batches: _batches(_rows(batches, name)), SCHEMA)


def charted(pieces: DataFrame, shared: DataFrame, partitions: int) -> DataFrame:
    """Every patient's resources in one partition, one patient after another, with what is shared that they refer to."""
    from pyspark.sql import functions

    drugs = shared.select(functions.col("drug").alias("needs"), "resource")
    needs = pieces.where("needs IS NOT NULL").select("needs", "patient").distinct()
    handed = needs.join(drugs, "needs").select("patient", "resource")
    own = pieces.select("patient", "resource")
    return own.unionByName(handed).repartition(partitions, "patient").sortWithinPartitions("patient")


def set_aside(pieces: DataFrame) -> DataFrame:
    """Of what is no resource: what is broken, each as a JSON line with its place, in order."""
    from pyspark.sql import Window, functions

    before = Window.partitionBy("file").orderBy("block").rowsBetween(Window.unboundedPreceding, -1)
    counted = pieces.where("fault IS NULL")
    begins = counted.select("file", "block", functions.sum("row").over(before).alias("begins"))
    line = functions.expr("row + 1 + coalesce(begins, 0)").alias("line")
    content = functions.expr("nullif(shown, '')").alias("content")
    broken = pieces.where("fault IS NOT NULL").join(begins, ["file", "block"], "left")
    shown = broken.select("fault", functions.struct("file", line, "fault", "entry", content).alias("aside"))
    ordered = shown.orderBy("aside.file", "aside.line", "aside.entry")
    return ordered.select("fault", functions.to_json("aside").alias("value"))


def _rows(batches: Iterable[pyarrow.RecordBatch], name: Callable[[str], str]) -> Iterator[Row]:
    """As in COLUMNS. A block lies in one partition as a whole and in order, so that its lines can be counted."""
    current: tuple[str, int] | None = None
    lines = 0
    for batch in batches:
        for content, file, block, row in zip(*(column.to_pylist() for column in batch.columns), strict=True):
            if row is None and (file, block) != current:
                yield from _counted(current, lines, name)
                current, lines = (file, block), 0
            place = row if row is not None else lines
            lines += row is None
            for found in pieces_in(name(_name(file)), place + 1, content or b""):
                yield _row(found, block if row is None else None)
    yield from _counted(current, lines, name)


def _counted(block: tuple[str, int] | None, lines: int, name: Callable[[str], str]) -> Iterator[Row]:
    if block is not None:
        yield (None, None, None, None, name(_name(block[0])), block[1], lines, None, None, None)


def _row(found: Piece | Aside, block: int | None) -> Row:
    if isinstance(found, Piece):
        return (found.patient, found.line, found.id, found.needs, None, None, None, None, None, None)
    return (None, None, None, None, found.file, block, found.line - 1, found.entry, found.fault, found.content)


def _batches(rows: Iterable[Row]) -> Iterator[pyarrow.RecordBatch]:
    some: list[Row] = []
    size = 0
    for row in rows:
        some.append(row)
        size += 200 + len(row[1] or row[-1] or "")
        if size > BATCH:
            yield batch_of(some, COLUMNS)
            some, size = [], 0
    if some:
        yield batch_of(some, COLUMNS)


def batch_of(rows: list[Row], columns: dict[str, str]) -> pyarrow.RecordBatch:
    """Rows as Spark takes them back from Python."""
    import pyarrow

    kinds = {"string": pyarrow.string(), "binary": pyarrow.binary(), "long": pyarrow.int64(), "int": pyarrow.int32()}
    fields = pyarrow.schema([(name, kinds[kind]) for name, kind in columns.items()])
    arrays = [pyarrow.array(cells, field.type) for cells, field in zip(zip(*rows, strict=True), fields, strict=True)]
    return pyarrow.RecordBatch.from_arrays(arrays, schema=fields)
