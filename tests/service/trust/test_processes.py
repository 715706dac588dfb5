"""Several processes of the service on one database: a token that one of them took, no other takes."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import httpx

from tests.service.trust.tokens import ISSUER, Signer, bearer, key_set

BASE = "https://cds.example"
SANDBOX = Signer()


@contextmanager
def process(database: str, keys: Path, log: Path = Path(os.devnull), **more: str) -> Iterator[str]:
    """The service in processes of its own, as an operator starts it; yields its address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    settings = {
        "PORT": str(port),
        "DATABASE_URL": database,
        "JWT": "required",
        "JWT_ISSUERS": ISSUER,
        "JWT_KEYS": f"{ISSUER}={keys}",
        "AUDIENCES": BASE,
    }
    environment = os.environ | {f"HORMONE_CDS_{name}": value for name, value in settings.items()} | more
    with (
        log.open("wb") as stderr,
        subprocess.Popen([sys.executable, "-m", "service"], env=environment, stderr=stderr) as running,
    ):
        try:
            yield wait_for(f"http://127.0.0.1:{port}", running)
        finally:
            running.terminate()
            try:
                running.wait(20)
            except subprocess.TimeoutExpired:
                running.kill()


def wait_for(address: str, running: subprocess.Popen[bytes]) -> str:
    """The address, once somebody answers there; asked without TLS's certificates, which take longer than an answer."""
    for _ in range(1200):  # on a busy machine, starting takes most of a minute
        assert running.poll() is None
        try:
            httpx.get(f"{address}/health", trust_env=False, verify=False, timeout=5)
        except httpx.TransportError:
            time.sleep(0.1)
        else:
            return address
    raise AssertionError("the service did not start")


def ask(address: str, token: str) -> int:
    """The status of discovery, over a new connection."""
    url = f"{address}/cds-services"
    return httpx.get(url, headers=bearer(token), trust_env=False, verify=False, timeout=20).status_code


def ask_at_once(addresses: list[str], token: str) -> list[int]:
    """The statuses of calls made at the same time, in order of size."""
    start, statuses = threading.Barrier(len(addresses)), []

    def call(address: str) -> None:
        start.wait()
        statuses.append(ask(address, token))

    callers = [threading.Thread(target=call, args=(address,)) for address in addresses]
    for caller in callers:
        caller.start()
    for caller in callers:
        caller.join()
    return sorted(statuses)


WRITER = """
import asyncio, sys
from service.storage.database import open_database
from service.trust.ledger import open_ledger

async def write(ledger):
    print("ready", flush=True)
    sys.stdin.readline()
    return sum([await ledger.enter("https://a.example", str(number), 1_800_000_000) for number in range(200)])

print(asyncio.run(write(open_ledger(open_database(sys.argv[1])))))
"""


def test_of_processes_that_write_at_once_each_token_is_taken_by_one(database: str) -> None:
    asked = [sys.executable, "-c", WRITER, database]
    pipe = subprocess.PIPE
    writers = [subprocess.Popen(asked, stdin=pipe, stdout=pipe, text=True) for _ in range(3)]
    assert [writer.stdout.readline() for writer in writers if writer.stdout] == ["ready\n"] * 3
    for writer in writers:
        assert writer.stdin is not None
        writer.stdin.write("go\n")
        writer.stdin.flush()
    taken = [int(writer.communicate(timeout=60)[0]) for writer in writers]
    assert sum(taken) == 200


def test_a_token_is_taken_by_one_process_only(tmp_path: Path) -> None:
    keys = tmp_path / "keys.json"
    keys.write_bytes(key_set(SANDBOX))
    database = f"sqlite:///{tmp_path / 'shared.sqlite3'}"
    with ExitStack() as stack:
        one, other = (stack.enter_context(process(database, keys)) for _ in range(2))
        token = SANDBOX.token(f"{BASE}/cds-services")
        assert [ask(one, token), ask(other, token), ask(one, token)] == [200, 401, 401]
        for _ in range(5):
            token = SANDBOX.token(f"{BASE}/cds-services")
            assert ask_at_once([one, other] * 2, token) == [200, 401, 401, 401]


# Python runs a module of this name when it starts: here it makes workers, and them alone, slow to come up.
SLOW_START = """
import sys, time
if any("spawn_main" in word for word in sys.orig_argv):
    time.sleep(7)
"""


def test_workers_that_start_slowly_are_waited_for_and_share_the_used_tokens(tmp_path: Path) -> None:
    keys = tmp_path / "keys.json"
    keys.write_bytes(key_set(SANDBOX))
    (tmp_path / "sitecustomize.py").write_text(SLOW_START)
    log, path = tmp_path / "log", os.pathsep.join([str(tmp_path), *sys.path])
    database = f"sqlite:///{tmp_path / 'shared.sqlite3'}"
    with process(database, keys, log, HORMONE_CDS_WORKERS="2", PYTHONPATH=path) as address:
        for _ in range(600):
            if "died" in log.read_text() or log.read_text().count("startup complete") == 2:
                break
            time.sleep(0.1)
        for _ in range(5):
            assert ask_at_once([address] * 4, SANDBOX.token(f"{BASE}/cds-services")) == [200, 401, 401, 401]
    assert "died" not in log.read_text()
