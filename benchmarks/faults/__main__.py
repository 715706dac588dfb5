"""Injects faults into a real running service, and says of each what was answered, what was lost and what it took.

`python -m benchmarks.faults [NAME …]`, all of them when none is named. The exit status is 1 when a promise is broken.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
from collections.abc import Awaitable, Callable
from pathlib import Path

from benchmarks.faults import callers, clocks, databases, ehrs, keys, processes
from benchmarks.faults.drill import Told

DRILLS: dict[str, Callable[[Path], Awaitable[Told]]] = {
    **databases.DRILLS,
    **ehrs.DRILLS,
    **keys.DRILLS,
    **clocks.DRILLS,
    **processes.DRILLS,
    **callers.DRILLS,
}
HEAD = "| fault | answers while it lasts | data lost | time to recover |\n|---|---|---|---|"


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(DRILLS)}")
    asked = parser.parse_args()
    if unknown := set(asked.names) - set(DRILLS):
        parser.error(f"no such fault: {', '.join(sorted(unknown))}")
    print(HEAD, flush=True)
    sys.exit(1 if sum([_drilled(name) for name in asked.names or DRILLS]) else 0)


def _drilled(name: str) -> bool:
    """Whether a promise was broken."""
    with tempfile.TemporaryDirectory(prefix="hormone-cds-fault-", ignore_cleanup_errors=True) as folder:
        told = asyncio.run(DRILLS[name](Path(folder)))
    print(f"| {told.fault} | {told.answered} | {told.lost} | {told.recovery} |", flush=True)
    for note in told.notes:
        print(f"  {note}", flush=True)
    for broken in told.broken:
        print(f"  BROKEN ({name}): {broken}", flush=True)
    return bool(told.broken)


if __name__ == "__main__":
    main()
