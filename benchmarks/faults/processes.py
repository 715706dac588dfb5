"""A worker killed with writes pending, the service told to stop, and knowledge that is broken at start."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

import cds_hooks
import service as world
import terminology
from benchmarks.faults.drill import HOOK, Told, Traffic, eventually, is_well, stored
from benchmarks.live import PATIENCE, Service, running
from tests.judgement.test_overlays import MEN

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
        ended = await eventually(lambda: service.process is not None and service.process.poll() is not None)
        told.in_time(ended < GRACE + 5, "it ends soon")
        told.promise(set(told.answers) <= {200, 0}, f"answered or not connected: {told.answers}")
        answered = traffic.counts[200] + 1
        lost = answered - stored(service.database)
        told.promise(lost == 0, f"everything that was answered was written, but for {lost}")
        told.lost = f"{lost or 'none'} of {answered} evaluations"
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
        ended = await eventually(lambda: service.process is not None and service.process.poll() is not None)
        told.in_time(ended < GRACE + 5, f"it ends within {GRACE} s and a little, not {ended:.1f}")
        half.close()
        answered = traffic.counts[200]
        lost = answered - stored(service.database)
        told.promise(lost == 0, f"everything that was answered was written, but for {lost}")
        told.answers[0] += 1
        told.lost, told.recovery = f"{lost or 'none'} of {answered} evaluations", f"ended after {ended:.1f} s"
    return told


def _breakings(sound: str, protocol: Path, overlay: Path) -> dict[str, tuple[str, str, str]]:
    """By what is wrong: the protocol as written, an overlay beside it, and what the refusal names."""
    return {
        "a number changed": (sound.replace('"54 %"', '"45 %"'), "", protocol.stem),
        "not TOML": (sound + "\n[[check", "", protocol.name),
        "an unknown key": (sound + '\n[unheard-of]\nx = "y"\n', "", protocol.name),
        "an overlay that names nothing": (sound, '[profile.ours]\nof = "none-such"\n', overlay.name),
    }


async def broken_at_start(folder: Path, most: int = 4) -> Told:
    """Nothing is served, and the last line says which file is broken, and how."""
    told = Told("a protocol or an overlay is broken at start")
    for room in (world, cds_hooks, terminology):
        source = Path(str(room.__file__)).parent
        shutil.copytree(source, folder / source.name)
    file = folder / "cds_hooks" / "protocols" / "testosterone-safety.toml"
    sound = file.read_text(encoding="utf-8")
    overlay = folder / "ours.toml"
    cases = dict(list(_breakings(sound, file, overlay).items())[:most])
    began = time.monotonic()
    for case, (content, site, named) in cases.items():
        file.write_text(content, encoding="utf-8")
        overlay.write_text(site, encoding="utf-8")
        status, said = _start(folder, [str(overlay)] if site else [])
        told.answers[0] += 1
        told.promise(status == 1, f"{case}: exit status 1, not {status}: {said[-300:]}")
        told.promise(named in said and "Traceback" not in said, f"{case}: names {named}: {said[-300:]}")
        told.notes.append(f"{case}: {said.strip().splitlines()[-1][:200] if said.strip() else ''}")
    file.write_text(sound, encoding="utf-8")
    told.recovery = f"refused {(time.monotonic() - began) / len(cases):.1f} s after the start, exit status 1"
    return told


async def broken_at_reload(folder: Path) -> Told:
    """What was in force stays so, nobody notices, and the log says which file is broken; mended, it is taken up."""
    told = Told("an overlay is broken at reload (SIGHUP)")
    if find_spec("service.operating") is None:
        told.recovery, told.lost = "not tried: this version reads nothing again", ""
        return told
    file = folder / "ours.toml"
    file.write_text(MEN, encoding="utf-8")
    with running(Service(folder / "s", {"OVERLAYS": str(file)})) as service:
        assert service.process is not None
        in_force = _knowledge(service)
        traffic = Traffic(service)
        async with traffic.flowing():
            with traffic.watching(told):
                file.write_text(MEN + "\n[[check", encoding="utf-8")
                service.process.send_signal(signal.SIGHUP)
                said = await eventually(lambda: file.name in service.log.read_text(), PATIENCE)
                told.promise(said < PATIENCE, "the log names the file")
                told.promise(_knowledge(service) == in_force, "what was in force stays so")
                file.write_text(MEN, encoding="utf-8")
                service.process.send_signal(signal.SIGHUP)
                again = await eventually(lambda: "reload accepted" in service.log.read_text(), PATIENCE)
        told.only(200)
        told.promise(again < PATIENCE, "the mended file is taken up")
        told.recovery = f"in force {again:.1f} s after it was mended"
    return told


def _knowledge(service: Service) -> object:
    """What it says it judges by."""
    health = service.health()
    return None if health is None else health["knowledge"]


def _start(folder: Path, overlays: Sequence[str]) -> tuple[int, str]:
    environment = {"PYTHONPATH": str(folder), "HORMONE_CDS_DATABASE_URL": "sqlite://", "HORMONE_CDS_PORT": "0"}
    environment |= {"HORMONE_CDS_OVERLAYS": ",".join(overlays)}
    command = [sys.executable, "-m", "service"]
    try:
        done = subprocess.run(
            command, cwd=folder, env=os.environ | environment, capture_output=True, text=True, timeout=60, check=False
        )
    except subprocess.TimeoutExpired:
        return -1, "it started"
    return done.returncode, done.stderr


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
    "broken-start": broken_at_start,
    "broken-reload": broken_at_reload,
}
