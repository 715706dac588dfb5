"""A client's published keys cannot be had, or are rotated while it calls."""

from __future__ import annotations

import asyncio
from pathlib import Path

from benchmarks.faults.drill import Told, Traffic, eventually, lets_in
from benchmarks.live import Service, running
from tests.service.trust.key_server import KeyServer, publishing
from tests.service.trust.tokens import ISSUER, Signer, key_set

PAUSE = 10  # seconds between two askings, whatever tokens come
FRESH = 10  # seconds after which keys are asked for again, in this drill


def _trusting(folder: Path, keys: KeyServer) -> Service:
    return Service(folder / "s", {"JWT_KEYS": f"{ISSUER}={keys.url}", "JWT_KEYS_FRESH": str(FRESH)})


async def keys_away(folder: Path) -> Told:
    """Keys that were had are used on; a service that never had any lets nobody in, and everybody soon after."""
    told = Told("JWKS: answers 500, then hangs")
    with publishing(b"") as keys:
        service = _trusting(folder, keys)
        keys.body = key_set(service.signer)
        with running(service):
            traffic = Traffic(service)
            async with traffic.flowing():
                await asyncio.sleep(2)
                with traffic.watching(told):
                    keys.status = 500
                    await asyncio.sleep(FRESH + 2)
                    keys.status, keys.delay = 200, 30.0
                    await asyncio.sleep(PAUSE + 3)
                keys.delay = 0.0
            told.only(200)
            told.promise(set(traffic.counts) == {200}, "before and after too")
            slow = max(traffic.seconds)
            told.promise(slow < 4, f"nobody waits longer than the service waits for keys (2 s), not {slow:.1f}")
        told.lost, told.recovery = "nothing", "nothing to recover from"
        told.notes.append(f"slowest call {slow:.1f} s")
    return told


async def keys_rotated(folder: Path) -> Told:
    """The new key counts at once or 10 s later at most, the old one until it is withdrawn."""
    told = Told("JWKS: rotated while calls come")
    with publishing(b"") as keys:
        service = _trusting(folder, keys)
        old, new = service.signer, Signer(kid="new")
        keys.body = key_set(old)
        with running(service):
            traffic = Traffic(service)
            async with traffic.flowing():
                await asyncio.sleep(2)
                with traffic.watching(told):
                    keys.body = key_set(old, new)
                    service.signer = new
                    again = await eventually(lambda: lets_in(service, new), PAUSE + 5)
                    await asyncio.sleep(1)
            told.promise(await asyncio.to_thread(lets_in, service, old), "the old key, still published, counts too")
            told.only(200, 401)
            told.promise(again <= PAUSE + 2, f"the new key counts after {PAUSE} s at most, not {again:.1f}")
            told.recovery = f"{again:.1f} s until the new key counted ({PAUSE} s at most)"
            keys.body = key_set(new)
            gone = await eventually(lambda: not lets_in(service, old), PAUSE + FRESH + 5)
            told.notes.append(f"a withdrawn key was refused after {gone:.1f} s (JWT_KEYS_FRESH={FRESH})")
            told.promise(gone < PAUSE + FRESH + 2, "a withdrawn key is refused soon")
    return told


DRILLS = {"jwks-away": keys_away, "jwks-rotated": keys_rotated}
