"""The engine of one machine: processes that each judge whole parts of a grouped export."""

from __future__ import annotations

import gc
import multiprocessing
import os
import threading
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ProcessPoolExecutor, as_completed
from pathlib import Path

from cds_hooks.facts import Moment
from service.population.grouping.charts import charts_in
from service.population.judging import Judging
from service.population.run import Run
from service.population.summing.counts import Counts

_judging: Judging | None = None  # of a process: what it judges by, inherited or made once at its start


def judge_parts(
    judging: Judging, run: Run, parts: Iterable[int], workers: int, tell: Callable[[int], None] = lambda patients: None
) -> None:
    """Judge the parts that are not done yet. `tell` is called with a part's number when it is.

    A process that dies (out of memory, killed) ends the run with BrokenProcessPool; parts that are done stay done.
    """
    global _judging
    waiting = [part for part in parts if not run.is_done(part)]
    if not waiting:
        return
    forks = "fork" in multiprocessing.get_all_start_methods()
    context = multiprocessing.get_context("fork" if forks else "spawn")
    if forks:
        _judging = judging
        gc.collect()
        gc.freeze()  # what is shared by all processes is not written to by their garbage collectors
    start = (judging.today, judging.profiles)
    try:
        with ProcessPoolExecutor(min(workers, len(waiting)), context, _begin, start) as pool:
            running = {pool.submit(_judge, run.out, part): part for part in waiting}
            for done in as_completed(running):
                done.result()
                tell(running[done])
    finally:
        _judging = None


def _begin(today: Moment, profiles: tuple[str, ...]) -> None:
    """What a process needs that could not inherit it."""
    global _judging
    threading.Thread(target=_end_with, args=(os.getppid(),), daemon=True).start()
    if _judging is None:
        from service.terminal import opened, with_codes

        _judging = Judging(with_codes(opened()), today, profiles)


def _end_with(parent: int) -> None:
    """Nobody waits for what a process does whose parent was killed."""
    while os.getppid() == parent:
        time.sleep(1)
    os._exit(1)


def _judge(out: Path, part: int) -> None:
    assert _judging is not None  # noqa: S101 - each process begins with it
    run = Run(out)
    run.keep(part, _judging.rows(charts_in(run.grouped, part)), Counts(_judging.today.day))
