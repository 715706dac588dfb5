"""A load generator: a fixed number of keep-alive connections, each sending its next call once it is answered."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from time import perf_counter
from typing import NamedTuple, cast

import uvloop
from server import Server, answer_size, busy, status_of

LEAST = 16  # calls in a measurement, however slow the server
WARM = 1  # call before it, on each connection


class Sample(NamedTuple):
    """One measurement. Latencies are in milliseconds, ascending; processor times in milliseconds per call."""

    calls: int
    per_second: float
    latencies: list[float]
    server_cpu: float
    client_cpu: float  # near the whole time: the generator is the limit, not the server
    others: float  # cores that other processes kept busy meanwhile

    def percentile(self, percent: float) -> float:
        """The latency that so many percent of the calls do not exceed."""
        return self.latencies[min(len(self.latencies) - 1, int(len(self.latencies) * percent / 100))]


def measure(server: Server, calls: Callable[[], bytes], connections: int, seconds: float) -> Sample:
    """Load a server for some seconds with what `calls` brings.

    Raises:
        Failed: it cannot be reached, or an answer is not 200.
    """
    try:
        return uvloop.run(_measure(server, calls, connections, seconds))
    except ConnectionError:
        raise server.fail("refuses connections") from None


async def _measure(server: Server, source: Callable[[], bytes], connections: int, seconds: float) -> Sample:
    await _drive(server, source, connections, 0, WARM * connections)
    began, server_before, own_before, busy_before = perf_counter(), server.cpu, _own_cpu(), busy()
    latencies = await _drive(server, source, connections, seconds, LEAST)
    elapsed, calls = perf_counter() - began, len(latencies)
    used, own = server.cpu - server_before, _own_cpu() - own_before
    return Sample(
        calls,
        calls / elapsed,
        sorted(1000 * latency for latency in latencies),
        1000 * used / calls,
        1000 * own / calls,
        max(0.0, busy() - busy_before - used - own) / elapsed,
    )


async def _drive(
    server: Server, source: Callable[[], bytes], connections: int, seconds: float, least: int
) -> list[float]:
    loop = asyncio.get_running_loop()
    latencies: list[float] = []
    until = perf_counter() + seconds
    callers = []
    for _ in range(connections):
        _, caller = await loop.create_connection(
            lambda: Caller(source, latencies, until, least), "127.0.0.1", server.port
        )
        callers.append(caller)
    for caller in callers:
        caller.call()
    statuses = await asyncio.gather(*(caller.done for caller in callers))
    if wrong := set(statuses) - {200}:
        raise server.fail(f"answered {wrong.pop()} under load")
    return latencies


class Caller(asyncio.Protocol):
    """One connection. `done` ends with 200, or with the status of the first wrong answer (0: connection lost)."""

    def __init__(self, source: Callable[[], bytes], latencies: list[float], until: float, least: int) -> None:
        self.done: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self._source = source
        self._latencies = latencies
        self._until = until
        self._least = least
        self._received = bytearray()
        self._size: int | None = None
        self._began = 0.0
        self._transport: asyncio.WriteTransport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the connection."""
        self._transport = cast(asyncio.WriteTransport, transport)

    def call(self) -> None:
        """Send the call, and take the time."""
        self._received.clear()
        self._size = None
        sent = self._source()
        self._began = perf_counter()
        self._transport.write(sent)

    def data_received(self, data: bytes) -> None:
        """Collect the answer; when it is whole, call again or stop."""
        self._received += data
        if self._size is None:
            self._size = answer_size(self._received)
        if self._size is None or len(self._received) < self._size:
            return
        now = perf_counter()
        self._latencies.append(now - self._began)
        status = status_of(self._received)
        if status == 200 and (now < self._until or len(self._latencies) < self._least):
            self.call()
        else:
            self._stop(status)

    def connection_lost(self, exc: Exception | None) -> None:
        """A lost connection ends the measurement."""
        self._stop(0)

    def _stop(self, status: int) -> None:
        if not self.done.done():
            self.done.set_result(status)
            self._transport.close()


def _own_cpu() -> float:
    times = os.times()
    return times.user + times.system
