"""The machine's clock is set wrong and right again, with libfaketime (Debian: apt install faketime)."""

from __future__ import annotations

import asyncio
from pathlib import Path

from benchmarks.faults.drill import Told, Traffic, asked, eventually, is_well, lets_in, stored
from benchmarks.live import Service, running

LIBRARIES = ("/usr/lib/*/faketime/libfaketimeMT.so.1", "/usr/lib/faketime/libfaketimeMT.so.1")
CLEARED = 7  # seconds after which the ledger has been cleared of what ended


def library() -> Path | None:
    """Where libfaketime is, if it is."""
    found = [file for pattern in LIBRARIES for file in Path("/").glob(pattern.lstrip("/"))]
    return found[0] if found else None


async def clock_set(folder: Path, by: str = "+1d") -> Told:
    """While it is wrong every token is refused; a token that was used before is not taken again after."""
    told = Told(f"clock set by {by}, and right again")
    faking = library()
    if faking is None:
        told.recovery, told.lost = "not tried: libfaketime is not installed", ""
        return told
    moment = folder / "moment"
    moment.write_text("+0")
    environment = {
        "LD_PRELOAD": str(faking),
        "FAKETIME_TIMESTAMP_FILE": str(moment),
        "FAKETIME_NO_CACHE": "1",
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        # Else it changes what threads wait by, and they starve each other: a fault of the drill, not of the clock.
        "FAKETIME_FORCE_MONOTONIC_FIX": "0",
    }
    service = Service(folder / "s", environment=environment)
    with running(service):
        traffic = Traffic(service)
        async with traffic.flowing():
            used = service.token("/cds-services")
            told.promise(await asked(service, used) == 200, "a new token is taken")
            await asyncio.sleep(2)
            moment.write_text(by)
            await eventually(lambda: not lets_in(service))  # what was on its way before has its answer then
            with traffic.watching(told):
                await asyncio.sleep(CLEARED)
            moment.write_text("+0")
            again = await eventually(lambda: lets_in(service))
        told.only(401)
        told.in_time(again < 2, f"right again at once, not after {again:.1f} s")
        replayed = await asked(service, used)
        told.promise(replayed == 401, f"a used token is not taken again ({replayed})")
        await eventually(lambda: is_well(service))
        lost = traffic.counts[200] - stored(service.database)
        told.promise(lost <= 0, "every answered evaluation is in the database")
        told.lost, told.recovery = f"{lost or 'none'} of {traffic.counts[200]} evaluations", f"{again:.1f} s"
    return told


DRILLS = {"clock-ahead": clock_set, "clock-behind": lambda folder: clock_set(folder, "-1d")}
