"""A whole run: group the input by patient, judge it part by part on an engine, put the results together."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import msgspec
from rich.progress import Progress, TaskID

from service.population import parquet
from service.population.about import About
from service.population.grouping.charts import Grouped, group, parts_for
from service.population.grouping.inputs import Source, fingerprint, sources
from service.population.judging import Judging
from service.population.kept import write_whole
from service.population.results import Totals, put_together, recalled, total
from service.population.run import Run, about_of
from service.population.summing.counts import Counts
from service.population.summing.page import page
from service.population.summing.summary import Summary, summarise

# An engine judges the parts of a run that are not done yet, and tells of each when it is.
Engine = Callable[[Judging, Run, Iterable[int], Callable[[int], None]], None]
SUMMARY, PAGE = "summary.json", "summary.html"


def judge_population(place: Path, out: Path, judging: Judging, engine: Engine, progress: Progress) -> Summary:
    """Judge everybody in the input, or go on where a run about the same was stopped; results are below `out`.

    Raises:
        ValueError: there is nothing to read.
        Refused: `out` holds something else, or another process is at work on it.
        Missing: DuckDB is not installed.
        BrokenProcessPool: a process of the engine died; the same call goes on from there.
    """
    with parquet.connected():
        pass  # better now than after the judging
    found = sources(place, out)
    run, about = Run(out), about_of(judging, fingerprint(found), parts_for(found))
    with run.alone():
        if not run.begin(about):
            return _summarised(run, recalled(run), about, judging)
        return _finish(run, about, place, found, judging, engine, progress)


def _finish(
    run: Run,
    about: About,
    place: Path,
    found: Sequence[Source],
    judging: Judging,
    engine: Engine,
    progress: Progress,
) -> Summary:
    reading = progress.add_task("reading resources", total=None)
    grouped = group(found, about.parts, run.grouped, run.aside, lambda count: _reached(progress, reading, count))
    progress.update(reading, total=grouped.resources, completed=grouped.resources)
    _judge(run, grouped, judging, engine, progress)
    put_together(run, about.parts)
    summary = _summarised(run, total(run, grouped, judging.today.day), about, judging)
    run.end(about, place)
    return summary


def _reached(progress: Progress, task: TaskID, count: int) -> None:
    if count % 1_000 == 0:
        progress.update(task, completed=count, refresh=True)


def _judge(run: Run, grouped: Grouped, judging: Judging, engine: Engine, progress: Progress) -> None:
    done = sum(number for part, number in enumerate(grouped.patients) if run.is_done(part))
    task = progress.add_task("judging patients", total=sum(grouped.patients), completed=done)
    engine(judging, run, range(len(grouped.patients)), lambda part: _judged(progress, task, grouped, part))


def _judged(progress: Progress, task: TaskID, grouped: Grouped, part: int) -> None:
    progress.update(task, advance=grouped.patients[part], refresh=True)


def _summarised(run: Run, totals: Totals, about: About, judging: Judging) -> Summary:
    summary, files = files_of(totals, about, judging)
    for name, content in files.items():
        write_whole(run.out / name, content)
    return summary


def files_of(totals: Totals, about: About, judging: Judging) -> tuple[Summary, dict[str, bytes]]:
    """The summary of a run, and the files that show it, by name."""
    counts = Counts(judging.today.day, totals.counts)
    summary = summarise(counts, totals.grouped, about, judging.site.settings.suppress_below)
    data = msgspec.json.format(msgspec.json.encode(summary), indent=2) + b"\n"
    return summary, {SUMMARY: data, PAGE: page(summary).encode()}
