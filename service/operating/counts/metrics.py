"""Numbers for Prometheus: of this process, or of all worker processes of this service together.

What an answer is counted by waits in plain counters and is handed on every second, and before a scrape is answered.
"""

from __future__ import annotations

import asyncio
import os
from collections import Counter as Tally
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from threading import Lock
from time import time

import prometheus_client
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client.exposition import choose_encoder
from prometheus_client.metrics_core import InfoMetricFamily
from prometheus_client.multiprocess import MultiProcessCollector

from service.operating.counts.counting import FOLDER, Counting, Standing, States

INTERVAL = 1.0  # seconds until what one process counted is seen by the others
SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
TOLD = ("raised", "unknown")  # states of checks; the rest is clear
Shown = tuple[str, str]
prometheus_client.disable_created_metrics()  # type: ignore[no-untyped-call]


class Pending:
    """Counted, and not handed on yet."""

    def __init__(self) -> None:
        self.raised: Tally[str] = Tally()
        self.unknown: Tally[str] = Tally()
        self.unread: Tally[str] = Tally()
        self.cards: Tally[Shown] = Tally()


class Metrics(Counting):
    """Counts, and writes down what was counted as Prometheus reads it."""

    is_on = True

    def __init__(self) -> None:
        self._standing: Callable[[], Standing] | None = None
        self._registry = CollectorRegistry()
        self._is_shared = FOLDER in os.environ
        self._lock, self._pending, self._lost, self._open = Lock(), Pending(), 0, 0
        self._children: dict[tuple[str, str, int], tuple[Counter, Histogram]] = {}
        self._requests = self._counter("requests", "Requests answered.", "route", "method", "status")
        self._seconds = self._histogram("request_seconds", "From a request's head to its answer's end.", "route")
        self._findings = self._counter("findings", "Checks by how they came out; the rest was clear.", "check", "state")
        self._unread = self._counter("unread", "Parts of charts that could not be used.", "reason")
        self._cards = self._counter("cards", "Cards shown.", "service", "indicator")
        self._ehr = self._counter("ehr_calls", "Requests to an EHR's FHIR server.", "outcome")
        self._ehr_seconds = self._histogram("ehr_call_seconds", "What they took.")
        self._tokens = self._counter("tokens", "Clients' tokens: accepted, or why refused.", "outcome")
        self._reloads = self._counter("reloads", "Knowledge read again, once in each process.", "outcome")
        self._lost_entries = self._counter("memory_lost", "Entries of memory that were lost.")
        self._processes = self._gauge("processes", "Processes that answer.", "livesum")
        self._in_progress = self._gauge("requests_in_progress", "Requests being answered.", "livesum")
        self._waiting = self._gauge("memory_waiting", "Entries of memory that wait to be written.", "livesum")
        self._database = self._gauge("database_up", "1: every process could read and write last time.", "livemin")
        self._reload_ok = self._gauge("last_reload_ok", "0: a process refused what it read last.", "livemin")
        self._reload_at = self._gauge("last_reload_timestamp_seconds", "When that was; 0: never.", "livemax")
        if not self._is_shared:
            self._registry.register(self)

    def began(self) -> None:
        """See Counting."""
        self._open += 1

    def answered(self, method: str, route: str, status: int, seconds: float) -> None:
        """See Counting."""
        self._open -= 1
        key = (route, method, status)
        children = self._children.get(key)
        if children is None:
            children = self._requests.labels(route, method, str(status)), self._seconds.labels(route)
            self._children[key] = children
        children[0].inc()
        children[1].observe(seconds)

    def judged(self, door: str, states: States, unread: Iterable[str], indicators: Iterable[str]) -> None:
        """See Counting."""
        with self._lock:
            self._pending.raised.update(states.get("raised", ()))
            self._pending.unknown.update(states.get("unknown", ()))
            self._pending.unread.update(unread)
            self._pending.cards.update([(door, indicator) for indicator in indicators])

    def called_ehr(self, outcome: str, seconds: float) -> None:
        """See Counting."""
        self._ehr.labels(outcome).inc()
        self._ehr_seconds.observe(seconds)

    def saw_token(self, outcome: str) -> None:
        """See Counting."""
        self._tokens.labels(outcome).inc()

    def reloaded(self, outcome: str) -> None:
        """See Counting."""
        self._reloads.labels(outcome).inc()
        self._reload_ok.set(outcome == "accepted")
        self._reload_at.set(time())

    def ask(self, standing: Callable[[], Standing]) -> None:
        """See Counting."""
        self._standing = standing

    def written(self, accept: str) -> tuple[bytes, str]:
        """All numbers in the format that a scraper accepts, and its media type."""
        encode, media_type = choose_encoder(accept)
        return encode(self._all()), media_type

    def unread(self) -> dict[str, int]:
        """See Counting."""
        samples = [sample for metric in self._all().collect() for sample in metric.samples]
        told = [one for one in samples if one.name == "hormone_cds_unread_total"]
        return {one.labels["reason"]: int(one.value) for one in told}

    def _all(self) -> CollectorRegistry:
        """What this process counted, or all of this service together."""
        self._hand_on()
        if not self._is_shared:
            return self._registry
        registry = CollectorRegistry()
        registry.register(MultiProcessCollector(None))  # type: ignore[no-untyped-call]
        registry.register(self)
        return registry

    def collect(self) -> Iterable[InfoMetricFamily]:
        """What has no number: of the process that answers."""
        info = self._standing().info if self._standing is not None else {}
        yield InfoMetricFamily("hormone_cds_build", "Versions of code and knowledge.", value=info)

    @asynccontextmanager
    async def keeping(self) -> AsyncIterator[None]:
        """Hand on what was counted while the service runs, and at its end."""
        self._processes.set(1)
        self._reload_ok.set(1)
        task = asyncio.create_task(self._keep())
        try:
            yield
        finally:
            task.cancel()
            self._hand_on()

    async def _keep(self) -> None:
        while True:
            self._hand_on()
            await asyncio.sleep(INTERVAL)

    def _hand_on(self) -> None:
        with self._lock:
            pending, self._pending = self._pending, Pending()
            for state in TOLD:
                for check, times in getattr(pending, state).items():
                    self._findings.labels(check, state).inc(times)
            for reason, times in pending.unread.items():
                self._unread.labels(reason).inc(times)
            for shown, times in pending.cards.items():
                self._cards.labels(*shown).inc(times)
            self._stand()

    def _stand(self) -> None:
        self._in_progress.set(self._open)
        if self._standing is None:
            return
        standing = self._standing()
        self._waiting.set(standing.waiting)
        self._database.set(standing.is_database_up)
        self._lost_entries.inc(standing.lost - self._lost)
        self._lost = standing.lost

    def _counter(self, name: str, told: str, *labels: str) -> Counter:
        return Counter(f"hormone_cds_{name}", told, labels, registry=self._registry)

    def _histogram(self, name: str, told: str, *labels: str) -> Histogram:
        return Histogram(f"hormone_cds_{name}", told, labels, registry=self._registry, buckets=SECONDS)

    def _gauge(self, name: str, told: str, mode: str) -> Gauge:
        return Gauge(f"hormone_cds_{name}", told, registry=self._registry, multiprocess_mode=mode)  # type: ignore[arg-type]
