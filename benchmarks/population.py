"""What a population run costs: patients a second of one core and memory, beside the pure cost of reading its lines.

`python benchmarks/population.py --observations 10000,100000,1000000 --core 1`: invents a population of each size, then
reads and groups it with DuckDB (the limit), groups it as the run does, and runs all of it; each in processes of their
own. Linux only, for it reads `/proc`.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from rich.box import SIMPLE
from rich.console import Console
from rich.table import Table

ROOT = Path(__file__).parent.parent
TODAY = "2026-09-04"
LIMIT = """
import duckdb, sys
connection = duckdb.connect(config={"threads": 1, "memory_limit": "1GB"})
print(connection.execute(
    "SELECT count(DISTINCT who), sum(bytes) FROM (SELECT json_extract_string(json, '$.subject.reference') AS who,"
    " sum(length(json::VARCHAR)) AS bytes FROM read_ndjson_objects(?) GROUP BY 1)", [sys.argv[1] + "/*.ndjson"]
).fetchall())
"""
GROUP = """
import sys
from pathlib import Path
from service.population.grouping.charts import charts_in, group, parts_for
from service.population.grouping.inputs import sources
found = sources(Path(sys.argv[1])); out = Path(sys.argv[2]); out.mkdir()
parts = parts_for(found)
group(found, parts, out / "grouped", out / "aside")
print(sum(len(chart.bundle) for part in range(parts) for chart in charts_in(out / "grouped", part)))
"""
RUN = "from service.cli import app; app()"


@dataclass(frozen=True)
class Cost:
    """Of all processes together: seconds of the clock and of processors, and most memory at a time in MB."""

    wall: float
    cpu: float
    memory: float


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--observations", default="10000,100000,1000000", help="sizes, with commas")
    parser.add_argument("--per-patient", type=int, default=20)
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--core", type=int, help="keep everything on this core")
    asked = parser.parse_args()
    if asked.core is not None:
        os.sched_setaffinity(0, {asked.core})
    table = Table("Observations", "patients", "what", "s", "CPU s", "patients/s of a core", "peak MB", box=SIMPLE)
    for size in map(int, asked.observations.split(",")):
        with tempfile.TemporaryDirectory(prefix="hormone-cds-population-") as folder:
            for what, cost in measured(Path(folder), size // asked.per_patient, asked.per_patient, asked.workers):
                patients = size // asked.per_patient
                rate = f"{patients / cost.cpu:,.0f}"
                numbers = (f"{cost.wall:.1f}", f"{cost.cpu:.1f}", rate, f"{cost.memory:.0f}")
                table.add_row(f"{size:,}", f"{patients:,}", what, *numbers)
    Console().print(table, f"load of the machine: {os.getloadavg()[0]:.1f}")


def measured(folder: Path, patients: int, per_patient: int, workers: int) -> list[tuple[str, Cost]]:
    """What each step costs for one population."""
    export = str(folder / "export")
    invent = ["synthesize", "--patients", str(patients), "--out", str(folder), "--observations-per-patient"]
    options = ["population", export, "--today", TODAY, "--workers", str(workers), "--out"]
    return [
        ("invent", cost(RUN, *invent, str(per_patient))),
        ("read and group, DuckDB (limit)", cost(LIMIT, export)),
        ("read and group, as the run does", cost(GROUP, export, str(folder / "grouped"))),
        ("whole run", cost(RUN, *options, str(folder / "out"))),
    ]


def cost(code: str, *arguments: str) -> Cost:
    """What a Python program costs, with the processes it starts."""
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    before = os.times()
    began, most = time.perf_counter(), 0.0
    process = subprocess.Popen([sys.executable, "-c", code, *arguments], env=environment, stdout=subprocess.DEVNULL)
    while process.poll() is None:
        most = max(most, memory(process.pid))
        time.sleep(0.5)
    wall, after = time.perf_counter() - began, os.times()
    if process.returncode:
        sys.exit(f"it ended with {process.returncode}: {arguments}")
    cpu = after.children_user + after.children_system - before.children_user - before.children_system
    return Cost(wall, cpu, most)


def memory(pid: int) -> float:
    """What a process and those it started hold, in MB; what they share counts once."""
    try:
        rollup = Path(f"/proc/{pid}/smaps_rollup").read_text()
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except OSError:
        return 0.0
    own = next((int(line.split()[1]) for line in rollup.splitlines() if line.startswith("Pss:")), 0)
    return own / 1024 + sum(memory(int(child)) for child in children)


if __name__ == "__main__":
    main()
