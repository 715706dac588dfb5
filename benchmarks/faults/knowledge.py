"""Knowledge that is broken when the service starts, and when it reads its overlays again."""

from __future__ import annotations

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
from benchmarks.faults.drill import Told, Traffic, eventually
from benchmarks.live import PATIENCE, Service, running
from tests.judgement.test_overlays import MEN


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


DRILLS = {
    "broken-start": broken_at_start,
    "broken-reload": broken_at_reload,
}
