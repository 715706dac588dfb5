"""A run that was killed goes on where it stood, and its results are those of one that was not."""

from __future__ import annotations

import json
import os
import signal
import stat
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import pytest

from service.evaluation import moment_of
from service.population.engines.local import judge_parts
from service.population.grouping.charts import group
from service.population.grouping.inputs import sources
from service.population.judging import Judging
from service.population.kept import Refused
from service.population.run import Run
from service.site.site import Site
from terminology.local.code_map import CodeMap, Entry
from tests.engine import site
from tests.service.population.populations import TODAY, invented, judged, results, rows

COMMAND = [sys.executable, "-c", "from service.cli import app; app()", "population"]


def started(export: Path, out: Path, *options: str) -> subprocess.Popen[bytes]:
    """The command in a process group of its own."""
    arguments = [*COMMAND, str(export), "--out", str(out), "--today", TODAY, "--workers", "1", *options]
    root = Path(__file__).parents[3]
    return subprocess.Popen(arguments, cwd=root, start_new_session=True, env=os.environ | {"PYTHONPATH": str(root)})


class Large(NamedTuple):
    """An export that takes long enough to be killed midway, and the results of a run that was not."""

    export: Path
    expected: dict[str, bytes]


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Large:
    folder = tmp_path_factory.mktemp("large")
    export = invented(folder, 300, observations=4)
    judged(export, folder / "whole", 1)
    return Large(export, results(folder / "whole"))


def killable(export: Path, out: Path) -> tuple[Run, subprocess.Popen[bytes]]:
    """A run with one part or more done, and not all."""
    run, process = Run(out), started(export, out)
    while not any(run.is_done(part) for part in range(4)):
        assert process.poll() is None, "it ended before it could be killed"
        time.sleep(0.01)
    return run, process


def test_a_run_killed_midway_goes_on_without_redoing_or_losing_anything(large: Large, tmp_path: Path) -> None:
    out = tmp_path / "killed"
    run, process = killable(large.export, out)
    os.killpg(process.pid, signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL
    done = [part for part in range(4) if run.is_done(part)]
    assert 0 < len(done) < 4
    marked = run.part(done[0]) / "findings.ndjson"
    marked.write_bytes(marked.read_bytes().replace(b'"state":"raised"', b'"state":"marked"'))
    assert started(large.export, out).wait() == 0
    found = results(out)
    assert b'"state":"marked"' in found["findings.ndjson"], "a finished part was judged again"
    found["findings.ndjson"] = found["findings.ndjson"].replace(b'"state":"marked"', b'"state":"raised"')
    assert found == large.expected


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


def test_nothing_is_left_running_when_the_command_alone_is_killed(large: Large, tmp_path: Path) -> None:
    _, process = killable(large.export, tmp_path / "out")
    children = children_of(process)
    process.kill()
    process.wait()
    assert children
    while any(Path(f"/proc/{child}").exists() for child in children):
        time.sleep(0.05)
    judged(large.export, tmp_path / "out", 1)
    assert results(tmp_path / "out") == large.expected


def children_of(process: subprocess.Popen[bytes]) -> list[int]:
    """The processes that it started."""
    return [int(child) for child in Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()]


def test_two_processes_never_work_on_one_run(tmp_path: Path) -> None:
    export = invented(tmp_path, 3)
    judged(export, tmp_path / "out", 1)
    (tmp_path / "out" / "run.json").write_bytes(
        (tmp_path / "out" / "run.json").read_bytes().replace(b'"finished":true', b'"finished":false')
    )
    with Run(tmp_path / "out").alone(), pytest.raises(Refused, match="another process is at work"):
        judged(export, tmp_path / "out", 1)


def test_a_judging_process_that_dies_ends_the_run_with_the_way_on(large: Large, tmp_path: Path) -> None:
    out = tmp_path / "died"
    _, process = killable(large.export, out)
    for child in children_of(process):
        os.kill(child, signal.SIGKILL)
    assert process.wait(timeout=60) == 1
    judged(large.export, out, 1)
    assert results(out) == large.expected


def unfinished(out: Path) -> None:
    """As if it had been killed before its end."""
    run = out / "run.json"
    run.write_bytes(run.read_bytes().replace(b'"finished":true', b'"finished":false'))


def test_the_first_moment_of_a_run_has_no_room_for_another(tmp_path: Path) -> None:
    export = invented(tmp_path, 3)
    with Run(tmp_path / "out").alone(), pytest.raises(Refused, match="another process is at work"):
        judged(export, tmp_path / "out", 1)
    judged(export, tmp_path / "out", 1)  # and what it left is no other's


@pytest.mark.parametrize(
    "name", ["run.json", "counts.json", "work/grouped/grouped.json", "work/parts/0000/counts.json"]
)
def test_a_damaged_file_of_a_run_is_explained(tmp_path: Path, name: str) -> None:
    export = invented(tmp_path, 3)
    judged(export, tmp_path / "out", 1)
    if name.startswith("work"):
        unfinished(tmp_path / "out")
        run = Run(tmp_path / "out")
        run.parts.mkdir(parents=True)
        group(sources(export), 4, run.grouped, run.aside)
        judged_parts(export, run)
    damaged = tmp_path / "out" / name
    damaged.write_bytes(damaged.read_bytes()[:-2])
    with pytest.raises(Refused, match=f"{damaged.name} is damaged"):
        judged(export, tmp_path / "out", 1)


def judged_parts(export: Path, run: Run) -> None:
    """All parts judged, and nothing put together."""
    judging = Judging(site(), moment_of(site(), [TODAY]), ())
    judge_parts(judging, run, range(4), 1)


def entry(code: str) -> Entry:
    return Entry("laboratory", code, "2986-8", "equal", "http://lab.example")


def with_order(ours: Site) -> Site:
    first, *others = ours.knowledge.orders
    orders = (replace(first, local=(("http://lab.example", "T", "Testosterone"),)), *others)
    return replace(ours, knowledge=replace(ours.knowledge, orders=orders))


@pytest.mark.parametrize(
    ("one", "other", "said"),
    [
        (CodeMap(1, entries=(entry("a"),)), CodeMap(1, entries=(entry("b"),)), "codes"),
        (CodeMap(1, entries=(entry("a"),)), CodeMap(2, entries=(entry("a"),)), "code_map"),
    ],
)
def test_a_run_does_not_go_on_by_other_codes_of_the_same_version(
    tmp_path: Path, one: CodeMap, other: CodeMap, said: str
) -> None:
    export = invented(tmp_path, 3)
    judged(export, tmp_path / "out", 1, by=site().with_map(one))
    judged(export, tmp_path / "out", 1, by=site().with_map(one))
    with pytest.raises(Refused, match=rf"\({said} differ\)"):
        judged(export, tmp_path / "out", 1, by=site().with_map(other))


def test_a_run_does_not_go_on_by_other_orderables(tmp_path: Path) -> None:
    export = invented(tmp_path, 3)
    judged(export, tmp_path / "out", 1)
    with pytest.raises(Refused, match=r"\(orderables differ\)"):
        judged(export, tmp_path / "out", 1, by=with_order(site()))


def test_what_a_kill_at_the_very_end_left_is_removed_by_the_next_call(tmp_path: Path) -> None:
    export = invented(tmp_path, 3)
    judged(export, tmp_path / "out", 1)
    left = Run(tmp_path / "out").grouped
    left.mkdir(parents=True)
    (left / "part-0000").write_bytes(b"a chart")
    judged(export, tmp_path / "out", 1)
    assert not (tmp_path / "out" / "work").exists()


def test_a_finished_run_is_summarised_again_by_the_threshold_of_now(tmp_path: Path) -> None:
    export = invented(tmp_path, 8)
    out = tmp_path / "out"
    open_to_all = replace(site(), settings=site().settings.model_copy(update={"suppress_below": 1}))
    first = judged(export, out, 1, by=open_to_all)
    assert first.patients == len(rows(out, "patients"))
    (out / "findings.ndjson").write_bytes(b"untouched")
    page = (out / "summary.html").read_text()
    assert judged(export, out, 1).patients is None
    assert json.loads((out / "summary.json").read_text())["patients"] is None
    assert (out / "summary.html").read_text() != page
    assert judged(export, out, 1, by=open_to_all) == first
    assert (out / "summary.html").read_text() == page
    assert (out / "findings.ndjson").read_bytes() == b"untouched"


def test_a_folder_that_others_may_enter_is_closed_to_them(tmp_path: Path) -> None:
    export = invented(tmp_path, 3)
    out = tmp_path / "out"
    out.mkdir(mode=0o755)
    out.chmod(0o755)
    judged(export, out, 1)
    assert stat.S_IMODE(out.stat().st_mode) == 0o700
    unfinished(out)
    out.chmod(0o777)
    judged(export, out, 1)
    assert stat.S_IMODE(out.stat().st_mode) == 0o700


@pytest.mark.skipif(os.name != "posix" or os.geteuid() != 0, reason="only root can make it somebody else's")
def test_a_folder_of_somebody_else_that_cannot_be_closed_is_refused(tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    out.chmod(0o777)
    code = (
        "import os, sys; from pathlib import Path; from service.population.run import Run\n"
        "os.chdir(sys.argv[1]); os.setuid(65534); run = Run(Path())\n"
        "with run.alone(): run.begin(None)"
    )
    root = Path(__file__).parents[3]
    command = [sys.executable, "-c", code, str(out)]
    ended = subprocess.run(command, env=os.environ | {"PYTHONPATH": str(root)}, capture_output=True)
    assert b"somebody else's: name another folder" in ended.stderr
