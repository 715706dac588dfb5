"""The commands `hormone-cds population` and `hormone-cds synthesize`."""

from __future__ import annotations

import os
from collections.abc import Iterator
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from datetime import date, datetime
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from cds_hooks.refusal import Refusal
from service.terminal import opened, stop, with_codes

if TYPE_CHECKING:
    from service.population.about import Manifest
    from service.population.judging import Judging
    from service.population.summing.summary import Summary


class EngineName(StrEnum):
    """Where a population is judged."""

    LOCAL = "local"
    SPARK = "spark"


def judge_export(
    place: Annotated[
        str,
        typer.Argument(
            metavar="INPUT",
            help="A folder or one file: a FHIR Bulk Data export (NDJSON, also .gz), Bundles, or Parquet with a column "
            "of resources as JSON.",
        ),
    ],
    out: Annotated[str, typer.Option(help="Folder for the results; a run that was stopped goes on in its folder.")],
    today: Annotated[str | None, typer.Option(help="Judge as of this date or dateTime. Default: today.")] = None,
    profile: Annotated[list[str] | None, typer.Option(help="A variant of the numbers; may repeat.")] = None,
    engine: Annotated[EngineName, typer.Option(help="Where to judge.")] = EngineName.LOCAL,
    workers: Annotated[
        int | None, typer.Option(min=1, help="Judging processes of the local engine. Default: one for each core.")
    ] = None,
    master: Annotated[
        str | None, typer.Option(help="Spark's master URL. Default: what Spark's own settings name, else local[*].")
    ] = None,
) -> None:
    """Judge everybody in an export: findings, draws, what could not be read, and a summary in numbers."""
    from service.population.kept import Refused
    from service.population.parquet import Missing
    from service.population.population import PAGE

    try:
        with for_us_alone():
            if engine is EngineName.SPARK:
                summary = _on_spark(place, out, today, profile or [], master)
            else:
                summary = _here(Path(place), Path(out), today, profile or [], workers or os.cpu_count() or 1)
    except Refusal as refusal:
        stop(f"{refusal.expression}: {refusal.diagnostics}" if refusal.expression else refusal.diagnostics)
    except (ValueError, Refused, Missing) as refused:
        stop(str(refused))
    except OSError as error:
        stop(f"{error.filename or out}: {error.strerror}")
    except BrokenProcessPool:
        stop("A judging process died; what is done is kept. The same command goes on from there.")
    shown = "up to " * (summary.roundedUpTo > 1) + str(summary.patients)
    patients = shown if summary.patients is not None else f"fewer than {summary.threshold}"
    aside = sum(summary.quality.aside.values())
    typer.echo(
        f"{patients} patients judged on {summary.run.today}; {aside} lines set aside; see {out.rstrip('/')}/{PAGE}"
    )


@contextmanager
def for_us_alone() -> Iterator[None]:
    """While this lasts, what is written can be read by nobody else."""
    former = os.umask(0o077)
    try:
        yield
    finally:
        os.umask(former)


def _here(place: Path, out: Path, today: str | None, profile: list[str], workers: int) -> Summary:
    """By processes of this machine."""
    from service.population.engines.local import judge_parts
    from service.population.population import judge_population
    from service.population.progress import bar
    from service.population.run import Run

    judging = _judging(Run(out).manifest(), today, profile)
    engine = partial(judge_parts, workers=workers)
    with bar(Console(stderr=True), auto_refresh=False) as progress:
        return judge_population(
            place, out, judging, lambda by, run, parts, tell: engine(by, run, parts, tell=tell), progress
        )


def _on_spark(place: str, out: str, today: str | None, profile: list[str], master: str | None) -> Summary:
    """By Spark, which shows its own progress."""
    from service.population.engines.spark.files import Files
    from service.population.engines.spark.run import former_of, judge_population
    from service.population.engines.spark.session import session

    with session(master) as spark:
        judging = _judging(former_of(Files(spark, out)), today, profile)
        return judge_population(spark, place, out, judging)


def _judging(former: Manifest | None, today: str | None, profile: list[str]) -> Judging:
    """By what is judged: as of the day alone, where no hour is named; a run that goes on keeps its own."""
    from service.evaluation import moment_of
    from service.population.judging import Judging

    site = with_codes(opened())
    if today is None:
        today = former.about.today if former is not None else site.now().day.isoformat()
    return Judging(site, moment_of(site, [today]), site.profiles(profile))


def invent_export(
    patients: Annotated[int, typer.Option(min=1, help="How many.")],
    out: Annotated[Path, typer.Option(help="Folder: the export is written into `export`, the truth beside it.")],
    seed: Annotated[int, typer.Option(help="Equal seeds give equal bytes.")] = 1,
    today: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Day to be judged on. Default: 2026-09-04.")
    ] = None,
    observations_per_patient: Annotated[int, typer.Option(min=1, help="Observations in a chart, at least.")] = 20,
    gzip: Annotated[bool, typer.Option("--gzip", help="Pack the files.")] = False,
) -> None:
    """Invent patients on every therapy, as a FHIR Bulk Data export, with what must be found in each: no real person."""
    from service.population.progress import bar
    from service.population.synthetic.export import EXPORT, TODAY, synthesize
    from service.population.synthetic.tables import read_tables

    day: date = today.date() if today is not None else TODAY
    with bar(Console(stderr=True)) as progress:
        task = progress.add_task("inventing patients", total=patients)
        synthesize(
            read_tables(),
            patients,
            seed,
            out,
            today=day,
            observations=observations_per_patient,
            is_gzip=gzip,
            tell=lambda: progress.advance(task),
        )
    typer.echo(f"{patients} patients; judge them with: hormone-cds population {out / EXPORT} --today {day} --out DIR")
