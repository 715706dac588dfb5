"""What watching costs one call, piece by piece, without a network: ids, log line, numbers, spans that are off."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import UTC, datetime
from time import perf_counter

from calls import hook_call
from rich.box import SIMPLE
from rich.console import Console
from rich.table import Table

from cds_hooks.wire.discovery import discover
from cds_hooks.wire.request import check_call, decode_call
from service.hooks import answer_to
from service.operating.counts.metrics import Metrics
from service.operating.logs import JSONLines
from service.operating.request_ids import request_id
from service.operating.tracing.spans import span
from service.site.settings import Settings
from service.site.site import open_site

ROUNDS, TIMES = 50, 200
SENT = [(name, b"x") for name in (b"host", b"accept", b"user-agent", b"content-type", b"content-length", b"origin")]
ROUTE = "/cds-services/hormone-monitoring-patient-view"


def main() -> None:
    """Run from the command line."""
    site = open_site(Settings())
    offered = discover(site.knowledge.vocabulary).services[0]
    body = hook_call(100, datetime.now(UTC).date())
    answer = answer_to(site, check_call(decode_call(body, offered), offered))
    assert answer.judged is not None
    assert answer.facts is not None
    states, unread = answer.judged.states(), [one.reason for one in answer.facts.unread]
    indicators = [card.indicator for card in answer.cards]
    metrics, lines = Metrics(), JSONLines()
    told = {"method": "POST", "route": ROUTE, "status": 200, "ms": 3.1}
    record = logging.makeLogRecord({"msg": "request", "levelname": "INFO", "told": told})
    metrics.began()
    counts = f"{len(states['raised'])} raised, {len(states['unknown'])} unknown, {len(unread)} unread"
    pieces = {
        "request id, new": lambda: request_id(SENT),
        "log line as JSON": lambda: lines.format(record),
        "requests and latency": lambda: metrics.answered("POST", ROUTE, 200, 0.0031),
        f"{sum(map(len, states.values()))} checks by state, for memory and numbers": answer.judged.states,
        f"{counts}, {len(indicators)} cards": lambda: metrics.judged(offered.id, states, unread, indicators),
        "five spans, off": _spans,
    }
    table = Table("piece", "µs", box=SIMPLE)
    table.columns[1].justify = "right"
    for name, piece in pieces.items():
        table.add_row(name, f"{1e6 * least(piece):.2f}")
    Console().print(table)


def least(piece: Callable[[], object]) -> float:
    """Seconds of one call, in the quickest of all rounds."""
    found = []
    for _ in range(ROUNDS):
        began = perf_counter()
        for _ in range(TIMES):
            piece()
        found.append((perf_counter() - began) / TIMES)
    return min(found)


def _spans() -> None:
    for name in ("decode", "read", "judge", "present", "ehr"):
        with span(name):
            pass


if __name__ == "__main__":
    main()
