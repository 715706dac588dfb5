"""Measures our units beside other UCUM libraries in one run: what they get right, what they take; keeps the figures."""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import tomllib
import venv
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple
from xml.etree import ElementTree

from rich.box import SIMPLE
from rich.console import Console
from rich.table import Table

HERE = Path(__file__).parent
ROOT = HERE.parent
PROBES = HERE / "units"
RESULTS = HERE / "results"
README = HERE / "README.md"
BEGIN, END = "<!-- units -->", "<!-- end of units -->"
PUBLISHED = ROOT / "tests" / "terminology" / "published.toml"
PYTHON_LIBRARIES = ("ucumvert==0.3.2", "pint==0.25.3")
NODE_LIBRARIES = ("@lhncbc/ucum-lhc@7.1.10", "@atomic-ehr/ucum@0.2.5", "ucum@0.0.7")  # the last brings the suite
# Validation cases the suite got after the copy in that package was made (see tests/terminology/test_public_suite.py).
ADDED_SINCE = {"dB[10.nV]": True, "/{LPF}": True, "/[LPF]": True, "[drp]/{HPF}": True, "[M'U]": False}
# What must come out: a number, or nothing at all.
SAFE = {
    ("m[IU]/mL", "[IU]/L"): 1.0,
    ("u[IU]/mL", "m[IU]/L"): 1.0,
    ("[IU]", "1"): None,
    ("[IU]", "[arb'U]"): None,
    ("[IU]/L", "/L"): None,
    ("mmol/L", "/L"): None,
}
NEAR = 1e-12  # a float's error
NEW = 300  # strings
WORST = [
    *("(" * 31 + "m" + ")" * 31, "(" * 64, "m." * 31 + "m", "/m" * 32, "m" * 64, "9" * 64, "da" * 32, "{" * 64),
    *("Ym99." * 12 + "Ym99", "/".join(["[ly]-99"] * 8), "m" + "9" * 63, "x" * 10_000, "m." * 5_000 + "m"),
]
RUNS = 3
HEAD = (
    *("library", "validation wrong", "conversion wrong", "units that must (not) convert, wrong", "mass ↔ moles right"),
    *("load, ms", "memory, MiB", "new unit, µs", "known unit, µs", "worst string, ms"),
)


class Row(NamedTuple):
    """A library: how its probe is started."""

    name: str
    command: tuple[str, ...]
    environment: Mapping[str, str] = {}


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", action="store_true", help="put the figures into benchmarks/README.md")
    asked, console = parser.parse_args(), Console()
    with tempfile.TemporaryDirectory() as folder:
        rows, modules = prepared(Path(folder), console)
        questions = questions_of(modules)
        answers = {row.name: [put(row, questions) for _ in range(RUNS)] for row in rows}
    lines = [line(name, runs, questions) for name, runs in answers.items()]
    place = f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}"
    draw(lines, console)
    RESULTS.mkdir(exist_ok=True)
    file = RESULTS / f"terminology-{datetime.now(UTC):%Y%m%dT%H%M%SZ}.json"
    content = {"machine": place, "questions": questions, "answers": answers}
    file.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    console.print(f"Kept in {file.relative_to(ROOT)}")
    if asked.write:
        write_readme(lines, questions, place)


def prepared(folder: Path, console: Console) -> tuple[list[Row], Path | None]:
    """Every library in an environment of its own; one that cannot be installed is left out by name."""
    rows = [Row("this service", (sys.executable, str(PROBES / "this_service.py")), {"PYTHONPATH": str(ROOT)})]
    console.print("Installing the other libraries into environments of their own …")
    if python := with_pip(folder / "python"):
        rows.append(Row("ucumvert + pint", (python, str(PROBES / "ucumvert_pint.py"))))
        rows.append(Row("pint alone", (python, str(PROBES / "pint_alone.py"))))
    else:
        console.print("Skipped: ucumvert, pint (they could not be installed)")
    modules = folder / "node"
    if not with_npm(modules):
        console.print("Skipped: @lhncbc/ucum-lhc, @atomic-ehr/ucum and the public suite (node or npm cannot be used)")
        return rows, None
    rows.append(Row("@lhncbc/ucum-lhc", ("node", str(PROBES / "lhc.mjs"), str(modules))))
    rows.append(Row("@atomic-ehr/ucum", ("node", str(PROBES / "atomic_ehr.mjs"), str(modules))))
    return rows, modules


def with_pip(folder: Path) -> str | None:
    """An interpreter with the Python libraries."""
    venv.create(folder, with_pip=True)
    python = str(folder / "bin" / "python")
    command = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *PYTHON_LIBRARIES]
    return python if subprocess.run(command, capture_output=True, check=False).returncode == 0 else None


def with_npm(folder: Path) -> bool:
    """Whether the node libraries could be installed there."""
    npm = shutil.which("npm")
    if npm is None or shutil.which("node") is None:
        return False
    folder.mkdir()
    command = [npm, "install", "--prefix", str(folder), "--no-audit", "--no-fund", "--silent", *NODE_LIBRARIES]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


def questions_of(modules: Path | None) -> dict[str, Any]:
    """What every library is asked, and what is right."""
    published = tomllib.loads(PUBLISHED.read_text(encoding="utf-8"))["factor"]
    mass = [row for row in published if "[IU]" not in row["to"]]
    molar = {row["factor"]: float(row["molar"]) for row in mass if "molar" in row}
    suite = suite_of(modules)
    return {
        **suite,
        "safe": list(SAFE),
        "mass": [(row["analyte"], weight_of(row, molar), row["from"], row["to"]) for row in mass],
        "mass_right": [row["factor"] for row in mass],
        "new": [(f"ug/({number}.dL)", "ng/dL") for number in range(2, 2 + NEW)],
        "known": ("ng/mL", "ng/dL"),
        "worst": WORST,
    }


def weight_of(row: Mapping[str, str], molar: Mapping[str, float]) -> float:
    """The molar mass of a published row; free hormones have that of the row with the same factor."""
    if "molar" in row:
        return float(row["molar"])
    digits = row["factor"].replace(".", "").lstrip("0")
    return next(mass for factor, mass in molar.items() if factor.replace(".", "").lstrip("0") == digits)


def suite_of(modules: Path | None) -> dict[str, Any]:
    """The public suite as npm brought it, or nothing."""
    if modules is None:
        return {"validation": [], "validation_right": [], "conversion": [], "conversion_right": []}
    root = ElementTree.parse(modules / "node_modules" / "ucum" / "vendor" / "ucum-functional-tests.xml").getroot()
    valid = [(case.attrib["unit"], case.attrib["valid"] == "true") for case in root.iterfind("validation/case")]
    valid += ADDED_SINCE.items()
    cases = [case.attrib for case in root.iterfind("conversion/case")]
    return {
        "validation": [unit for unit, _ in valid],
        "validation_right": [right for _, right in valid],
        "conversion": [(float(case["value"]), case["srcUnit"], case["dstUnit"]) for case in cases],
        "conversion_right": [case["outcome"] for case in cases],
    }


def put(row: Row, questions: Mapping[str, Any]) -> dict[str, Any]:
    """Ask one library in a fresh process."""
    done = subprocess.run(
        row.command,
        input=json.dumps(questions),
        env={**os.environ, **row.environment},
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    if done.returncode:
        sys.exit(f"{row.name}: its probe ended with status {done.returncode}\n{done.stderr[-1000:]}")
    answers: dict[str, Any] = json.loads(done.stdout.rpartition("\n")[2])  # some libraries print on their own
    return answers


def line(name: str, runs: Sequence[Mapping[str, Any]], questions: Mapping[str, Any]) -> tuple[str, ...]:
    """One library's line of the table: answers of the first run, medians of the costs."""
    first = runs[0]
    costs = (median(run[cost] for run in runs) for cost in ("load_ms", "memory_mib", "new_us", "known_us", "worst_ms"))
    masses = sum(rounds_to(*pair) for pair in zip(first["mass"], questions["mass_right"], strict=True))
    return (
        name if name == "this service" else f"{name} {first['version']}",
        wrong(first["validation"], questions["validation_right"], lambda said, right: said == right),
        wrong(first["conversion"], questions["conversion_right"], rounds_to),
        wrong(first["safe"], list(SAFE.values()), near),
        f"{masses} of {len(questions['mass'])}",
        *map(short, costs),
    )


def wrong(said: Sequence[Any], right: Sequence[Any], alike: Any) -> str:
    """How many answers are wrong, of how many."""
    if not right:
        return "not run"
    return f"{sum(not alike(*pair) for pair in zip(said, right, strict=True))} of {len(right)}"


def rounds_to(said: float | None, written: str) -> bool:
    """Whether a number is what was written: within half of its last digit, or a float's error."""
    if said is None:
        return False
    digits = written.lower().partition("e")
    last = 10.0 ** (int(digits[2] or 0) - len(digits[0].partition(".")[2]))
    return abs(said - float(written)) <= max(last / 2 * 1.000001, abs(float(written)) * NEAR)


def near(said: float | None, right: float | None) -> bool:
    """The same number, or both nothing."""
    if said is None or right is None:
        return said is right
    return abs(said / right - 1) <= NEAR


def short(number: float) -> str:
    """Three digits that matter."""
    return f"{number:.0f}" if number >= 100 else f"{number:.1f}" if number >= 10 else f"{number:.2f}"


def draw(lines: Sequence[tuple[str, ...]], console: Console) -> None:
    """The table on a terminal."""
    table = Table(box=SIMPLE, padding=(0, 1, 0, 0), pad_edge=False)
    for place, name in enumerate(HEAD):
        table.add_column(name, justify="right" if place else "left")
    for cells in lines:
        table.add_row(*cells)
    console.print(table)


def write_readme(lines: Sequence[tuple[str, ...]], questions: Mapping[str, Any], place: str) -> None:
    """Replace the figures in the README."""
    bars = ["| " + " | ".join(cells) + " |" for cells in (HEAD, ("---",) * len(HEAD), *lines)]
    text = f"`python benchmarks/ucum_libraries.py --write`, {datetime.now(UTC):%Y-%m-%d}. {place}.\n\n" + "\n".join(
        bars
    )
    before, _, rest = README.read_text(encoding="utf-8").partition(BEGIN)
    README.write_text(f"{before}{BEGIN}\n{text}\n{END}{rest.partition(END)[2]}", encoding="utf-8")


if __name__ == "__main__":
    main()
