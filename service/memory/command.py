"""The command `hormone-cds stats`: the alert burden in a terminal, as JSON, or as CSV."""

from __future__ import annotations

import csv
import sys
from datetime import UTC, datetime
from typing import Annotated

import msgspec
import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from service.codes.command import looking
from service.memory.stats import Kind, Stats, stats
from service.site.settings import read_settings
from service.terminal import print_json

COLUMNS = ("service", "version", "protocol", "protocolVersion", "check", "topic", "indicator")
COUNTS = ("shown", "accepted", "overridden", "unanswered")


def show_stats(
    since: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Count from this day, in UTC.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for machines.")] = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="Print CSV for a spreadsheet.")] = False,
) -> None:
    """How often each kind of card was shown, accepted and overridden, and why."""
    with looking() as opened:
        found = stats(opened, since and since.replace(tzinfo=UTC), read_settings().unmapped_patients)
    if as_json:
        print_json(msgspec.json.encode(found))
    elif as_csv:
        write_csv(found)
    else:
        print_stats(Console(), found)


def write_csv(found: Stats) -> None:
    """One line a kind of card, reasons as `code=count`."""
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow((*COLUMNS, *COUNTS, "reasons", "review"))
    for kind in found.shown:
        values = [getattr(kind, name) for name in (*COLUMNS, *COUNTS)]
        writer.writerow((*values, _reasons(kind), "yes" if kind.review else ""))


def print_stats(console: Console, found: Stats) -> None:
    """Tables for people."""
    services = Table("Service", "Evaluations", "Prefetch that told nothing")
    for asked in found.services:
        absent = ", ".join(f"{key} {count}" for key, count in asked.absent.items())
        services.add_row(Text(asked.service), str(asked.evaluations), absent)
    kinds = Table("Card", "Urgency", "Shown", "Accepted", "Overridden", "Reasons", "Of")
    for kind in found.shown:
        numbers = (str(kind.shown), str(kind.accepted), str(kind.overridden))
        of = f"{kind.protocol} {kind.protocolVersion}, {kind.service} {kind.version}".strip(" ,")
        mark = " (review)" if kind.review else ""
        kinds.add_row(Text((kind.check or kind.topic) + mark), kind.indicator, *numbers, _reasons(kind), Text(of))
    console.print(services, kinds)
    few = found.few
    console.print(f"Kinds that few patients had: {few.kinds}, shown {few.shown}, overridden {few.overridden}.")


def _reasons(kind: Kind) -> str:
    return " ".join(f"{reason}={count}" for reason, count in sorted(kind.reasons.items()))
