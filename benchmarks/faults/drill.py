"""What every drill needs: calls that go on meanwhile, and a record of what came of them."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator
from datetime import UTC, datetime
from uuid import uuid4

from sqlalchemy import create_engine, text

from benchmarks.calls import PATIENT, hook_call
from benchmarks.live import BASE, LATE, LOST, Answer, Caller, Service
from tests.service.trust.tokens import Signer

HOOK = "/cds-services/hormone-monitoring-patient-view"
INSTANCE = b"7b0f1e52-98a1-4d4e-9a55-0d3c2f8a6b11"
NAMES = {LOST: "connection lost", LATE: "no answer in time"}


class Told:
    """What a drill found: answers while the fault lasted, what was lost, how long it took to recover, what broke."""

    def __init__(self, fault: str) -> None:
        self.fault, self.lost, self.recovery = fault, "nothing", ""
        self.answers: Counter[int] = Counter()
        self.broken: list[str] = []
        self.late: list[str] = []
        self.notes: list[str] = []

    def promise(self, holds: bool, what: str) -> None:
        """Something that must be so."""
        if not holds:
            self.broken.append(what)

    def in_time(self, holds: bool, what: str) -> None:
        """Something that must be so by a time: a machine that is busy otherwise may break it."""
        if not holds:
            self.late.append(what)

    def only(self, *statuses: int) -> None:
        """Nothing but these was answered, and something was."""
        wrong = {NAMES.get(one, str(one)): many for one, many in self.answers.items() if one not in statuses}
        self.promise(not wrong and bool(self.answers), f"only {statuses} while it lasts, but also {wrong}")

    @property
    def answered(self) -> str:
        """Answers by status, for people."""
        return ", ".join(f"{NAMES.get(one, one)}: {many}" for one, many in sorted(self.answers.items()))


class Traffic:
    """Hook calls, a few a second and each of a new patient, whatever becomes of those before."""

    def __init__(self, service: Service, size: int = 20, body: bytes | None = None) -> None:
        self.service, self.caller = service, Caller(service)
        self.counts: Counter[int] = Counter()  # of all answers, from the beginning
        self.seconds: list[float] = []
        self.watched: Counter[int] | None = None
        self.body = body or hook_call(size, datetime.now(UTC).date())

    async def call(self, token: str | None = None) -> Answer:
        """One call."""
        name = f"p{uuid4().hex[:12]}".encode()
        body = self.body.replace(PATIENT.encode(), name).replace(INSTANCE, str(uuid4()).encode())
        watched = self.watched
        answer = await self.caller.call(HOOK, body, token=token)
        self.counts[answer.status] += 1
        self.seconds.append(answer.seconds)
        if watched is not None:
            watched[answer.status] += 1
        return answer

    @contextlib.asynccontextmanager
    async def flowing(self, rate: float = 10.0) -> AsyncIterator[None]:
        """Meanwhile, so many calls a second."""
        going = asyncio.create_task(self._flow(rate))
        try:
            yield
        finally:
            going.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await going
            self.caller.close()

    @contextlib.contextmanager
    def watching(self, told: Told) -> Iterator[None]:
        """Calls begun from here to the end of the block count as answered during the fault."""
        self.watched = told.answers
        try:
            yield
        finally:
            self.watched = None

    async def _flow(self, rate: float) -> None:
        calls: set[asyncio.Task[Answer]] = set()
        try:
            while True:
                calls.add(asyncio.create_task(self.call()))
                calls = {one for one in calls if not one.done()}
                await asyncio.sleep(1 / rate)
        finally:
            if calls:
                await asyncio.wait(calls)


async def eventually(holds: Callable[[], object], within: float = 60.0) -> float:
    """Seconds until something is so; infinite when it does not come to be."""
    began = time.monotonic()
    while time.monotonic() - began < within:
        if await asyncio.to_thread(holds):
            return time.monotonic() - began
        await asyncio.sleep(0.05)
    return float("inf")


def is_well(service: Service) -> bool:
    """Whether its database is there and nothing waits for it any more."""
    health = service.health()
    return health is not None and health["database"] == "ok" and health["memory"]["waiting"] == 0


def lost_by(service: Service) -> int:
    """Entries that it gave up, as it says itself."""
    health = service.health()
    return -1 if health is None else int(health["memory"]["lost"])


async def asked(service: Service, token: str) -> int:
    """The status of discovery with this token."""
    caller = Caller(service)
    answer = await caller.call("/cds-services", token=token)
    caller.close()
    return answer.status


def lets_in(service: Service, signer: Signer | None = None) -> bool:
    """Whether a new token of its client, or of another signer, opens discovery."""
    return asyncio.run(asked(service, (signer or service.signer).token(f"{BASE}/cds-services"))) == 200


def stored(address: str) -> int:
    """How many evaluations a database holds."""
    engine = create_engine(address.replace("postgresql://", "postgresql+psycopg://"))
    try:
        with engine.connect() as connection:
            return int(connection.execute(text("SELECT count(*) FROM evaluation")).scalar_one())
    finally:
        engine.dispose()
