"""`hormone-cds whatif`: what another number would do to charts in a file."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Annotated

import msgspec
import typer
from rich.console import Console
from rich.table import Column, Table

from cds_hooks.judgement.supposed.effect import Turn
from cds_hooks.judgement.supposed.number import Named, numbers_of, profile_in_force
from cds_hooks.refusal import Refusal
from service.evaluation import moment_of
from service.site.site import Site
from service.terminal import opened, print_json, read_bytes, stop, with_codes
from service.whatif.answer import numbers, what_if
from service.whatif.judging import both, charts_in, judged
from service.whatif.shown import Shown
from service.whatif.wish import Wish


def suppose(
    file: Annotated[
        Path | None, typer.Argument(help="Charts: Bundles, NDJSON, HL7 v2; - reads standard input. None: list numbers.")
    ] = None,
    number: Annotated[str, typer.Option(help="PROTOCOL|PROFILE|NAME, as listed.")] = "",
    value: Annotated[str, typer.Option(help="The new number with its unit; of a range its low end.")] = "",
    high: Annotated[str, typer.Option(help="The high end of a range.")] = "",
    today: Annotated[str | None, typer.Option(help="Judge as of this date or dateTime. Default: now.")] = None,
    profile: Annotated[list[str] | None, typer.Option(help="A variant of the numbers; may repeat.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for machines.")] = False,
) -> None:
    """Judge charts twice, as they are judged now and with one number changed, and tell which findings differ."""
    site = with_codes(opened())
    if file is None:
        _list(list(numbers_of(site.knowledge)), as_json)
        return
    wish = Wish(number, value, high, content=read_bytes(file))
    try:
        shown = _difference(site, wish, today, site.profiles(profile or []))
    except Refusal as refusal:
        stop(f"{refusal.expression}: {refusal.diagnostics}" if refusal.expression else refusal.diagnostics)
    if as_json:
        print_json(msgspec.json.encode(what_if(shown)))
    else:
        _print(shown)


def _difference(site: Site, wish: Wish, today: str | None, profiles: tuple[str, ...]) -> Shown:
    supposed, texts = wish.named(), wish.texts()
    sites = both(site, supposed, texts, profiles)
    named = next(one for one in numbers_of(site.knowledge) if one.number == supposed)
    charts, moment = charts_in(wish.content, site.settings.max_resources), moment_of(site, [today] if today else [])
    outcome = asyncio.run(judged(sites, charts, moment, profiles, _at_once))
    return Shown(named, texts, profile_in_force(site.knowledge, supposed, profiles), outcome, 1)


async def _at_once() -> None:
    """Nobody else waits."""


def _list(listed: list[Named], as_json: bool) -> None:
    if as_json:
        print_json(msgspec.json.encode(numbers(listed)))
        return
    widest = max(len(one.number.key) for one in listed)  # to be copied
    table = Table(Column("Number", no_wrap=True, min_width=widest), "Stands", "Asked for by")
    for one in listed:
        table.add_row(one.number.key, one.words if one.is_free else f"{one.words} (fixed)", ", ".join(one.checks))
    Console().print(table)


def _print(shown: Shown) -> None:
    out, by = Console(), shown.named.number.profile
    out.print(f"{shown.named.number.key}: {shown.named.words}, instead {shown.value}", markup=False)
    if by != shown.in_force:
        out.print(f"Judged both times by {by}; the protocol is judged by {shown.in_force} now.", markup=False)
    out.print(f"Patients judged: {shown.judged}. Places of refused charts: {shown.unjudged or 'none'}.", markup=False)
    table = Table(
        Column("Check", no_wrap=True),
        Column("Protocol", overflow="fold"),
        "Raised now",
        "Raised with it",
        "What became of it",
    )
    for line in shown.lines:
        turned = ", ".join(f"{_said(turn)}: {count}" for turn, count in line.turns.items() if count)
        table.add_row(line.check, line.protocol, str(line.before), str(line.after), turned)
    out.print(table)
    for place, some in shown.changed:
        out.print(f"Patient {place}: {', '.join(f'{one.check} {_said(one.turn)}' for one in some)}", markup=False)


def _said(turn: Turn) -> str:
    return turn.replace("-", " ")
