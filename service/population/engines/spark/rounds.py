"""A run in steps that are kept: the input taken apart, then its patients in rounds. One that is done is not done again.

Each step is overwritten as a whole and marked after it; what a stopped driver left of an unmarked one is not believed.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import msgspec

from service.population.engines.spark import judging
from service.population.engines.spark.files import Files
from service.population.engines.spark.grouping import SCHEMA, charted, set_aside, taken_apart
from service.population.engines.spark.reading import Listed, below, literal, texts

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, DataFrameWriter, SparkSession

WORK, ASIDE = "work", "aside.ndjson"
READ, PIECES, JUDGED = f"{WORK}/read.json", f"{WORK}/pieces", f"{WORK}/judged"
MOST, TURNS = 16, 2  # rounds; partitions of a round for each core, so that cores rarely wait for its last one
SHARED, TOLD = -1, -2  # in the column `round`: Medications; what is set aside, and counts of lines
GROUP_BYTES = 16_000_000  # of rows that are read at once, however long a text they hold


class Read(msgspec.Struct, frozen=True):
    """What taking the input apart found, and into how many rounds its patients were cut."""

    rounds: int
    aside: dict[str, int]


def rounds_for(parts: int, cores: int) -> int:
    """Into how many rounds so many partitions are cut."""
    return min(max(parts // (TURNS * cores), 1), MOST)


def read(spark: SparkSession, root: str, found: list[Listed], files: Files, rounds: int) -> Read:
    """Take the input apart, unless that is done."""
    if files.has(READ):
        return files.read_kept(READ, Read)
    pieces = taken_apart(texts(spark, found), partial(below, root))
    whose = f"CASE WHEN drug IS NOT NULL THEN {SHARED} WHEN patient IS NULL THEN {TOLD} ELSE {_round_of(rounds)} END"
    writer = pieces.selectExpr("*", f"CAST({whose} AS INT) AS round").write.option("parquet.block.size", GROUP_BYTES)
    _overwrite(writer.partitionBy("round"), files.at(PIECES))
    aside = set_aside(_pieces(spark, files, TOLD))
    aside.select("value").write.mode("overwrite").text(files.at(ASIDE))
    faults = {str(fault): int(number) for fault, number in aside.groupBy("fault").count().collect()}
    done = Read(rounds, faults)
    files.write_whole(READ, msgspec.json.encode(done))
    return done


def judge(spark: SparkSession, files: Files, done: Read, means: bytes, parts: int) -> DataFrame:
    """Judge the rounds that are not done; what comes of all of them, as it was put down."""
    for number in range(done.rounds):
        mark = f"{WORK}/{number}.done"
        if not files.has(mark):
            charts = charted(_pieces(spark, files, number), _pieces(spark, files, SHARED), -(-parts // done.rounds))
            _overwrite(judging.judged(charts, means).write.partitionBy("table"), files.at(f"{JUDGED}/round={number}"))
            files.write_whole(mark, b"")
    return spark.read.schema(f"{judging.SCHEMA}, round int").parquet(literal(files.at(JUDGED)))


def _round_of(rounds: int) -> str:
    """By another hash than the one that spreads a round's patients over its partitions."""
    return f"pmod(xxhash64(patient), {rounds})"


def _pieces(spark: SparkSession, files: Files, number: int) -> DataFrame:
    rows = spark.read.schema(f"{SCHEMA}, round int").parquet(literal(files.at(PIECES)))
    return rows.where(f"round = {number}")


def _overwrite(writer: DataFrameWriter, place: str) -> None:
    """The whole folder, whatever the session's settings make of partitions."""
    writer.mode("overwrite").option("partitionOverwriteMode", "static").parquet(place, compression="zstd")
