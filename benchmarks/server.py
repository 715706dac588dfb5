"""Runs one server process on a core of its own, and reads from the kernel what it cost."""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO

from rows import Row

TICK = os.sysconf("SC_CLK_TCK")
PATIENCE = 30  # seconds until a server must have answered
UNLIKE_AN_IMAGE = {"PYTHONDONTWRITEBYTECODE"}  # in one everything is compiled; here it is after the first start


class Failed(Exception):
    """A server did not start, or answered wrongly; the message says which and how."""


class Server:
    """A running server. `started` is the time from the process's start to its first good answer, in seconds."""

    def __init__(
        self, row: Row, process: subprocess.Popen[bytes], port: int, call: Callable[[], bytes], log: IO[bytes]
    ) -> None:
        self.row = row
        self.port = port
        self._process = process
        self._log = log
        self.started = self._wait(call)

    @property
    def cpu(self) -> float:
        """Seconds of processor time used so far, user and system, by it and its workers."""
        return sum(map(_cpu_of, self._processes))

    @property
    def memory(self) -> float:
        """Resident memory in MiB; of several workers, the largest's."""
        return max(map(_memory_of, self._processes))

    @property
    def _processes(self) -> list[int]:
        own = self._process.pid
        return [own, *map(int, Path(f"/proc/{own}/task/{own}/children").read_text().split())]

    def fail(self, what: str) -> Failed:
        """The reason for giving up, with the end of the server's log."""
        self._log.seek(0)
        end = self._log.read().decode(errors="replace").splitlines()[-12:]
        ended = self._process.poll()
        state = "" if ended is None else f"; its process ended with status {ended}"
        return Failed("\n".join([f"{self.row.name}: {what}{state}", *end]))

    def _wait(self, call: Callable[[], bytes]) -> float:
        began = time.perf_counter()
        while time.perf_counter() - began < PATIENCE:
            if self._process.poll() is not None:
                raise self.fail("gave no answer")
            with contextlib.suppress(ConnectionError):
                status, answer = ask(self.port, call())
                if status == 200 and self.row.says in answer:
                    return time.perf_counter() - began
                raise self.fail(f"answered {status} {answer[:500]!r}")
            time.sleep(0.002)
        raise self.fail(f"did not answer within {PATIENCE} s")


@contextlib.contextmanager
def running(row: Row, body: bytes, core: int | None) -> Iterator[Server]:
    """The server of a row, alone on `core`; stopped at the end."""
    port = free_port()
    command = [part.replace("{port}", str(port)) for part in row.command]
    own = {name: value.replace("{port}", str(port)) for name, value in row.environment.items()}
    environment = {name: value for name, value in os.environ.items() if name not in UNLIKE_AN_IMAGE} | own
    with tempfile.TemporaryFile() as log:
        process = subprocess.Popen(
            command,
            env=environment,
            stdout=log,
            stderr=log,
            preexec_fn=lambda: pin(core),
        )
        try:
            yield Server(row, process, port, calls(row, body), log)
        finally:
            process.terminate()
            process.wait(PATIENCE)


def calls(row: Row, body: bytes) -> Callable[[], bytes]:
    """The bytes of one hook call after the other; they differ only in their tokens."""
    head = (
        f"POST {row.path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: {len(body)}"
    )
    if row.token is None:
        sent = f"{head}\r\n\r\n".encode() + body
        return lambda: sent
    token = row.token
    return lambda: f"{head}\r\nAuthorization: Bearer {token()}\r\n\r\n".encode() + body


def _cpu_of(process: int) -> float:
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICK


def _memory_of(process: int) -> float:
    lines = Path(f"/proc/{process}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS:")) / 1024


def ask(port: int, sent: bytes) -> tuple[int, bytes]:
    """One call on a connection of its own: status and body."""
    with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE) as connection:
        connection.sendall(sent)
        received = b""
        while (size := answer_size(received)) is None or len(received) < size:
            part = connection.recv(1 << 20)
            if not part:
                raise ConnectionResetError
            received += part
    return status_of(received), received.partition(b"\r\n\r\n")[2]


def answer_size(received: bytes | bytearray) -> int | None:
    """How long an answer is, head and body, once its head has come."""
    end = received.find(b"\r\n\r\n")
    if end < 0:
        return None
    _, _, rest = received[:end].lower().partition(b"\r\ncontent-length:")
    return end + 4 + int(rest.partition(b"\r\n")[0])


def status_of(received: bytes | bytearray) -> int:
    """The status of an answer."""
    return int(received[9:12])


def busy() -> float:
    """Seconds of processor time that the whole machine has used so far."""
    _, user, nice, system, _, _, *interrupts = Path("/proc/stat").read_text().splitlines()[0].split()
    return sum(map(int, (user, nice, system, *interrupts[:3]))) / TICK


def pin(core: int | None) -> None:
    """Keep this process on one core."""
    if core is not None:
        os.sched_setaffinity(0, {core})


def free_port() -> int:
    """A port nobody listens on."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port
