"""The commands, as people call them."""

from __future__ import annotations

import json
import os
import sys
from datetime import UTC, date, datetime, timedelta
from importlib.util import find_spec
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from service.cli import app
from tests.service.population.populations import rows


def run(*arguments: object) -> Result:
    """The command with a wide terminal."""
    return CliRunner(env={"COLUMNS": "200", "NO_COLOR": "1"}).invoke(app, [*map(str, arguments)])


def test_a_population_is_invented_and_judged(tmp_path: Path) -> None:
    invented = run("synthesize", "--patients", 20, "--seed", 2, "--out", tmp_path, "--gzip")
    assert invented.exit_code == 0, invented.output
    export, out = tmp_path / "export", tmp_path / "out"
    assert f"hormone-cds population {export} --today 2026-09-04" in invented.output
    judged = run("population", export, "--today", "2026-09-04", "--out", out, "--workers", 1)
    assert judged.exit_code == 0, judged.output
    assert len(rows(out, "patients")) >= 20
    assert not (out / "work").exists()


def test_what_is_written_is_for_its_owner_alone(tmp_path: Path) -> None:
    run("synthesize", "--patients", 3, "--out", tmp_path)
    out, former = tmp_path / "new" / "out", os.umask(0o022)
    try:
        ended = run("population", tmp_path / "export", "--today", "2026-09-04", "--out", out, "--workers", 1)
        assert os.umask(0o022) == 0o022
    finally:
        os.umask(former)
    assert ended.exit_code == 0, ended.output
    written = [out, *out.rglob("*")]
    assert len(written) > 10
    assert [path.name for path in written if path.stat().st_mode & 0o077] == []


def test_a_run_keeps_its_day_when_it_is_called_again(tmp_path: Path) -> None:
    run("synthesize", "--patients", 5, "--out", tmp_path)
    first = run("population", tmp_path / "export", "--today", "2026-09-01", "--out", tmp_path / "out", "--workers", 1)
    again = run("population", tmp_path / "export", "--out", tmp_path / "out")
    assert again.exit_code == 0
    assert again.output == first.output
    assert "2026-09-01" in again.output


def test_without_a_day_it_is_todays_and_nothing_of_the_hour(tmp_path: Path) -> None:
    run("synthesize", "--patients", 3, "--out", tmp_path)
    ended = run("population", tmp_path / "export", "--out", tmp_path / "out", "--workers", 1)
    assert ended.exit_code == 0, ended.output
    about = json.loads((tmp_path / "out" / "run.json").read_text())["about"]
    assert date.fromisoformat(about["today"]) - datetime.now(UTC).date() in (timedelta(0), timedelta(-1))


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("nowhere",), "no file to read; known endings"),
        (("nowhere", "--profile", "wrong"), "no protocol has it; known: "),
        (("nowhere", "--today", "yesterday"), "Send today once"),
    ],
)
def test_a_mistake_ends_with_its_reason(tmp_path: Path, arguments: tuple[str, ...], said: str) -> None:
    (tmp_path / "nowhere").mkdir()
    place, *options = arguments
    ended = run("population", tmp_path / place, "--out", tmp_path / "out", *options)
    assert ended.exit_code == 1
    assert said in ended.output
    assert "Traceback" not in ended.output
    assert not (tmp_path / "out").exists()


def test_without_duckdb_it_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run("synthesize", "--patients", 1, "--out", tmp_path)
    monkeypatch.setitem(sys.modules, "duckdb", None)
    ended = run("population", tmp_path / "export", "--out", tmp_path / "out")
    assert ended.exit_code == 1
    assert "pip install 'hormone-cds[population]'" in ended.output


@pytest.mark.skipif(find_spec("pyspark") is not None, reason="Spark is installed here")
def test_without_spark_it_says_what_to_install(tmp_path: Path) -> None:
    ended = run("population", tmp_path, "--out", tmp_path / "out", "--engine", "spark")
    assert ended.exit_code == 1
    assert "pip install 'hormone-cds[spark]'" in ended.output
    assert not (tmp_path / "out").exists()
