"""Reads whatever an input's files are, as Spark reads: rows of text, each with its place."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import reduce
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote

import msgspec

from service.population.export.progress import NAME
from service.population.grouping.inputs import Kind, digest_of, kind_of, no_file, notes_a_whole_export, unpacked
from service.population.grouping.pieces import LONGEST
from service.population.parquet import Missing, column_of

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, DataFrameReader, SparkSession

COLUMNS = ("content", "file", "block", "row")  # row: its number in the file, from 0; null for a line of the block


class Listed(msgspec.Struct, frozen=True):
    """A file that can be read: its address, how it is written, its size and about what it holds unpacked, in bytes, and
    when it was changed, in milliseconds."""

    path: str
    kind: Kind
    packed: int
    size: int
    changed: int


def listed(spark: SparkSession, place: str, out: str) -> list[Listed]:
    """The readable files of a folder, also below it; the one file that was named; or what a pattern stands for.

    What lies in `out`, the results' own folder, is none of them, nor is the note that `hormone-cds export` keeps.

    Raises:
        ValueError: there are none, or an export is not whole.
    """
    from pyspark.errors import AnalysisException
    from pyspark.sql import functions

    root = literal(place) if Path(place).exists() else place
    reader, outside = _reader(spark).format("binaryFile"), ~functions.col("path").startswith(f"{out}/")
    try:
        changed = functions.unix_millis("modificationTime")
        states = reader.load(root).where(outside).select("path", "length", changed).collect()
    except AnalysisException as error:
        if error.getCondition() == "PATH_NOT_FOUND":
            raise no_file(place) from None
        raise
    # A condition on paths alone would read every file whole before it is asked.
    named = reader.option("pathGlobFilter", NAME).load(root).where(outside).select("path", "content").collect()
    notes = {note.path for note in named if _is_note(note)}
    files = [one for path, *state in states if path not in notes for one in _listed(path, *state)]
    if not files:
        raise no_file(place)
    return sorted(files, key=lambda one: one.path)


def fingerprint(root: str, files: Iterable[Listed]) -> str:
    """Tells one state of the input from another, as on one machine; no file is read for it."""
    return digest_of((below(root, one.path), one.packed, one.changed) for one in files)


def below(root: str, address: str) -> str:
    """An address as the name of a file of the input."""
    if address == root:
        return address.rpartition("/")[2]
    return address.removeprefix(f"{root}/")


def texts(spark: SparkSession, files: Sequence[Listed]) -> DataFrame:
    """Every line, file of one resource, or row of Parquet, as bytes with its place."""
    kinds = sorted({one.kind for one in files})
    some = [_of_kind(spark, kind, [literal(one.path) for one in files if one.kind == kind]) for kind in kinds]
    return reduce(lambda former, more: former.unionByName(more), some)


def _of_kind(spark: SparkSession, kind: Kind, paths: list[str]) -> DataFrame:
    from pyspark.sql import functions

    column, row = "value", functions.lit(None).cast("long")
    if kind == "parquet":
        name = _column_of(spark, paths)
        column, row = _quoted(name), functions.col("_metadata.row_index")
        rows = _reader(spark).schema(f"{column} string").parquet(*paths)
        _require_alike(spark, rows, name)
    elif kind == "bundle":
        rows, row = _reader(spark).text(paths, wholetext=True), functions.lit(0).cast("long")
    else:
        rows = _reader(spark).text(paths, lineSep="\n")
    whole = functions.col(column).cast("binary")
    cut = functions.when(functions.octet_length(whole) > LONGEST, whole.substr(1, LONGEST + 1)).otherwise(whole)
    place = ("_metadata.file_path", "_metadata.file_block_start")
    return rows.select(cut, *map(functions.col, place), row).toDF(*COLUMNS)


def _column_of(spark: SparkSession, paths: list[str]) -> str:
    """The column of resources, as one of these files has it."""
    kinds = [(field.name, field.dataType.simpleString()) for field in _reader(spark).parquet(*paths).schema.fields]
    return column_of([name for name, kind in kinds if kind == "string"], Path(paths[0]).name)


def _require_alike(spark: SparkSession, rows: DataFrame, column: str) -> None:
    """That every file has the column: Spark reads one without it as if nothing were in it.

    Where that is so, the files' own statistics say that nothing is null, and no row is read for it.

    Raises:
        Missing: a file has another.
    """
    empty = rows.where(rows[_quoted(column)].isNull()).select("_metadata.file_path").distinct()
    for (path,) in empty.toLocalIterator():
        place = unquote(path)
        if _column_of(spark, [literal(place)]) != column:
            raise Missing(f"{place.rpartition('/')[2]}: has no column {column}, as other files have: judge it apart")


def _reader(spark: SparkSession) -> DataFrameReader:
    return spark.read.option("recursiveFileLookup", "true")


def _listed(path: str, packed: int, changed: int) -> Iterable[Listed]:
    kind = kind_of(path)
    if kind is not None:
        yield Listed(path, kind, packed, unpacked(path, packed), changed)


def _is_note(found: object) -> bool:
    path, content = found.path, found.content  # type: ignore[attr-defined]
    return notes_a_whole_export(bytes(content), path.rpartition("/")[0])


def literal(path: str) -> str:
    """The path as it is, not a pattern."""
    return re.sub(r"[\\*?\[\]{}]", r"\\\g<0>", path)


def _quoted(column: str) -> str:
    return "`" + column.replace("`", "``") + "`"
