"""PostgreSQL killed under load and started again; a disk that is full."""

from __future__ import annotations

import asyncio
import os
import resource
import shutil
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from benchmarks.faults.drill import Told, Traffic, eventually, is_well, lost_by, stored
from benchmarks.live import Service, running
from tests.service.databases import postgres

OUT = 6.0  # seconds that a fault lasts
ROOM = 6_000_000  # bytes that a small disk has


async def postgresql_killed(folder: Path, jwt: str = "off", out: float = OUT) -> Told:
    """Callers that need no token are answered as if nothing were; with tokens nobody is let in unproven."""
    told = Told(f"PostgreSQL: kill -9 under load, started again (JWT={jwt})")
    with postgres(folder / "pg") as server:
        address = str(server.get_uri())
        with running(Service(folder / "s", {"DATABASE_URL": address, "JWT": jwt})) as service:
            traffic = Traffic(service)
            async with traffic.flowing():
                await asyncio.sleep(2)
                with traffic.watching(told):
                    _kill(folder / "pg")
                    await asyncio.sleep(out)
                await asyncio.to_thread(_start_again, server, folder / "pg")
                again = await eventually(lambda: is_well(service))
            await eventually(lambda: is_well(service))
            told.recovery = f"{again:.1f} s after PostgreSQL was back"
            told.in_time(again < 15, "well again within 15 s")
            told.only(*((200,) if jwt == "off" else (200, 503)))
            told.promise(jwt == "off" or told.answers[503] > 0, "without its ledger nobody is let in")
            _compare(told, stored(address), traffic.counts[200], service)
    return told


async def disk_full(folder: Path, jwt: str = "off", out: float = OUT) -> Told:
    """What cannot be written waits; what must be written first is refused."""
    with _small_disk(folder / "disk") as disk, running(_on(disk, folder, jwt)) as service:
        how = "a mount of 6 MB" if disk.is_mount() else "RLIMIT_FSIZE"
        told = Told(f"disk full: {how} (JWT={jwt})")
        traffic = Traffic(service)
        async with traffic.flowing(20):
            await asyncio.sleep(2)
            with traffic.watching(told), _filled(disk, service):
                await asyncio.sleep(out)
            again = await eventually(lambda: is_well(service))
        await eventually(lambda: is_well(service))
        told.recovery = f"{again:.1f} s after there was room"
        told.in_time(again < 10, "well again within 10 s")
        told.only(*((200,) if jwt == "off" else (200, 503)))
        _compare(told, stored(f"sqlite:///{disk / 'memory.sqlite3'}"), traffic.counts[200], service)
    return told


def _compare(told: Told, kept: int, answered: int, service: Service) -> None:
    lost = answered - kept
    told.lost = f"{lost} of {answered} evaluations" if lost else f"none of {answered} evaluations"
    told.promise(lost <= 0, "every answered evaluation is in the database")
    told.promise(lost_by(service) == 0, "/health counts nothing as lost")


def _kill(data: Path) -> None:
    os.kill(int((data / "postmaster.pid").read_text().splitlines()[0]), signal.SIGKILL)


def _start_again(server: Any, data: Path) -> None:
    # What a killed server leaves behind: where nobody reaps it, it seems to run on.
    for left in ("postmaster.pid", ".s.PGSQL.5432.lock"):
        (data / left).unlink(missing_ok=True)
    server.start()


def _on(disk: Path, folder: Path, jwt: str) -> Service:
    return Service(folder / "s", {"DATABASE_URL": f"sqlite:///{disk / 'memory.sqlite3'}", "JWT": jwt})


@contextmanager
def _small_disk(place: Path) -> Iterator[Path]:
    place.mkdir(parents=True)
    if shutil.which("mount"):  # only root may; for others the size of a file is limited instead
        command = ["mount", "-t", "tmpfs", "-o", f"size={ROOM}", "tmpfs", str(place)]
        subprocess.run(command, check=False, capture_output=True)
    try:
        yield place
    finally:
        if place.is_mount():
            subprocess.run(["umount", "--lazy", str(place)], check=True)


@contextmanager
def _filled(disk: Path, service: Service) -> Iterator[None]:
    """No room, for a while."""
    assert service.process is not None
    if not disk.is_mount():
        size = max(file.stat().st_size for file in disk.iterdir())
        usual = resource.prlimit(service.process.pid, resource.RLIMIT_FSIZE, (size // 2, resource.RLIM_INFINITY))
        yield
        resource.prlimit(service.process.pid, resource.RLIMIT_FSIZE, usual)
        return
    ballast = disk / "ballast"
    for piece in (65_536, 512):
        try:
            with ballast.open("ab", buffering=0) as file:
                while file.write(b"x" * piece):
                    pass
        except OSError:
            continue
    yield
    ballast.unlink()


DRILLS = {
    "postgresql": postgresql_killed,
    "postgresql-jwt": lambda folder: postgresql_killed(folder, "required"),
    "disk": disk_full,
    "disk-jwt": lambda folder: disk_full(folder, "required"),
}
