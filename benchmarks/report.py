"""Shows a run: tables for a terminal, the same as Markdown for the README, and everything as JSON."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Iterable, Sequence
from importlib.metadata import version
from statistics import median
from typing import Any, NamedTuple

from figures import CONNECTIONS, Run, figures, goals, growth, others, scaling
from rich.box import SIMPLE
from rich.console import Console
from rich.table import Table

COSTS = ("CPU a call", "× service")  # server processor time, and the same as a multiple of this service's
LIBRARIES = ("uvicorn", "fastapi", "msgspec", "pydantic", "fhir.resources")


class Grid(NamedTuple):
    """A table before it is drawn."""

    title: str
    head: tuple[str, ...]
    lines: Sequence[tuple[str, ...]]


def machine(pinned: bool) -> str:
    """Where the run took place, in neutral words."""
    libraries = ", ".join(f"{name} {version(name)}" for name in LIBRARIES)
    cores = f"{os.cpu_count()} cores, " + ("server and load on one each" if pinned else "not pinned")
    return f"{platform.system()} {platform.machine()}, {cores}; Python {platform.python_version()}; {libraries}"


def grids(run: Run) -> Iterable[Grid]:
    """A table for each size, one of what the servers need, one of the goals."""
    for size, length in run.sizes.items():
        yield _speed(run, size, length)
    yield _needs(run)
    if run.workers:
        lines = [(str(count), _short(speed)) for count, speed in scaling(run).items()]
        yield Grid("Workers of this service, eight connections, load on the same cores", ("workers", "calls/s"), lines)
    if reached := goals(run):
        lines = [(goal.text, goal.wanted, goal.seen, "yes" if goal.reached else "NO") for goal in reached]
        yield Grid("Goals", ("goal", "wanted", "seen", "reached"), lines)


def _speed(run: Run, size: int, length: int) -> Grid:
    head = ("server", *(f"{name} c={count}" for name in ("calls/s", "p50", "p99") for count in CONNECTIONS), *COSTS)
    return Grid(
        f"{size} Observations, {length / 1000:.0f} kB (times in ms)", head, [_line(run, row, size) for row in run.rows]
    )


def _line(run: Run, row: str, size: int) -> tuple[str, ...]:
    seen = figures(run, row, size)
    ratio = f"{seen.cpu / figures(run, 'service', size).cpu:.2f}" if "service" in run.rows else ""
    measures = (seen.per_second, seen.p50, seen.p99)
    return (row, *(_short(measure[count]) for measure in measures for count in CONNECTIONS), _short(seen.cpu), ratio)


def _short(number: float) -> str:
    """Three digits that matter."""
    return f"{number:.0f}" if number >= 100 else f"{number:.1f}" if number >= 10 else f"{number:.2f}"


def _needs(run: Run) -> Grid:
    sizes = f"{min(run.sizes)} → {max(run.sizes)}"
    head = ("server", "what", "start, s", "memory, MiB", f"CPU {sizes}")
    lines = [
        (row, what, f"{median(run.starts[row]):.2f}", f"{run.memory[row]:.0f}", f"{growth(run, row):.1f}")
        for row, what in run.rows.items()
    ]
    return Grid("Start, memory, growth", head, lines)


def draw(run: Run, console: Console) -> None:
    """The tables on a terminal."""
    for grid in grids(run):
        table = Table(box=SIMPLE, padding=(0, 1, 0, 0), pad_edge=False)
        for column, name in enumerate(grid.head):
            table.add_column(name.replace(" ", "\n", 1), justify="right" if column else "left", no_wrap=True)
        for line in grid.lines:
            table.add_row(*line)
        console.print(grid.title, table, sep="\n")
    console.print(quietness(run))


def quietness(run: Run) -> str:
    """How far the run can be trusted."""
    return f"Other processes kept {others(run):.2f} cores busy meanwhile (median of all measurements)."


def markdown(run: Run, place: str) -> str:
    """The tables for the README."""
    parts = [place + ".", quietness(run)]
    for grid in grids(run):
        bars = ("| " + " | ".join(line) + " |" for line in (grid.head, ("---",) * len(grid.head), *grid.lines))
        parts.append(f"**{grid.title}**\n\n" + "\n".join(bars))
    return "\n\n".join(parts)


def as_json(run: Run, place: str, command: str) -> str:
    """Every sample, without the single latencies."""
    content: dict[str, Any] = {
        "machine": place,
        "command": command,
        "rows": dict(run.rows),
        "bytes": dict(run.sizes),
        "start_s": {row: list(times) for row, times in run.starts.items()},
        "memory_mib": dict(run.memory),
        "samples": [
            {
                "row": row,
                "observations": size,
                "connections": connections,
                "round": number,
                "calls": sample.calls,
                "per_second": sample.per_second,
                "p50_ms": sample.percentile(50),
                "p99_ms": sample.percentile(99),
                "server_cpu_ms": sample.server_cpu,
                "client_cpu_ms": sample.client_cpu,
                "others": sample.others,
            }
            for (row, size, connections), samples in run.samples.items()
            for number, sample in enumerate(samples)
        ],
        "workers": {str(count): [sample.per_second for sample in samples] for count, samples in run.workers.items()},
        "goals": [goal._asdict() for goal in goals(run)],
    }
    return json.dumps(content, indent=1, ensure_ascii=False) + "\n"
