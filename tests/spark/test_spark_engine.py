"""Spark judges as this machine does: the same rows in the same order and the same counts, on a cluster that loses a
worker."""

from __future__ import annotations

import gzip
import json
import subprocess
import time
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path

import duckdb
import pytest

from service.worklist.runs import newest
from tests.service.population.own_site import OWN, PROFILE, RAISED, environment_of, own_site
from tests.service.population.populations import invented, judged, rows
from tests.service.population.test_hostile_ids import HOSTILE, B, drug, order, patient
from tests.service.population.test_reading import BROKEN
from tests.spark.cluster import BIN, BLOCK, HERE, Cluster, cluster, lose
from tests.spark.comparing import assert_same, command, set_aside

PATIENTS = 150
LONG = "Observation.1.ndjson"


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The variables of a site with numbers and codes of its own. Only drivers know of them."""
    return environment_of(tmp_path_factory.mktemp("site"))


@pytest.fixture(scope="module")
def spark(tmp_path_factory: pytest.TempPathFactory, own: dict[str, str]) -> Iterator[Cluster]:
    """A cluster for all tests here, and a driver's environment."""
    with cluster(tmp_path_factory.mktemp("cluster")) as running:
        yield replace(running, environment=running.environment | own)


@pytest.fixture(scope="module")
def export(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A population with all that goes wrong in others: broken lines, hostile ids, repeats, Medications of many."""
    export = invented(tmp_path_factory.mktemp("spark"), PATIENTS)
    _spread_broken(export)
    hostile = [one for some in HOSTILE.values() for one in some[:5]]
    shared = [patient("é b"), order("r1", "é b", "Medication/m1"), order("r2", "é b", "Medication/m2"), drug("m2", 7)]
    lines = [json.dumps(one) for one in [*hostile, *B, *B[:20], *shared, *OWN]]
    (export / "deeper [1] {a}%20").mkdir()
    (export / "deeper [1] {a}%20" / "more ü.NDJSON").write_bytes("\r\n".join(lines).encode())
    return export


def _spread_broken(export: Path) -> None:
    """Into the first lines of a file, and the last ones of a file of several blocks."""
    lines = (export / "Patient.ndjson").read_bytes().splitlines()
    for place, (line, _) in enumerate(BROKEN):
        lines.insert(2 * place, line)
    (export / "Patient.ndjson").write_bytes(b"\n".join(lines))
    assert (export / LONG).stat().st_size > 2 * BLOCK
    with (export / LONG).open("ab") as long:
        long.write(b"\n".join([b"", BROKEN[0][0], b" ", BROKEN[1][0]]))


@pytest.fixture(scope="module")
def expected(export: Path, own: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What this machine makes of it, by the same site."""
    out = tmp_path_factory.mktemp("expected") / "out"
    judged(export, out, 1, PROFILE, by=own_site(own))
    assert [row for row in rows(out, "findings") if row | RAISED == row]
    return out


def test_a_run_that_loses_a_worker_ends_with_the_rows_of_this_machine(
    spark: Cluster, export: Path, expected: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    with (tmp_path / "log").open("wb") as log:
        run = subprocess.Popen(
            [BIN / "hormone-cds", *command(export, out, "--master", spark.master)],
            env=spark.environment, cwd=tmp_path, stdout=log, stderr=log,
        )  # fmt: skip
        while not any(out.glob("work/judged/round=0/_temporary/0/task_*")) and run.poll() is None:
            time.sleep(0.01)
        assert not any(out.glob("work/*.done"))
        lose(spark.workers[0])
        assert run.wait(900) == 0, (tmp_path / "log").read_text()[-3000:]
    assert "Lost executor" in (tmp_path / "log").read_text()
    assert_same(out, expected)
    assert set_aside(out) == set_aside(expected)
    assert not (out / "work").exists()
    assert not out.stat().st_mode & 0o077


@pytest.mark.thorough
def test_a_run_that_loses_its_driver_goes_on_with_what_is_done(
    spark: Cluster, export: Path, expected: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    begin = partial(
        subprocess.Popen,
        [BIN / "hormone-cds", *command(export, out, "--master", "local[1]")],
        env=spark.environment, cwd=tmp_path, start_new_session=True,
    )  # fmt: skip
    with (tmp_path / "log").open("wb") as log:
        first = begin(stdout=log, stderr=log)
        while not (out / "work" / "1.done").exists() and first.poll() is None:
            time.sleep(0.01)
        lose(first)
        assert not (out / "work" / "3.done").exists()
        assert newest(out) is None
        before = {path: path.stat().st_mtime_ns for path in kept(out)}
        assert {path.parent.name for path in before} >= {"pieces", "round=0", "round=1"}
        # Only a finished run tells of its end, so what the stopped one did is looked at while the next is at work.
        second = begin(stdout=log, stderr=log)
        while not (out / "work" / "3.done").exists() and second.poll() is None:
            time.sleep(0.01)
        assert {path: path.stat().st_mtime_ns for path in before} == before
        assert second.wait(900) == 0, (tmp_path / "log").read_text()[-3000:]
    assert_same(out, expected)
    assert set_aside(out) == set_aside(expected)
    assert not (out / "work").exists()


def kept(out: Path) -> list[Path]:
    """What was put down by steps that are done."""
    rounds = [f"judged/round={done.stem}" for done in (out / "work").glob("*.done")]
    return [path for step in ("pieces", *rounds) for path in (out / "work" / step).rglob("_SUCCESS")]


@pytest.mark.thorough
def test_a_session_that_runs_already_judges_packed_files_parquet_and_bundles_alike(
    spark: Cluster, export: Path, expected: Path, tmp_path: Path
) -> None:
    place, out = tmp_path / "in {1} %20", tmp_path / "out"
    _mixed(export, place)
    commands = [
        command(place, place / "results"),
        command(place, place / "results"),
        command(export, place / "results"),
        command(tmp_path / "nowhere", out),
        command(_of_other_columns(place, tmp_path / "columns"), out),
    ]
    done = subprocess.run(
        [BIN / "python", HERE / "notebook.py", spark.master, *map(json.dumps, commands)],
        env=spark.environment, cwd=tmp_path, capture_output=True, text=True, timeout=900,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    first, again, other, nothing, columns = json.loads(done.stdout.splitlines()[-1])
    assert first == again
    assert first[0] == 0, first
    assert "holds another run (input" in other[1]
    assert "no file to read; known endings" in nothing[1]
    assert "has no column" in columns[1]
    assert other[0] == nothing[0] == columns[0] == 1
    assert newest(out) is None
    assert_same(place / "results", expected)


def _of_other_columns(place: Path, folder: Path) -> Path:
    """Two Parquet files with their resources in columns of different names: of one, nothing would be read."""
    folder.mkdir()
    (one, *_) = sorted(place.glob("*.parquet"))
    for name in ("resource", "line"):
        duckdb.sql(f"COPY (SELECT resource AS {name}, 'x' AS kind FROM '{one}') TO '{folder}/{name}.parquet'")
    return folder


def _mixed(export: Path, place: Path) -> None:
    """The same resources: results in Parquet, orders as the entries of one file, the rest packed."""
    place.mkdir()
    for file in export.rglob("*.[nN]*"):
        if file.name.startswith("Observation") and file.name != LONG:
            found = f"SELECT json::VARCHAR AS resource, 1 AS n FROM read_ndjson_objects('{file}')"
            duckdb.sql(f"COPY ({found}) TO '{place}/{file.stem}.parquet'")
        elif file.name == "MedicationRequest.ndjson":
            entries = b",".join(b'{"resource":%b}' % line for line in file.read_bytes().splitlines())
            (place / "orders.json").write_bytes(b'{"resourceType":"Bundle",\n"entry":[%b]}' % entries)
        else:
            (place / f"{file.name}.gz").write_bytes(gzip.compress(file.read_bytes()))
