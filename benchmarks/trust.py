"""What proving who calls costs: `python benchmarks/trust.py`, half a minute.

Every call has its own token, signed beforehand, as the standard wants it. Measured around the guard alone, without a
server: the median and the slowest twentieth of the time from request to application, and the processor's share of it.
"""

from __future__ import annotations

import asyncio
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from service.site.settings import Settings
from service.storage.database import open_database
from service.trust.guard import Guard
from service.trust.ledger import InMemory, Ledger, open_ledger
from service.trust.trusted import trusted
from tests.service.databases import postgres
from tests.service.trust.tokens import ISSUER, Signer, key_set

CALLS, WARM = 2_000, 100
BASE = "http://127.0.0.1:8000"
PATH = "/cds-services/hormone-monitoring-patient-view"


def scope(token: str) -> dict[str, object]:
    """A hook call as the server hands it on."""
    return {
        "type": "http",
        "method": "POST",
        "scheme": "http",
        "path": PATH,
        "raw_path": PATH.encode(),
        "query_string": b"",
        "server": ("127.0.0.1", 8000),
        "headers": [(b"host", b"127.0.0.1:8000"), (b"authorization", f"Bearer {token}".encode())],
    }


async def nothing(*_: object) -> None:
    """An application that does nothing, so that what remains is the guard."""


async def timed(call: Callable[[str], Awaitable[None]], tokens: list[str]) -> str:
    """Median, 95th percentile and processor time of one call, in microseconds."""
    for token in tokens[:WARM]:
        await call(token)
    taken, cpu = [], time.process_time()
    for token in tokens[WARM:]:
        start = time.perf_counter()
        await call(token)
        taken.append(1e6 * (time.perf_counter() - start))
    spent = 1e6 * (time.process_time() - cpu) / len(taken)
    return f"{statistics.median(taken):>9.0f} {statistics.quantiles(taken, n=20)[-1]:>9.0f} {spent:>9.0f}"


async def measure(name: str, algorithm: str, ledger: Ledger) -> None:
    """One line: one algorithm with one ledger."""
    signer = Signer(algorithm)

    async def fetch(url: str) -> bytes:
        return key_set(signer)

    keys = (f"{ISSUER}=https://127.0.0.1/keys",)
    verifier = trusted(Settings(jwt="required", jwt_issuers=(ISSUER,), jwt_keys=keys), fetch)
    guard = Guard(nothing, verifier, ledger, ())

    async def refused(message: object) -> None:
        raise AssertionError("the guard refused")

    tokens = [signer.token(BASE + PATH) for _ in range(CALLS + WARM)]
    line = await timed(lambda token: guard(scope(token), nothing, refused), tokens)  # type: ignore[arg-type]
    print(f"{algorithm:8} {name:22} {line}")


async def on(name: str, address: str, algorithms: tuple[str, ...]) -> None:
    """The lines of one database."""
    engine = open_database(address)
    ledger = open_ledger(engine)
    async with ledger.keeping():
        for algorithm in algorithms:
            await measure(name, algorithm, ledger)
    engine.dispose()


async def main() -> None:
    """Every line."""
    print(f"{os.cpu_count()} cores, {CALLS} calls each; microseconds: median, 95 %, processor time")
    for algorithm in ("ES384", "ES256", "RS384", "RS256"):
        await measure("verify, in memory", algorithm, Ledger(InMemory()))
    with tempfile.TemporaryDirectory() as folder:
        await on("SQLite file", f"sqlite:///{folder}/trust.sqlite3", ("ES384", "RS384"))
        with postgres(Path(folder) / "postgresql") as server:
            await on("PostgreSQL", str(server.get_uri()), ("ES384", "RS384"))


if __name__ == "__main__":
    asyncio.run(main())
