"""Hours in a hospital, made short: steady mixed load, ten times as much for a while, and the time after it.

`python -m benchmarks.soak [MINUTES]` (30 unless said otherwise) stops by itself. Calls come each on its own, whether or
not those before were answered, at a fifth of what the service could answer just before. Every few seconds memory,
latency and what went wrong are noted; all of it is kept as JSON and as a picture. With `--write` picture and table go
into the README.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import sys
import tempfile
import time
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

import uvloop

from benchmarks.live import LATE, LOST, Answer, Caller, Service, running
from benchmarks.mix import Call, Mix
from benchmarks.picture import draw

HERE = Path(__file__).parent
BEGIN, END = "<!-- soak -->", "<!-- /soak -->"
STEP = 5.0  # seconds between two samples
PROBE = 15.0  # seconds in which it is found out what can be answered
SHARE, TIMES = 0.2, 10  # of that, the steady load; and how many times that the spike is
PARTS = {"steady": 0.8, "spike": 0.04, "after": 0.16}  # of the time
PATIENCE = (30.0, 300.0)  # seconds that a call may take, and that a batch may, which others go before
MOST_OPEN = 3_000  # calls that wait for an answer; a spike beyond is not sent


class Sample(NamedTuple):
    """What happened in some seconds up to `at`. Latencies in ms, of right answers to hook calls; memory in MiB."""

    at: float
    phase: str
    per_second: float
    p50: float
    p99: float
    right: int
    refused: int
    wrong: int
    unsent: int
    memory: float
    cores: float
    waiting: int


class Noted:
    """Answers since the last sample, and over all."""

    def __init__(self) -> None:
        self.latencies: list[float] = []
        self.counts: Counter[str] = Counter()
        self.kinds: dict[str, Counter[int]] = {}
        self.errors: Counter[str] = Counter()

    def note(self, call: Call, answer: Answer) -> None:
        """One answer; 503 is a refusal, anything else that is not wanted is wrong."""
        self.kinds.setdefault(call.kind, Counter())[answer.status] += 1
        if answer.status == call.wanted:
            self.counts["right"] += 1
            if call.path.startswith("/cds-services/") and call.wanted == 200:
                self.latencies.append(1000 * answer.seconds)
        elif answer.status == 503:
            self.counts["refused"] += 1
        else:
            self.counts["wrong"] += 1
            names = {LOST: "connection lost", LATE: "no answer in time"}
            self.errors[f"{call.kind}: {names.get(answer.status, str(answer.status))}"] += 1


class Load:
    """Sends calls at a rate that may be changed, and takes samples."""

    def __init__(self, service: Service) -> None:
        self.service, self.mix, self.noted = service, Mix(), Noted()
        self.samples: list[Sample] = []
        self._caller = Caller(service)
        self._open: set[asyncio.Task[None]] = set()
        self._began = time.perf_counter()

    async def probe(self, seconds: float, connections: int = 8) -> float:
        """Calls a second that are answered when a few callers do not pause."""
        until, before = time.perf_counter() + seconds, self.noted.counts.total()

        async def go_on() -> None:
            while time.perf_counter() < until:
                await self._send(self.mix.next())

        await asyncio.gather(*[go_on() for _ in range(connections)])
        return (self.noted.counts.total() - before) / seconds

    async def run(self, phase: str, rate: float, seconds: float) -> None:
        """So many calls a second, for so long."""
        sending = asyncio.create_task(self._keep_sending(rate))
        until = time.perf_counter() + seconds
        while (left := until - time.perf_counter()) > 0.5:
            before = (time.perf_counter(), self.service.cpu)
            self._forget()
            await asyncio.sleep(min(STEP, left))
            self.samples.append(await self._sample(phase, *before))
        sending.cancel()

    async def end(self) -> None:
        """Wait for what was sent."""
        if self._open:
            await asyncio.wait(self._open, timeout=120)
        self._caller.close()

    async def _keep_sending(self, rate: float) -> None:
        due = time.perf_counter()
        while True:
            due += self.mix.pause(rate)
            await asyncio.sleep(max(0.0, due - time.perf_counter()))
            if len(self._open) >= MOST_OPEN:
                self.noted.counts["unsent"] += 1
                continue
            task = asyncio.create_task(self._send(self.mix.next()))
            self._open.add(task)
            task.add_done_callback(self._open.discard)

    async def _send(self, call: Call) -> None:
        answer = await self._caller.call(call.path, call.body, call.media, patience=PATIENCE[call.kind == "batch"])
        self.noted.note(call, answer)
        self.mix.note(call, answer.body)

    def _forget(self) -> None:
        self.noted.latencies.clear()
        self.noted.counts.clear()

    async def _sample(self, phase: str, began: float, cpu: float) -> Sample:
        took, noted = time.perf_counter() - began, self.noted
        latencies = sorted(noted.latencies)
        health = await asyncio.to_thread(self.service.health)
        return Sample(
            at=round(time.perf_counter() - self._began, 1),
            phase=phase,
            per_second=round(noted.counts["right"] / took, 1),
            p50=percentile(latencies, 50),
            p99=percentile(latencies, 99),
            right=noted.counts["right"],
            refused=noted.counts["refused"],
            wrong=noted.counts["wrong"],
            unsent=noted.counts["unsent"],
            memory=round(self.service.memory, 1),
            cores=round((self.service.cpu - cpu) / took, 2),
            waiting=-1 if health is None else health["memory"]["waiting"] + health["memory"]["lost"],
        )


def percentile(ascending: list[float], percent: float) -> float:
    """Of latencies; 0 where there is none."""
    if not ascending:
        return 0.0
    return round(ascending[min(len(ascending) - 1, int(len(ascending) * percent / 100))], 1)


async def soak(service: Service, minutes: float) -> dict[str, Any]:
    """The whole run."""
    load, seconds = Load(service), 60 * minutes
    await load.probe(PROBE / 3)  # caches fill
    possible = await load.probe(PROBE)
    rates = {"steady": SHARE * possible, "spike": TIMES * SHARE * possible, "after": SHARE * possible}
    load.noted = Noted()
    for phase, part in PARTS.items():
        print(f"{phase}: {rates[phase]:.0f} calls a second for {part * seconds:.0f} s", flush=True)
        await load.run(phase, rates[phase], part * seconds)
    await load.end()
    kinds = {kind: dict(sorted(counts.items())) for kind, counts in sorted(load.noted.kinds.items())}
    return {
        "minutes": minutes,
        "possible": round(possible, 1),
        "rates": {phase: round(rate, 1) for phase, rate in rates.items()},
        "cores": sorted(os.sched_getaffinity(0)),
        "kinds": kinds,
        "errors": dict(load.noted.errors),
        "samples": [sample._asdict() for sample in load.samples],
    }


def table(run: dict[str, Any], command: str) -> str:
    """The run as Markdown."""
    shared = "one core for server and load together" if len(run["cores"]) == 1 else f"{len(run['cores'])} cores"
    lines = [
        f"`{command}`, {datetime.now(UTC):%Y-%m-%d}; {shared}, which could answer {run['possible']:.0f} of these calls "
        "a second. Times are of hook calls, medians over samples of 5 s (p99: of each sample's).",
        "",
        "| phase | calls sent/s | answered | 503 at once | wrong or lost | p50 | p99 | processor it got "
        "| answered per second of it | memory, first and last |",
        "|---|---|---|---|---|---|---|---|---|---|",
    ]
    for phase, rate in run["rates"].items():
        found = [one for one in run["samples"] if one["phase"] == phase]
        sums = {name: sum(one[name] for one in found) for name in ("right", "refused", "wrong")}
        p50, p99 = (sorted(one[name] for one in found)[len(found) // 2] for name in ("p50", "p99"))
        seconds = run["minutes"] * 60 * PARTS[phase]
        cores = sum(one["cores"] for one in found) / len(found)
        ends = f"{_mean(found[:12]):.0f} and {_mean(found[-12:]):.0f} MiB"
        lines.append(
            f"| {phase} | {rate:.0f} | {sums['right']:,} | {sums['refused']:,} | {sums['wrong']:,} | {p50:.0f} ms "
            f"| {p99:.0f} ms | {cores:.2f} cores | {sums['right'] / (cores * seconds):.0f} | {ends} |"
        )
    return "\n".join(lines)


def _mean(found: list[dict[str, Any]]) -> float:
    return sum(one["memory"] for one in found) / len(found)


def write(run: dict[str, Any], command: str) -> None:
    """Put picture and table where people read them."""
    draw(run, HERE / "soak.svg")
    readme = HERE.parent / "README.md"
    before, _, rest = readme.read_text(encoding="utf-8").partition(BEGIN)
    after = rest.partition(END)[2]
    readme.write_text(f"{before}{BEGIN}\n{table(run, command)}\n{END}{after}", encoding="utf-8")


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("minutes", type=float, nargs="?", default=30.0)
    parser.add_argument("--write", action="store_true", help="put picture and table into the README")
    parser.add_argument("--again", type=Path, metavar="JSON", help="show a run that was kept, instead of a new one")
    asked = parser.parse_args()
    command = f"python -m benchmarks.soak {asked.minutes:g}"
    results = HERE / "results"
    results.mkdir(exist_ok=True)
    if asked.again:
        run = json.loads(asked.again.read_text(encoding="utf-8"))
    else:
        with (
            tempfile.TemporaryDirectory(prefix="hormone-cds-soak-") as folder,
            running(Service(Path(folder), {"LOG_LEVEL": "warning"})) as service,
        ):
            run = uvloop.run(soak(service, asked.minutes))
        file = results / f"soak-{datetime.now(UTC):%Y%m%dT%H%M%SZ}.json"
        file.write_text(json.dumps(run, indent=1), encoding="utf-8")
        draw(run, file.with_suffix(".svg"))
        print(f"kept in {file.relative_to(HERE.parent)}")
    print(table(run, command))
    for error, times in run["errors"].items():
        print(f"{times} × {error}")
    if asked.write:
        write(run, command)
    sys.exit(1 if run["errors"] else 0)


if __name__ == "__main__":
    main()
