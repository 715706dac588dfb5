"""Where a call's time goes inside the service, stage by stage, without a network: for finding what became slower."""

from __future__ import annotations

import argparse
import cProfile
import gc
import pstats
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from time import perf_counter

from calls import hook_call
from rich.box import SIMPLE
from rich.console import Console
from rich.table import Table

from cds_hooks.facts import Facts, Moment
from cds_hooks.judgement.evaluate import evaluate
from cds_hooks.presentation.cards.cards import present_cards
from cds_hooks.record.read import read
from cds_hooks.wire.discovery import Service, discover
from cds_hooks.wire.request import HookCall, check_call, decode_call
from cds_hooks.wire.response import CDSHooksResponse, encode
from service import __version__
from service.hooks import answer_to
from service.site.settings import Settings
from service.site.site import Site, open_site

Stage = tuple[str, Callable[[], object]]


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--observations", type=int, default=100)
    parser.add_argument("--rounds", type=int, default=60)
    parser.add_argument("--profile", action="store_true", help="also show the functions that take most time")
    asked = parser.parse_args()
    site, body = open_site(Settings()), hook_call(asked.observations, datetime.now(UTC).date())
    gc.collect()
    gc.freeze()  # as the service does
    show(stages(site, body), asked.rounds, f"{asked.observations} Observations, microseconds, least of all rounds")
    if asked.profile:
        profile(site, body, 20 * asked.rounds)


def stages(site: Site, body: bytes) -> list[Stage]:
    """Each stage on the result of the one before it, and all of them together."""
    offered, today = discover(site.knowledge.vocabulary).services[0], site.now()
    call = check_call(decode_call(body, offered), offered)
    facts = read_facts(site, call, today)
    judged = evaluate(facts, site.knowledge, today)
    cards = partial(
        present_cards,
        judged,
        facts,
        site.knowledge,
        public_url=None,
        namespace=call.instance,
        service_version=__version__,
    )
    answer = CDSHooksResponse(cards())
    return [
        (f"decode {len(body) / 1000:.0f} kB", lambda: check_call(decode_call(body, offered), offered)),
        (f"read {len(facts.readings)} readings", lambda: read_facts(site, call, today)),
        (f"judge {len(judged.findings)} findings", lambda: evaluate(facts, site.knowledge, today)),
        (f"present {len(answer.cards)} cards", cards),
        (f"encode {len(encode(answer)) / 1000:.0f} kB", lambda: encode(answer)),
        ("all together", lambda: whole(site, offered, body)),
    ]


def read_facts(site: Site, call: HookCall, today: Moment) -> Facts:
    """Facts as the hook's door reads them."""
    return read(
        call.supplied.located,
        site.knowledge.vocabulary,
        today=today,
        patient_id=call.patient_id,
        zone=site.settings.timezone,
        absent=call.supplied.absent,
        incomplete=call.supplied.incomplete,
        unread=call.supplied.unread,
        panels=site.orders,
    )


def whole(site: Site, offered: Service, body: bytes) -> bytes:
    """What the hook's door does between the request's bytes and the answer's."""
    return encode(CDSHooksResponse(answer_to(site, check_call(decode_call(body, offered), offered)).cards))


def show(measured: list[Stage], rounds: int, title: str) -> None:
    """Measure the stages in turn, and print the least time of each."""
    least = dict.fromkeys((name for name, _ in measured), float("inf"))
    for _ in range(rounds):
        for name, stage in measured:
            began = perf_counter()
            stage()
            least[name] = min(least[name], perf_counter() - began)
    table = Table("stage", "µs", box=SIMPLE)
    table.columns[1].justify = "right"
    for name, seconds in least.items():
        table.add_row(name, f"{1e6 * seconds:.0f}")
    console = Console()
    console.print(title)
    console.print(table)


def profile(site: Site, body: bytes, times: int) -> None:
    """The functions that take most time, by their own and with what they call."""
    offered = discover(site.knowledge.vocabulary).services[0]
    recorder = cProfile.Profile()
    recorder.runcall(lambda: [whole(site, offered, body) for _ in range(times)])
    for order in ("tottime", "cumtime"):
        pstats.Stats(recorder).strip_dirs().sort_stats(order).print_stats(30)


if __name__ == "__main__":
    main()
