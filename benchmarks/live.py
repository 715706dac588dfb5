"""A real service in a process of its own, with tokens required, and a client that is cheap to run beside it."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from http.client import HTTPConnection
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from tests.service.trust.tokens import ISSUER, Signer, key_set

BASE = "https://cds.example"
TICK = os.sysconf("SC_CLK_TCK")
PATIENCE = 90.0  # seconds until a service must have started, also on a busy machine
LOST = 0  # stands for a status where the connection broke
LATE = -1  # and where no answer came in time


class Answer(NamedTuple):
    """What came back, and after how many seconds."""

    status: int
    body: bytes
    seconds: float


class Service:
    """The service as an operator starts it, its database and log in a folder."""

    def __init__(
        self, folder: Path, settings: dict[str, str] | None = None, environment: dict[str, str] | None = None
    ) -> None:
        self.folder, self.signer, self._environment = folder, Signer(), environment or {}
        folder.mkdir(parents=True, exist_ok=True)
        self.keys = folder / "keys.json"
        self.keys.write_bytes(key_set(self.signer))
        self.port, self.log = _free_port(), folder / "log"
        usual = {
            "PORT": str(self.port),
            "DATABASE_URL": self.database,
            "HASH_KEY": "a key of more than sixteen characters",
            "JWT": "required",
            "JWT_ISSUERS": ISSUER,
            "JWT_KEYS": f"{ISSUER}={self.keys}",
            "AUDIENCES": BASE,
        }
        self.settings = usual | (settings or {})
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def database(self) -> str:
        """Where it remembers, unless a setting says otherwise."""
        return f"sqlite:///{self.folder / 'memory.sqlite3'}"

    def start(self) -> float:
        """Start it; seconds until it was ready."""
        began = time.monotonic()
        own = {f"HORMONE_CDS_{name}": value for name, value in self.settings.items()}
        with self.log.open("ab") as log:
            command = [sys.executable, "-m", "service"]
            environment = os.environ | own | self._environment
            self.process = subprocess.Popen(command, env=environment, stderr=log, start_new_session=True)
        while self.health() is None:
            if self.process.poll() is not None or time.monotonic() - began > PATIENCE:
                raise RuntimeError(f"the service did not start: {self.log.read_text()[-800:]}")
            time.sleep(0.05)
        return time.monotonic() - began

    def health(self) -> dict[str, Any] | None:
        """What it says of itself; None when it does not answer."""
        connection = HTTPConnection("127.0.0.1", self.port, timeout=5)
        try:
            connection.request("GET", "/health")
            found: dict[str, Any] = msgspec.json.decode(connection.getresponse().read())
        except (OSError, msgspec.DecodeError):
            return None
        finally:
            connection.close()
        return found

    def stop(self, sign: int = signal.SIGTERM, within: float = 60) -> float:
        """End it; seconds until it was gone."""
        began = time.monotonic()
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(sign)
            self.process.wait(within)
        return time.monotonic() - began

    @property
    def memory(self) -> float:
        """Resident memory in MiB."""
        assert self.process is not None
        lines = Path(f"/proc/{self.process.pid}/status").read_text().splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS:")) / 1024

    @property
    def cpu(self) -> float:
        """Seconds of processor time so far."""
        assert self.process is not None
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / TICK

    def token(self, path: str) -> str:
        """A new token for a call of this path."""
        return self.signer.token(BASE + path.partition("?")[0])


@contextlib.contextmanager
def running(service: Service) -> Iterator[Service]:
    """Started, and ended whatever happens, its workers too."""
    try:
        service.start()
        yield service
    finally:
        if service.process is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(service.process.pid, signal.SIGKILL)
            service.process.wait(60)


class Caller:
    """Calls a service over connections that are kept for the next call."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._idle: list[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = []

    async def call(
        self,
        path: str,
        body: bytes | None = None,
        media: str = "application/json",
        token: str | None = None,
        patience: float = 30.0,
    ) -> Answer:
        """GET, or POST of a body, in so many seconds."""
        method = "GET" if body is None else "POST"
        token = self._service.token(path) if token is None else token
        head = (
            f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: {media}\r\nAuthorization: Bearer {token}"
            f"\r\nContent-Length: {len(body or b'')}\r\n\r\n"
        )
        began = time.perf_counter()
        try:
            async with asyncio.timeout(patience):
                status, said = await self._exchange(head.encode() + (body or b""))
        except TimeoutError:
            status, said = LATE, b""
        except (OSError, asyncio.IncompleteReadError):
            status, said = LOST, b""
        return Answer(status, said, time.perf_counter() - began)

    def close(self) -> None:
        """Let all connections go."""
        while self._idle:
            self._idle.pop()[1].close()

    async def _exchange(self, sent: bytes) -> tuple[int, bytes]:
        while self._idle:
            reader, writer = self._idle.pop()
            if not reader.at_eof() and not writer.is_closing():
                break
            writer.close()
        else:
            reader, writer = await asyncio.open_connection("127.0.0.1", self._service.port, limit=1 << 22)
        try:
            writer.write(sent)
            status, said, goes_on = await _read(reader)
        except BaseException:
            writer.close()
            raise
        if goes_on:
            self._idle.append((reader, writer))
        else:
            writer.close()
        return status, said


async def _read(reader: asyncio.StreamReader) -> tuple[int, bytes, bool]:
    head = (await reader.readuntil(b"\r\n\r\n")).lower()
    goes_on = b"connection: close" not in head
    if b"transfer-encoding: chunked" not in head:
        size = int(head.partition(b"content-length:")[2].split()[0])
        return int(head[9:12]), await reader.readexactly(size), goes_on
    parts: list[bytes] = []
    while size := int(await reader.readuntil(b"\r\n"), 16):
        parts.append((await reader.readexactly(size + 2))[:-2])
    await reader.readexactly(2)
    return int(head[9:12]), b"".join(parts), goes_on


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port
