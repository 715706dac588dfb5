"""From samples to figures: one line for each server and size, what a server needs, and the goals that were set."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from statistics import median
from typing import NamedTuple

from load import Sample

ONE, EIGHT = 1, 8
CONNECTIONS = (ONE, EIGHT)

Key = tuple[str, int, int]  # row, Observations, connections


class Run(NamedTuple):
    """All that one run measured."""

    rows: Mapping[str, str]  # name -> what it is
    sizes: Mapping[int, int]  # Observations -> bytes of the body
    samples: Mapping[Key, Sequence[Sample]]  # one a round
    starts: Mapping[str, Sequence[float]]  # seconds to the first answer
    memory: Mapping[str, float]  # MiB after everything
    workers: Mapping[int, Sequence[Sample]]  # of this service with so many worker processes, on all cores


class Figures(NamedTuple):
    """One server at one size: medians of the rounds, and the least processor time of any."""

    per_second: Mapping[int, float]
    p50: Mapping[int, float]
    p99: Mapping[int, float]
    cpu: float  # milliseconds per call


class Goal(NamedTuple):
    """Something to reach, and whether this run did."""

    text: str
    wanted: str
    seen: str
    reached: bool


def figures(run: Run, row: str, size: int) -> Figures:
    """What was measured of a row at a size."""
    rounds = {connections: run.samples[row, size, connections] for connections in CONNECTIONS}
    return Figures(
        {count: median(sample.per_second for sample in samples) for count, samples in rounds.items()},
        {count: median(sample.percentile(50) for sample in samples) for count, samples in rounds.items()},
        {count: median(sample.percentile(99) for sample in samples) for count, samples in rounds.items()},
        # Other processes only ever add: the least is nearest to what a call costs.
        min(sample.server_cpu for samples in rounds.values() for sample in samples),
    )


def growth(run: Run, row: str) -> float:
    """How many times as much processor time a call of the largest size takes as one of the smallest."""
    return figures(run, row, max(run.sizes)).cpu / figures(run, row, min(run.sizes)).cpu


def others(run: Run) -> float:
    """Cores that other processes kept busy, the median of all samples."""
    return median(sample.others for samples in run.samples.values() for sample in samples)


def scaling(run: Run) -> Mapping[int, float]:
    """Calls per second by number of workers, medians."""
    return {count: median(sample.per_second for sample in samples) for count, samples in run.workers.items()}


def goals(run: Run, size: int = 100) -> list[Goal]:
    """The goals that the rows of this run can tell about."""
    if "service" not in run.rows or size not in run.sizes:
        return []
    ours = figures(run, "service", size)
    start, memory = median(run.starts["service"]), run.memory["service"]
    reached = [
        Goal(f"p50 at {size} Observations, one connection", "< 5 ms", f"{ours.p50[ONE]:.2f} ms", ours.p50[ONE] < 5),
        Goal("start to the first answer", "≤ 1.5 s", f"{start:.2f} s", start <= 1.5),
        Goal("resident memory", "≤ 150 MiB", f"{memory:.0f} MiB", memory <= 150),
    ]
    if "limit" in run.rows:
        limit = figures(run, "limit", size).cpu
        grown = growth(run, "service") / growth(run, "limit")
        reached.append(_at_least("share of the limit, by processor time", 0.33, limit / ours.cpu))
        if "service-jwt" in run.rows:
            reached.append(_at_least("the same with tokens", 0.22, limit / figures(run, "service-jwt", size).cpu))
        reached.append(Goal("growth with size, relative to the limit's", "≤ 1.1", f"{grown:.2f}", grown <= 1.1))
    if "healthchain" in run.rows:
        reached.append(_at_least("times HealthChain", 35, figures(run, "healthchain", size).cpu / ours.cpu))
    spread = ours.p99[EIGHT] / ours.p50[EIGHT]
    reached.append(Goal("p99 over p50, eight connections", "≤ 4", f"{spread:.2f}", spread <= 4))
    speed = scaling(run)
    if {1, 2} <= speed.keys():
        reached.append(_at_least("calls/s of two workers over one", 1.6, speed[2] / speed[1]))
    return reached


def _at_least(text: str, wanted: float, seen: float) -> Goal:
    return Goal(text, f"≥ {wanted:g}", f"{seen:.2f}", seen >= wanted)
