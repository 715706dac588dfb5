"""The service in processes of its own, as an operator starts it."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import httpx

from service.demo.play import free_port

PATIENCE = 120  # seconds: on a busy machine, starting takes most of a minute


class Running(NamedTuple):
    """A service, its parent process, and where its log goes."""

    address: str
    process: subprocess.Popen[bytes]
    log: Path

    def get(self, path: str, **headers: str) -> httpx.Response:
        """An answer over a new connection, so that any worker may give it."""
        return self._ask("GET", path, headers)

    def post(self, path: str, body: Any, **headers: str) -> httpx.Response:
        """The same of JSON."""
        return self._ask("POST", path, headers, json=body)

    def _ask(self, method: str, path: str, headers: dict[str, str], **more: Any) -> httpx.Response:
        url = f"{self.address}{path}"
        # To read TLS's certificates takes longer than an answer, and starting services are asked again and again.
        return httpx.request(method, url, headers=headers, trust_env=False, verify=False, timeout=60, **more)


@contextmanager
def process(
    folder: Path, variables: Mapping[str, str] | None = None, stdin: int = subprocess.DEVNULL, **settings: str
) -> Iterator[Running]:
    """A service with these settings, by their short names, and variables of others; stopped at the end."""
    port = free_port(0)
    log = folder / f"log-{port}"
    ours = {
        "PORT": str(port),
        "HOST": "127.0.0.1",
        "DATABASE_URL": f"sqlite:///{folder / 'memory.sqlite3'}",
        **settings,
    }
    environment = os.environ | {f"HORMONE_CDS_{name}": value for name, value in ours.items()} | (variables or {})
    with (
        log.open("wb") as stderr,
        subprocess.Popen([sys.executable, "-m", "service"], env=environment, stdin=stdin, stderr=stderr) as started,
    ):
        running = Running(f"http://127.0.0.1:{port}", started, log)
        try:
            eventually(lambda: _answers(running))
            yield running
        finally:
            started.terminate()
            try:
                started.wait(30)
            except subprocess.TimeoutExpired:
                started.kill()


def eventually(holds: Callable[[], bool]) -> None:
    """Wait until something holds."""
    until = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < until, "it never came to be"
        time.sleep(0.05)


def _answers(running: Running) -> bool:
    assert running.process.poll() is None, running.log.read_text()
    try:
        return running.get("/health/live").status_code == 200
    except httpx.TransportError:
        return False
