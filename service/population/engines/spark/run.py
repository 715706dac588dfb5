"""A whole run on Spark. All that it keeps is in the results' folder: one that was stopped goes on from there."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from service.population.about import MANIFEST, About, Engine, Manifest
from service.population.engines.spark import rounds, tables
from service.population.engines.spark.files import Files
from service.population.engines.spark.means import Means
from service.population.engines.spark.reading import Listed, fingerprint, listed
from service.population.grouping.charts import PART_BYTES
from service.population.judging import Judging
from service.population.population import files_of
from service.population.results import TOTALS, Totals
from service.population.run import about_of, require_free, require_same
from service.population.summing.summary import Summary

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

ENGINE: Engine = "spark"
FEWEST, MOST = 8, 20_000  # partitions


def judge_population(spark: SparkSession, place: str, out: str, judging: Judging) -> Summary:
    """Judge everybody in the input, or go on where a run about the same was stopped; results are below `out`.

    Both are addresses as Spark reads them.

    Raises:
        ValueError: there is nothing to read.
        Refused: `out` holds something else.
        Missing: Parquet without a column of resources.
    """
    files, root = Files(spark, out), Files(spark, place).folder
    found = listed(spark, place, files.folder)
    about = about_of(judging, fingerprint(root, found), _partitions(found))
    former = former_of(files)
    if former is None:
        require_free(files.folder, files.names())
    else:
        require_same(files.folder, former, about, ENGINE)
    if former is not None and former.finished:
        files.drop(rounds.WORK)  # where it was stopped between its end and this
        return _summarised(files, about, judging)
    return _judge(spark, root, found, files, judging, about)


def former_of(files: Files) -> Manifest | None:
    """What the folder holds, if it holds a run."""
    return files.read_kept(MANIFEST, Manifest) if MANIFEST in files.names() else None


def _judge(
    spark: SparkSession, root: str, found: list[Listed], files: Files, judging: Judging, about: About
) -> Summary:
    begun = Manifest(about, engine=ENGINE)
    files.close()
    files.write_whole(MANIFEST, msgspec.json.encode(begun))
    cut = rounds.rounds_for(about.parts, spark.sparkContext.defaultParallelism)
    read = rounds.read(spark, root, found, files, cut)
    judged = rounds.judge(spark, files, read, Means.of(judging, about), about.parts)
    rows = tables.write(judged, files, about.parts)
    files.write_whole(TOTALS, msgspec.json.encode(tables.total(judged, read.aside, judging.today.day)))
    summary = _summarised(files, about, judging)
    ended = msgspec.structs.replace(begun, finished=True, place=_here(root), rows=rows)
    files.write_whole(MANIFEST, msgspec.json.encode(ended))
    files.drop(rounds.WORK)
    return summary


def _summarised(files: Files, about: About, judging: Judging) -> Summary:
    summary, pages = files_of(files.read_kept(TOTALS, Totals), about, judging)
    for name, content in pages.items():
        files.write_whole(name, content)
    return summary


def _partitions(found: list[Listed]) -> int:
    return min(max(sum(one.size for one in found) // PART_BYTES + 1, FEWEST), MOST)


def _here(root: str) -> str | None:
    """Where the input is, if this machine has it too."""
    place = Path("/" + root.removeprefix("file:").lstrip("/"))
    return str(place) if root.startswith("file:") and place.exists() else None
