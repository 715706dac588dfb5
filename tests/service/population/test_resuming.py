"""A run that was killed goes on where it stood, and its results are those of one that was not."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from service.population.run import Refused, Run
from tests.service.population.populations import TODAY, invented, judged, results

COMMAND = [sys.executable, "-c", "from service.cli import app; app()", "population"]


def started(export: Path, out: Path, *options: str) -> subprocess.Popen[bytes]:
    """The command in a process group of its own."""
    arguments = [*COMMAND, str(export), "--out", str(out), "--today", TODAY, "--workers", "1", *options]
    root = Path(__file__).parents[3]
    return subprocess.Popen(arguments, cwd=root, start_new_session=True, env=os.environ | {"PYTHONPATH": str(root)})


def test_a_run_killed_midway_goes_on_without_redoing_or_losing_anything(tmp_path: Path) -> None:
    export = invented(tmp_path, 300, observations=4)
    judged(export, tmp_path / "whole", 1)
    out = tmp_path / "killed"
    run, process = Run(out), started(export, out)
    while not any(run.is_done(part) for part in range(4)):
        assert process.poll() is None, "it ended before it could be killed"
        time.sleep(0.01)
    os.killpg(process.pid, signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL
    done = [part for part in range(4) if run.is_done(part)]
    assert 0 < len(done) < 4
    marked = run.part(done[0]) / "findings.ndjson"
    marked.write_bytes(marked.read_bytes().replace(b'"state":"raised"', b'"state":"marked"'))
    assert started(export, out).wait() == 0
    found, expected = results(out), results(tmp_path / "whole")
    assert b'"state":"marked"' in found["findings.ndjson"], "a finished part was judged again"
    found["findings.ndjson"] = found["findings.ndjson"].replace(b'"state":"marked"', b'"state":"raised"')
    assert found == expected


def test_one_killed_while_it_reads_begins_reading_again(tmp_path: Path) -> None:
    export = invented(tmp_path, 30)
    judged(export, tmp_path / "whole", 1)
    out = tmp_path / "killed"
    judged(export, out, 1)
    (out / "run.json").write_bytes((out / "run.json").read_bytes().replace(b'"finished":true', b'"finished":false'))
    grouped = Run(out).grouped
    grouped.mkdir(parents=True)
    Run(out).parts.mkdir()
    (grouped / "part-0000").write_bytes(b'half\tPatient\t{"resource":{"resourceType":"Pati')
    judged(export, out, 1)
    assert results(out) == results(tmp_path / "whole")


def test_a_finished_run_is_not_done_again(tmp_path: Path) -> None:
    export = invented(tmp_path, 10)
    first = judged(export, tmp_path / "out", 1)
    (tmp_path / "out" / "findings.ndjson").write_bytes(b"untouched")
    assert judged(export, tmp_path / "out", 1) == first
    assert (tmp_path / "out" / "findings.ndjson").read_bytes() == b"untouched"


def test_a_folder_with_another_run_is_refused(tmp_path: Path) -> None:
    export = invented(tmp_path, 10)
    judged(export, tmp_path / "out", 1)
    with pytest.raises(Refused, match="profiles differ"):
        judged(export, tmp_path / "out", 1, "es2018")
    (export / "Patient.ndjson").write_bytes(b"")
    with pytest.raises(Refused, match="input differ"):
        judged(export, tmp_path / "out", 1)


def test_a_folder_with_something_else_is_refused_and_left_alone(tmp_path: Path) -> None:
    export = invented(tmp_path, 10)
    (tmp_path / "letters").mkdir()
    (tmp_path / "letters" / "a.txt").write_text("mine")
    with pytest.raises(Refused, match="not empty"):
        judged(export, tmp_path / "letters", 1)
    assert [path.name for path in (tmp_path / "letters").iterdir()] == ["a.txt"]


def test_the_number_of_processes_changes_nothing(tmp_path: Path) -> None:
    export = invented(tmp_path, 60)
    for workers in (1, 3):
        judged(export, tmp_path / str(workers), workers)
    assert results(tmp_path / "1") == results(tmp_path / "3")


def test_nothing_is_left_running_when_the_command_alone_is_killed(tmp_path: Path) -> None:
    export = invented(tmp_path, 300, observations=4)
    run, process = Run(tmp_path / "out"), started(export, tmp_path / "out")
    while not any(run.is_done(part) for part in range(4)):
        assert process.poll() is None, "it ended before it could be killed"
        time.sleep(0.01)
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
    process.kill()
    process.wait()
    assert children
    while any(Path(f"/proc/{child}").exists() for child in children):
        time.sleep(0.05)
    judged(export, tmp_path / "out", 1)
    judged(export, tmp_path / "whole", 1)
    assert results(tmp_path / "out") == results(tmp_path / "whole")


def test_two_processes_never_work_on_one_run(tmp_path: Path) -> None:
    export = invented(tmp_path, 3)
    judged(export, tmp_path / "out", 1)
    (tmp_path / "out" / "run.json").write_bytes(
        (tmp_path / "out" / "run.json").read_bytes().replace(b'"finished":true', b'"finished":false')
    )
    with Run(tmp_path / "out").alone(), pytest.raises(Refused, match="another process is at work"):
        judged(export, tmp_path / "out", 1)


def test_a_judging_process_that_dies_ends_the_run_with_the_way_on(tmp_path: Path) -> None:
    export = invented(tmp_path, 300, observations=4)
    out = tmp_path / "died"
    run, process = Run(out), started(export, out)
    while not any(run.is_done(part) for part in range(4)):
        assert process.poll() is None, "it ended before its process could be killed"
        time.sleep(0.01)
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
    for child in children:
        os.kill(int(child), signal.SIGKILL)
    assert process.wait(timeout=60) == 1
    assert started(export, out).wait() == 0
    judged(export, tmp_path / "whole", 1)
    assert results(out) == results(tmp_path / "whole")
