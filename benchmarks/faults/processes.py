"""A worker killed with writes pending, and the service told to stop."""

from __future__ import annotations

import asyncio
import os
import signal
from pathlib import Path

from benchmarks.faults.drill import HOOK, Told, Traffic, eventually, is_well, stored
from benchmarks.live import Service, running

YOUNG = 2.0  # seconds: what is older was written
GRACE = 10  # seconds that requests in flight have when the service is told to stop


async def worker_killed(folder: Path) -> Told:
    """What it had not written for a second is lost, calls that it had begun break, and another takes its place."""
    told = Told("one of two workers: kill -9 with writes pending")
    with running(Service(folder / "s", {"WORKERS": "2"})) as service:
        await eventually(lambda: len(_workers(service)) == 2)
        await eventually(lambda: service.log.read_text().count("startup complete") == 2)
        traffic = Traffic(service)
        async with traffic.flowing(20):
            await asyncio.sleep(4)
            gone, before = _workers(service)[0], traffic.counts[200]
            await asyncio.sleep(YOUNG)
            young = traffic.counts[200] - before
            with traffic.watching(told):
                os.kill(gone, signal.SIGKILL)
                again = await eventually(lambda: gone not in _workers(service) and len(_workers(service)) == 2)
                again += await eventually(lambda: service.log.read_text().count("startup complete") == 3)
        await eventually(lambda: is_well(service))
        lost = traffic.counts[200] - stored(service.database)
        told.promise(0 <= lost <= young, f"lost: at most the {young} of the last {YOUNG:g} s, not {lost}")
        told.promise(told.answers[200] > 0 and set(told.answers) <= {200, 0}, f"the other answers: {told.answers}")
        told.promise(told.answers[0] <= 10, f"only calls that it had begun break, not {told.answers[0]}")
        told.lost = f"{lost} of {traffic.counts[200]} evaluations (those of its last second)"
        told.recovery = f"{again:.1f} s until there were two again"
    return told


async def told_to_stop(folder: Path) -> Told:
    """Requests in flight are finished, new ones are refused a connection, and what waits is written."""
    told = Told("SIGTERM with a request half sent")
    with running(Service(folder / "s")) as service:
        traffic = Traffic(service)
        async with traffic.flowing(20):
            await asyncio.sleep(2)
            half = await _half_sent(service)
            with traffic.watching(told):
                await _stop(service)
                await asyncio.sleep(1)
            told.promise(not await _connects(service), "new connections are refused")
            status = await half.rest()
            told.promise(status == 200, f"the request that was half sent is answered ({status})")
        ended = await _ended(service, told, traffic.counts[200] + 1)
        told.promise(set(told.answers) <= {200, 0}, f"answered or not connected: {told.answers}")
        told.recovery = f"ended {ended:.1f} s after its last answer"
    return told


async def told_to_stop_in_vain(folder: Path) -> Told:
    """Who goes on dribbling is cut off, and what waits is written all the same."""
    told = Told("SIGTERM while a client dribbles")
    with running(Service(folder / "s")) as service:
        traffic = Traffic(service)
        async with traffic.flowing(20):
            await asyncio.sleep(2)
        half = await _half_sent(service)
        await _stop(service)
        ended = await _ended(service, told, traffic.counts[200])
        half.close()
        told.answers[0] += 1
        told.recovery = f"ended after {ended:.1f} s"
    return told


class _Half:
    """A hook call whose body is sent half."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, left: bytes) -> None:
        self._reader, self._writer, self._left = reader, writer, left

    async def rest(self) -> int:
        """Send the rest; the status of the answer, 0 where there is none."""
        self._writer.write(self._left)
        head = await self._reader.read(200)
        self.close()
        return int(head[9:12] or 0)

    def close(self) -> None:
        """Hang up."""
        self._writer.close()


async def _half_sent(service: Service) -> _Half:
    body = Traffic(service).body
    reader, writer = await asyncio.open_connection("127.0.0.1", service.port)
    head = (
        f"POST {HOOK} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n"
        f"Authorization: Bearer {service.token(HOOK)}\r\n\r\n"
    )
    writer.write(head.encode() + body[:100])
    await writer.drain()
    await asyncio.sleep(0.5)
    return _Half(reader, writer, body[100:])


async def _ended(service: Service, told: Told, answered: int) -> float:
    """Seconds until a service that was told to stop has ended, with all that it answered written."""
    ended = await eventually(lambda: service.process is not None and service.process.poll() is not None)
    told.in_time(ended < GRACE + 5, f"it ends within {GRACE} s and a little, not {ended:.1f}")
    lost = answered - stored(service.database)
    told.promise(lost == 0, f"everything that was answered was written, but for {lost}")
    told.lost = f"{lost or 'none'} of {answered} evaluations"
    return ended


async def _stop(service: Service) -> None:
    assert service.process is not None
    service.process.send_signal(signal.SIGTERM)


async def _connects(service: Service) -> bool:
    try:
        _, writer = await asyncio.open_connection("127.0.0.1", service.port)
    except OSError:
        return False
    writer.close()
    return True


def _workers(service: Service) -> list[int]:
    assert service.process is not None
    parent = service.process.pid
    children = Path(f"/proc/{parent}/task/{parent}/children").read_text().split()
    return [int(child) for child in children if b"spawn_main" in _command(child)]


def _command(process: str) -> bytes:
    try:
        return Path(f"/proc/{process}/cmdline").read_bytes()
    except OSError:
        return b""


DRILLS = {
    "worker": worker_killed,
    "sigterm": told_to_stop,
    "sigterm-dribble": told_to_stop_in_vain,
}
