"""Prints a call and its cards for a person at a terminal."""

from __future__ import annotations

from typing import Any

from rich.console import Console, ConsoleRenderable, Group
from rich.markdown import Markdown
from rich.panel import Panel
from rich.text import Text

from service.demo.chart import Chart

COLOURS = {"critical": "bold white on red", "warning": "bold black on yellow", "info": "bold white on blue"}
BORDERS = {"critical": "red", "warning": "yellow", "info": "blue"}


def show_chart(console: Console, chart: Chart, address: str, call: dict[str, Any], cards: list[dict[str, Any]]) -> None:
    """One patient: who it is, what the EHR asked, what the service answered."""
    console.rule()
    console.print(Text(chart.story, style="bold"))
    console.print(f"POST {address}", style="cyan")
    for line in abbreviate(call):
        console.print(Text(f"  {line}", style="dim"))
    console.print(f"200  {len(cards)} card{'' if len(cards) == 1 else 's'}", style="cyan")
    for card in cards:
        console.print(panel(card))


def abbreviate(call: dict[str, Any]) -> list[str]:
    """The call in a few lines: a prefetched resource is named, a Bundle counted."""
    prefetch = ", ".join(f"{key}: {_brief(value)}" for key, value in call["prefetch"].items())
    context = ", ".join(f"{key}: {value}" for key, value in call["context"].items())
    return [f"hook: {call['hook']}", f"context: {context}", f"prefetch: {prefetch}"]


def panel(card: dict[str, Any]) -> Panel:
    """One card, roughly as an EHR shows it."""
    indicator = card["indicator"]
    heading = Text.assemble((f" {indicator.upper()} ", COLOURS[indicator]), f" {card['summary']}")
    parts: list[ConsoleRenderable] = [heading, Markdown(card.get("detail", ""))]
    parts += [Text(f"[ ] {suggestion['label']}", style="green") for suggestion in card.get("suggestions", ())]
    return Panel(Group(*parts), border_style=BORDERS[indicator], subtitle=Text(card["source"]["label"], style="dim"))


def _brief(value: dict[str, Any]) -> str:
    kind = value["resourceType"]
    return f"{len(value['entry'])} found" if kind == "Bundle" else f"{kind}/{value['id']}"
