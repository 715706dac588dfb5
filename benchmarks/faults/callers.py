"""Callers that dawdle, flood, or send what unpacks to more than it seems; and a batch beside single calls."""

from __future__ import annotations

import asyncio
import gzip
import json
import time
from collections import Counter
from pathlib import Path

from benchmarks.faults.drill import HOOK, Told, Traffic, eventually
from benchmarks.live import LOST, Service, running
from service.examples.chart import chart_json

DRIBBLERS = 200
HEAD_TIME, BODY_TIME = 10, 3  # seconds until a head and, in this drill, a body must be complete
PLACES = 16  # of requests at a time, in this drill
FLOOD, LASTS = 300, 6.0  # callers that do not pause, and for how long
LINES = 300
BATCH = "/fhir/$hormone-monitoring"


async def dribbled_heads(folder: Path) -> Told:
    """They are cut off, and take nobody's place meanwhile."""
    told = Told(f"slow-loris: {DRIBBLERS} connections that dribble a head")
    with running(Service(folder / "s")) as service:
        traffic = Traffic(service)
        async with traffic.flowing():
            with traffic.watching(told):
                held = await asyncio.gather(*[_dribble(service, b"X: y\r\n") for _ in range(DRIBBLERS)])
        told.only(200)
        told.promise(max(held) < HEAD_TIME + 5, f"cut off after {HEAD_TIME} s, not {max(held):.0f}")
        told.recovery = f"each cut off after {max(held):.0f} s at most"
        told.notes.append(f"slowest call beside them {max(traffic.seconds):.2f} s")
    return told


async def dribbled_bodies(folder: Path) -> Told:
    """They hold places, no longer than BODY_TIMEOUT; who comes meanwhile is told to come again at once."""
    told = Told(f"{DRIBBLERS} proven callers that dribble a body ({PLACES} places, BODY_TIMEOUT={BODY_TIME})")
    settings = {"MAX_CONCURRENT": str(PLACES), "BODY_TIMEOUT": str(BODY_TIME)}
    with running(Service(folder / "s", settings)) as service:
        traffic = Traffic(service)
        async with traffic.flowing():
            with traffic.watching(told):
                began = time.monotonic()
                held = await asyncio.gather(*[_dribble(service, b" ", service.token(HOOK)) for _ in range(DRIBBLERS)])
            again = await eventually(lambda: service.health() is not None)
            await traffic.call()
        told.only(200, 503)
        told.promise(max(held) < BODY_TIME + 6, f"let go after {BODY_TIME} s, not {max(held):.0f}")
        told.promise((await traffic.call()).status == 200, "answered again")
        told.recovery = f"{time.monotonic() - began - BODY_TIME + again:.1f} s after BODY_TIMEOUT"
        traffic.caller.close()
    return told


async def bombs(folder: Path) -> Told:
    """Refused once MAX_BODY is unpacked; memory stays."""
    told = Told("40 gzip bombs (1 GB each) and bodies of 9 MB")
    bomb = gzip.compress(b" " * 1_000_000_000, 1)
    with running(Service(folder / "s")) as service:
        traffic = Traffic(service)
        await traffic.call()
        before = service.memory
        async with traffic.flowing():
            for _ in range(4):
                packed = [_packed(service, bomb) for _ in range(10)]
                plain = [traffic.caller.call(HOOK, b" " * 9_000_000) for _ in range(2)]
                statuses = Counter(
                    [*await asyncio.gather(*packed), *[one.status for one in await asyncio.gather(*plain)]]
                )
                told.answers += statuses
        told.only(413, 503)
        told.promise(set(traffic.counts) == {200}, f"other calls are answered: {dict(traffic.counts)}")
        told.promise(service.memory < before + 150, f"memory stays: {before:.0f}, then {service.memory:.0f} MiB")
        told.recovery = f"nothing; memory {before:.0f}, then {service.memory:.0f} MiB"
    return told


async def flood(folder: Path) -> Told:
    """As many are answered as could be anyway, within MAX_WAIT and a little; all others hear so at once."""
    told = Told(f"{FLOOD} callers that never pause, each on a new connection, {LASTS:g} s")
    with running(Service(folder / "s", {"JWT": "off", "LOG_LEVEL": "warning"})) as service:
        traffic = Traffic(service, size=100)
        for _ in range(30):
            await traffic.call(token="none")
        usual = 30 / sum(traffic.seconds)
        until = time.monotonic() + LASTS

        async def caller() -> None:
            one = Traffic(service, body=traffic.body)
            while time.monotonic() < until:
                answer = await one.call(token="none")
                told.answers[answer.status] += 1
                (good if answer.status == 200 else refused).append(answer.seconds)
                one.caller.close()

        good: list[float] = []
        refused: list[float] = []
        await asyncio.gather(*[caller() for _ in range(FLOOD)])
        after = await eventually(lambda: service.health() is not None)
        began = time.monotonic()
        last = await traffic.call(token="none")
        told.only(200, 503)
        told.promise(last.status == 200 and last.seconds < 2, "right again with the next call")
        told.promise(told.answers[200] / LASTS > usual / 4, f"still answered: {told.answers[200] / LASTS:.0f}/s")
        told.recovery = f"{after + time.monotonic() - began:.1f} s"
        good.sort()
        refused.sort()
        told.notes.append(
            f"one caller alone had {usual:.0f}/s; in the flood {told.answers[200] / LASTS:.0f}/s were answered, "
            f"half of them within {good[len(good) // 2]:.2f} s, all within {good[-1]:.2f} s; half of the refusals came "
            f"within {refused[len(refused) // 2] if refused else 0:.2f} s (load and service share this machine)"
        )
        traffic.caller.close()
    return told


async def batch_beside_calls(folder: Path) -> Told:
    """A batch takes what single calls leave, and a tenth at least."""
    told = Told(f"a batch of {LINES} patients beside single calls")
    bundle = json.dumps(json.loads(chart_json("hematocrit")))
    lines = "\n".join(bundle.replace("demo-hematocrit", f"p{place}") for place in range(LINES)).encode()
    with running(Service(folder / "s", {"LOG_LEVEL": "warning"})) as service:
        alone, beside = Traffic(service), Traffic(service)
        await _closed(alone, 3.0)
        batch = asyncio.create_task(beside.caller.call(BATCH, lines, "application/fhir+ndjson"))
        with beside.watching(told):
            while not batch.done():
                await _closed(beside, 0.5)
        answer = await batch
        told.promise(answer.status == 200 and answer.body.count(b"\n") == LINES, "each line is answered by a line")
        told.only(200)
        usual, slowed = _median(alone.seconds), _median(beside.seconds)
        told.promise(
            slowed < 3 * usual + 0.05, f"calls go on: median {1000 * usual:.0f} ms, {1000 * slowed:.0f} beside it"
        )
        told.recovery = f"the batch took {answer.seconds:.1f} s"
        told.notes.append(
            f"4 callers that do not pause: median {1000 * usual:.0f} ms alone, {1000 * slowed:.0f} ms beside the "
            f"batch; slowest {1000 * max(alone.seconds):.0f} and {1000 * max(beside.seconds):.0f} ms"
        )
        alone.caller.close()
        beside.caller.close()
    return told


async def _closed(traffic: Traffic, seconds: float, callers: int = 4) -> None:
    until = time.monotonic() + seconds

    async def go_on() -> None:
        while time.monotonic() < until:
            await traffic.call()

    await asyncio.gather(*[go_on() for _ in range(callers)])


def _median(seconds: list[float]) -> float:
    return sorted(seconds)[len(seconds) // 2]


async def _dribble(service: Service, piece: bytes, token: str = "") -> float:
    """Seconds that somebody is borne who sends a little every half second."""
    began = time.monotonic()
    reader, writer = await asyncio.open_connection("127.0.0.1", service.port)
    head = f"POST {HOOK} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 100000\r\n"
    writer.write(head.encode() + (f"Authorization: Bearer {token}\r\n\r\n".encode() if token else b""))
    ended = asyncio.create_task(reader.read(200))
    while not ended.done() and time.monotonic() - began < 60:
        writer.write(piece)
        await asyncio.wait({ended}, timeout=0.5)
    ended.cancel()
    writer.close()
    return time.monotonic() - began


async def _packed(service: Service, body: bytes) -> int:
    """The status of a call whose body is compressed."""
    reader, writer = await asyncio.open_connection("127.0.0.1", service.port)
    head = (
        f"POST {HOOK} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Encoding: gzip\r\n"
        f"Content-Length: {len(body)}\r\nAuthorization: Bearer {service.token(HOOK)}\r\n\r\n"
    )
    try:
        writer.write(head.encode() + body)
        async with asyncio.timeout(30):
            return int((await reader.readexactly(12))[9:12])
    except (OSError, asyncio.IncompleteReadError):
        return LOST
    finally:
        writer.close()


DRILLS = {
    "dribbled-heads": dribbled_heads,
    "dribbled-bodies": dribbled_bodies,
    "bombs": bombs,
    "flood": flood,
    "batch": batch_beside_calls,
}
