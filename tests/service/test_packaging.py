"""The wheel carries all it needs: installed elsewhere, away from the checkout, it yields a card."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

from service.examples.chart import DEMO_DAY, chart_json

ROOT = Path(__file__).parents[2]
SOURCES = ("pyproject.toml", "README.md", "LICENSE", "NOTICE", "terminology", "cds_hooks", "service")
DATA = (".toml", ".md", ".csv", ".xml", ".html", ".css", ".js", ".json", "py.typed")


def run(*command: str | Path, cwd: Path) -> str:
    """Standard output of a command that must succeed, run without our checkout on its path."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "COV"))}
    done = subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from a copy so that nothing stale gets in."""
    folder = tmp_path_factory.mktemp("source")
    for name in SOURCES:
        source = ROOT / name
        skip = shutil.ignore_patterns("__pycache__")
        if source.is_dir():
            shutil.copytree(source, folder / name, ignore=skip)
        else:
            shutil.copy(source, folder / name)
    run(sys.executable, "-m", "pip", "wheel", "--no-deps", "--wheel-dir", "dist", ".", cwd=folder)
    (built,) = (folder / "dist").glob("*.whl")
    return built


def test_the_wheel_holds_every_data_file(wheel: Path) -> None:
    held = set(zipfile.ZipFile(wheel).namelist())
    files = [path for room in SOURCES[4:] for path in (ROOT / room).rglob("*") if path.name.endswith(DATA)]
    assert {str(path.relative_to(ROOT)) for path in files} <= held


@pytest.mark.thorough
def test_the_wheel_yields_a_card_in_an_empty_environment(wheel: Path, tmp_path: Path) -> None:
    (tmp_path / "chart.json").write_text(chart_json("hematocrit"), encoding="utf-8")
    run(sys.executable, "-m", "venv", "--without-pip", "elsewhere", cwd=tmp_path)
    python = tmp_path / "elsewhere" / "bin" / "python"
    install = (sys.executable, "-m", "pip", "--python", python, "install", "--quiet", "--no-compile")
    run(*install, "--constraint", ROOT / "constraints.txt", wheel, cwd=tmp_path)
    command = tmp_path / "elsewhere" / "bin" / "hormone-cds"
    report = json.loads(run(command, "evaluate", "chart.json", "--today", str(DEMO_DAY), "--json", cwd=tmp_path))
    assert report["cards"][0]["indicator"] == "critical"


@pytest.mark.parametrize("file", ["constraints.txt", "Makefile", "Dockerfile", "pyproject.toml"])
def test_no_file_names_a_registry_host(file: str) -> None:
    assert not {"http://", "https://", "--index-url", "file://"} & set((ROOT / file).read_text().split())


def test_every_constraint_is_one_exact_version() -> None:
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    assert all(line.count("==") == 1 and " " not in line for line in lines)


def test_the_image_has_every_extra_but_those_of_tests_and_of_spark_and_each_is_pinned() -> None:
    """A run on Spark is begun where Spark is, with the Python environment of its workers: 700 MB no service needs."""
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["optional-dependencies"]
    installed = re.findall(r"'\.\[([\w,-]+)\]'", (ROOT / "Dockerfile").read_text(encoding="utf-8"))
    assert [set(names.split(",")) for names in installed] == [extras.keys() - {"test", "spark"}]
    pinned = {line.partition("==")[0].lower() for line in (ROOT / "constraints.txt").read_text().splitlines()}
    needed = {re.split(r"[\[<>=;~ ]", one)[0].lower() for name in ("postgresql", "sign-in") for one in extras[name]}
    assert needed <= pinned
    told = (ROOT / "README.md").read_text(encoding="utf-8")
    assert "hormone-cds[postgresql]'`; the image has it" in told
    assert "the extra `sign-in` (the image has it)" in told
