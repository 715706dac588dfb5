"""Injects faults into a real running service, and says of each what was answered, what was lost and what it took.

`python -m benchmarks.faults [NAME …]`, all of them when none is named. The exit status is 1 when a promise is broken.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
import tempfile
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.faults import callers, clocks, databases, ehrs, keys, knowledge, processes
from benchmarks.faults.drill import Told

DRILLS: dict[str, Callable[[Path], Awaitable[Told]]] = {
    **databases.DRILLS,
    **ehrs.DRILLS,
    **keys.DRILLS,
    **clocks.DRILLS,
    **processes.DRILLS,
    **knowledge.DRILLS,
    **callers.DRILLS,
}
README = Path(__file__).parents[2] / "README.md"
BEGIN, END = "<!-- faults -->", "<!-- /faults -->"
HEAD = "| fault (name) | answers while it lasts | data lost | time to recover |\n|---|---|---|---|"


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(DRILLS)}")
    parser.add_argument("--write", action="store_true", help="put the table into the README")
    asked = parser.parse_args()
    if unknown := set(asked.names) - set(DRILLS):
        parser.error(f"no such fault: {', '.join(sorted(unknown))}")
    print(HEAD, flush=True)
    before = os.getloadavg()[0]
    drilled = {name: _drilled(name) for name in asked.names or DRILLS}
    if asked.write:
        command = " ".join(["python -m benchmarks.faults", *asked.names])
        load = f"{os.cpu_count()} cores whose load was {before:.1f} before"
        write({name: told for name, told in drilled.items() if told.answers}, f"`{command}`, {load}")
    sys.exit(1 if any(told.broken or told.late for told in drilled.values()) else 0)


def row(name: str, told: Told) -> str:
    """What was found, as a row of the table."""
    return f"| {told.fault} (`{name}`) | {told.answered} | {told.lost} | {told.recovery} |"


def write(drilled: Mapping[str, Told], run: str) -> None:
    """Put the table where people read it."""
    before, _, rest = README.read_text(encoding="utf-8").partition(BEGIN)
    rows = "\n".join([HEAD, *(row(name, told) for name, told in drilled.items())])
    told = f"{run}, {datetime.now(UTC):%Y-%m-%d}:\n\n{rows}"
    README.write_text(f"{before}{BEGIN}\n{told}\n{END}{rest.partition(END)[2]}", encoding="utf-8")


def _drilled(name: str) -> Told:
    with tempfile.TemporaryDirectory(prefix="hormone-cds-fault-", ignore_cleanup_errors=True) as folder:
        told = asyncio.run(DRILLS[name](Path(folder)))
    print(row(name, told), flush=True)
    for note in told.notes:
        print(f"  {note}", flush=True)
    for broken in (*told.broken, *told.late):
        print(f"  BROKEN ({name}): {broken}", flush=True)
    return told


if __name__ == "__main__":
    main()
