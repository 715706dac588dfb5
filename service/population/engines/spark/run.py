"""A whole run on Spark. It keeps no state but what is in the results' folder: one that was stopped begins again."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import msgspec

from service.population.about import MANIFEST, About, Manifest
from service.population.engines.spark import tables
from service.population.engines.spark.files import Files
from service.population.engines.spark.grouping import charted, set_aside, taken_apart
from service.population.engines.spark.judging import judged
from service.population.engines.spark.means import Means
from service.population.engines.spark.reading import Listed, fingerprint, listed, texts
from service.population.grouping.charts import PART_BYTES
from service.population.judging import Judging
from service.population.population import files_of
from service.population.results import TOTALS, Totals
from service.population.run import about_of, require_free, require_same
from service.population.summing.summary import Summary

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

WORK, ASIDE = "work", "aside.ndjson"
FEWEST, MOST = 8, 20_000  # partitions


def judge_population(spark: SparkSession, place: str, out: str, judging: Judging) -> Summary:
    """Judge everybody in the input; results are below `out`. Both are addresses as Spark reads them.

    Raises:
        ValueError: there is nothing to read.
        Refused: `out` holds something else.
        Missing: Parquet without a column of resources.
    """
    files = Files(spark, out)
    found = listed(spark, place, files.folder)
    about = about_of(judging, fingerprint(found), _partitions(found))
    former = former_of(files)
    if former is None:
        require_free(files.folder, files.names())
    else:
        require_same(files.folder, former.about, about)
    if former is None or not former.finished:
        _judge(spark, Files(spark, place).folder, found, files, judging, about)
    return _summarised(files, about, judging)


def former_of(files: Files) -> Manifest | None:
    """What the folder holds, if it holds a run."""
    return files.read_kept(MANIFEST, Manifest) if MANIFEST in files.names() else None


def _judge(spark: SparkSession, root: str, found: list[Listed], files: Files, judging: Judging, about: About) -> None:
    from pyspark import StorageLevel

    files.close()
    files.write_whole(MANIFEST, msgspec.json.encode(Manifest(about)))
    pieces = taken_apart(texts(spark, found), partial(_below, root)).persist(StorageLevel.DISK_ONLY)
    try:
        aside = set_aside(pieces)
        aside.select("value").write.mode("overwrite").text(files.at(ASIDE))
        faults = {str(fault): int(number) for fault, number in aside.groupBy("fault").count().collect()}
        done = judged(charted(pieces, about.parts), Means.of(judging, about))
        done.write.mode("overwrite").partitionBy("table").parquet(files.at(WORK))
    finally:
        pieces.unpersist()
    kept = tables.staged(spark, files.at(WORK))
    tables.write(kept, files, about.parts)
    files.write_whole(TOTALS, msgspec.json.encode(tables.total(kept, faults, judging.today.day)))
    files.drop(WORK)


def _summarised(files: Files, about: About, judging: Judging) -> Summary:
    summary, pages = files_of(files.read_kept(TOTALS, Totals), about, judging)
    for name, content in pages.items():
        files.write_whole(name, content)
    files.write_whole(MANIFEST, msgspec.json.encode(Manifest(about, finished=True)))
    return summary


def _partitions(found: list[Listed]) -> int:
    return min(max(sum(one.size for one in found) // PART_BYTES + 1, FEWEST), MOST)


def _below(root: str, address: str) -> str:
    """An address as the name of a file of the input."""
    if address == root:
        return address.rpartition("/")[2]
    return address.removeprefix(f"{root}/")
