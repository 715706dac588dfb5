"""The quicker drills of `python -m benchmarks.faults`, each against a service in a process of its own."""

from __future__ import annotations

import asyncio
import os
import shutil
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path

import pytest

from benchmarks.faults.clocks import clock_set, library
from benchmarks.faults.databases import disk_full, postgresql_killed
from benchmarks.faults.drill import Told
from benchmarks.faults.ehrs import fhir_server
from benchmarks.faults.knowledge import broken_at_start
from benchmarks.faults.processes import told_to_stop

SECONDS = 1.5  # that a fault lasts
Drill = Callable[[Path], Awaitable[Told]]
QUICK: dict[str, Drill] = {"told to stop": told_to_stop, "knowledge broken at start": partial(broken_at_start, most=1)}
LONGER: dict[str, Drill] = {
    "PostgreSQL killed": partial(postgresql_killed, jwt="required", out=SECONDS),
    "disk full": partial(disk_full, jwt="required", out=SECONDS),
    "FHIR server slow": partial(fhir_server, "slow"),
}
DRILLS = [pytest.param(drill, id=name) for name, drill in QUICK.items()]
DRILLS += [pytest.param(drill, id=name, marks=pytest.mark.thorough) for name, drill in LONGER.items()]


@pytest.mark.parametrize("drill", DRILLS)
def test_what_is_promised_of_a_fault_holds(drill: Drill, tmp_path: Path) -> None:
    told = asyncio.run(drill(tmp_path))
    assert told.answers
    assert told.broken == []


@pytest.mark.thorough
def test_what_is_promised_of_a_small_limit_on_files_holds_where_nothing_may_be_mounted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "which", lambda name: None)
    told = asyncio.run(disk_full(tmp_path, out=SECONDS))
    assert "RLIMIT_FSIZE" in told.fault
    assert told.broken == []


@pytest.mark.thorough
def test_what_is_promised_of_a_clock_that_is_set_holds(tmp_path: Path) -> None:
    if library() is None:
        if os.environ.get("CI"):
            pytest.fail("libfaketime is not installed")
        pytest.skip("libfaketime is not installed (apt install faketime)")
    assert asyncio.run(clock_set(tmp_path)).broken == []


def test_a_broken_promise_is_told() -> None:
    told = Told("a fault")
    told.only(200)
    assert len(told.broken) == 1  # nothing was answered
    told.answers.update([200, 200, 0])
    told.only(200)
    assert told.broken[-1] == "only (200,) while it lasts, but also {'connection lost': 1}"
    assert told.answered == "connection lost: 1, 200: 2"
    told.promise(True, "this holds")
    assert len(told.broken) == 2
