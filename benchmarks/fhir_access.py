"""What fetching costs: a hook call whose five searches are fetched, beside the same call with everything prefetched.

The FHIR server answers by heart, so that what is left of the difference, after the time that server itself takes for
five searches at once, is the service's own: connections, queries, HTTP, tokens.
"""

from __future__ import annotations

import argparse
import asyncio
import http.client
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from calls import NOTHING_FOUND, hook_call
from rich.console import Console
from rich.table import Table

HERE = Path(__file__).parent
HOOK = "/cds-services/hormone-monitoring-patient-view"
SEARCHES = {
    "labs": "Observation",
    "medications": "MedicationRequest",
    "administrations": "MedicationAdministration",
    "procedures": "Procedure",
    "conditions": "Condition",
}
Times = list[float]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--observations", type=int, default=100)
    parser.add_argument("--rounds", type=int, default=200)
    parser.add_argument("--delay", type=float, nargs="*", default=[0, 20], help="milliseconds the FHIR server waits")
    asked = parser.parse_args()
    whole = json.loads(hook_call(asked.observations, datetime.now(UTC).date()))
    whole["prefetch"].setdefault("dispenses", NOTHING_FOUND)
    title = f"Five searches fetched, {asked.observations} Observations; milliseconds, median (95th percentile)"
    table = Table(title=title)
    for column in ("FHIR server waits", "all prefetched", "five fetched", "server's own", "added"):
        table.add_column(column, justify="right")
    for delay in asked.delay:
        full, fetched, direct = measured(whole, delay, asked.rounds)
        added = statistics.median(fetched) - statistics.median(full) - statistics.median(direct)
        table.add_row(f"{delay:g}", *map(shown, (full, fetched, direct)), f"{added:.1f}")
    Console().print(table)


def shown(times: Times) -> str:
    """`3.1 (4.0)`."""
    return f"{statistics.median(times):.1f} ({statistics.quantiles(times, n=20)[-1]:.1f})"


def measured(whole: dict[str, Any], delay: float, rounds: int) -> tuple[Times, Times, Times]:
    """Times of the complete call, of the call that lacks five keys, and of the five searches asked directly."""
    with fhir_server(answers(whole), delay) as port, service() as address:
        server = f"http://127.0.0.1:{port}/fhir"
        kept = {key: value for key, value in whole["prefetch"].items() if key not in SEARCHES}
        token = {"access_token": "token", "token_type": "Bearer", "expires_in": 60, "scope": "", "subject": "bench"}
        lacking = whole | {"prefetch": kept, "fhirServer": server, "fhirAuthorization": token}
        connection = http.client.HTTPConnection(address)
        full, fetched = (caller(connection, json.dumps(body).encode()) for body in (whole, lacking))
        assert full() == fetched(), "fetched data must bring the same cards"
        direct = asyncio.run(directly(port, rounds))
        return timed(full, rounds), timed(fetched, rounds), direct


def answers(whole: dict[str, Any]) -> dict[str, Any]:
    """What the FHIR server holds, by resource type."""
    return {kind: whole["prefetch"].get(key) or NOTHING_FOUND for key, kind in SEARCHES.items()}


def caller(connection: http.client.HTTPConnection, body: bytes) -> Callable[[], bytes]:
    """A function that makes the call and returns the answer."""

    def call() -> bytes:
        connection.request("POST", HOOK, body, {"Content-Type": "application/json"})
        answer = connection.getresponse()
        content = answer.read()
        if answer.status != 200:
            sys.exit(f"{answer.status} {content.decode()}")
        return content

    return call


def timed(call: Callable[[], bytes], rounds: int) -> Times:
    """Milliseconds of each of so many calls, after a few that are not counted."""
    times = []
    for number in range(rounds + 20):
        began = time.perf_counter()
        call()
        if number >= 20:
            times.append(1000 * (time.perf_counter() - began))
    return times


async def directly(port: int, rounds: int) -> Times:
    """Milliseconds in which the FHIR server answers five searches at once, over connections that are kept."""
    links = [await asyncio.open_connection("127.0.0.1", port) for _ in SEARCHES]

    async def search(kind: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(f"GET /fhir/{kind}?patient=1 HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        head = await reader.readuntil(b"\r\n\r\n")
        await reader.readexactly(int(head.rpartition(b"Content-Length: ")[2]))

    times = []
    for _ in range(rounds):
        began = time.perf_counter()
        await asyncio.gather(*(search(kind, *link) for kind, link in zip(SEARCHES.values(), links, strict=True)))
        times.append(1000 * (time.perf_counter() - began))
    for _, writer in links:
        writer.close()
    return times


@contextmanager
def fhir_server(answers: dict[str, Any], delay: float) -> Iterator[int]:
    """The FHIR server's port."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "answers.json"
        file.write_text(json.dumps(answers))
        command = [sys.executable, str(HERE / "apps" / "searches.py"), str(file), str(delay)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            try:
                yield int(process.stdout.readline())
            finally:
                process.kill()


@contextmanager
def service() -> Iterator[str]:
    """The service's host and port, when it answers."""
    port = 8765
    settings = {
        "PORT": str(port),
        "FHIR_SERVERS": "http://127.0.0.1",
        "DATABASE_URL": "sqlite://",
        "LOG_LEVEL": "warning",
    }
    environment = os.environ | {f"HORMONE_CDS_{name}": value for name, value in settings.items()}
    with subprocess.Popen([sys.executable, "-m", "service"], env=environment, cwd=HERE.parent) as process:
        try:
            wait_for(port)
            yield f"127.0.0.1:{port}"
        finally:
            process.terminate()


def wait_for(port: int) -> None:
    """Until the service answers."""
    for _ in range(300):
        try:
            connection = http.client.HTTPConnection("127.0.0.1", port)
            connection.request("GET", "/health")
            connection.getresponse().read()
            return
        except OSError:
            time.sleep(0.1)
    sys.exit("the service did not start")


if __name__ == "__main__":
    main()
