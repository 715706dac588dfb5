"""Prints a call and its cards for a person at a terminal."""

from __future__ import annotations

import json
from typing import Any

from rich.console import Console, ConsoleRenderable, Group
from rich.markdown import Markdown
from rich.padding import Padding
from rich.panel import Panel
from rich.text import Text

from service.examples.chart import Chart

COLOURS = {"critical": "bold white on red", "warning": "bold black on yellow", "info": "bold white on blue"}
BORDERS = {"critical": "red", "warning": "yellow", "info": "blue"}


# Members of FHIR resources that a reader looks for first.
SHOWN = {
    *("resourceType", "gender", "birthDate", "total", "code", "coding", "valueQuantity", "value", "unit", "text"),
    *("effectiveDateTime", "authoredOn", "medicationCodeableConcept", "dosageInstruction"),
}


def show_chart(console: Console, chart: Chart, address: str, asked: list[str], cards: list[dict[str, Any]]) -> None:
    """One patient: who it is, what the EHR asked, what the service answered."""
    console.rule()
    console.print(Text(chart.story, style="bold"))
    console.print(f"POST {address}", style="cyan")
    for line in asked:
        # A line that is too long goes on under its own beginning.
        indent = 2 + len(line) - len(line.lstrip())
        console.print(Padding(Text(line.lstrip(), style="dim"), (0, 0, 0, indent)))
    console.print(f"200  {len(cards)} card{'' if len(cards) == 1 else 's'}", style="cyan")
    for card in cards:
        console.print(panel(card))


def abbreviate(call: dict[str, Any]) -> list[str]:
    """The call in a few lines: a prefetched resource is named, a Bundle counted."""
    prefetch = ", ".join(f"{key}: {_brief(value)}" for key, value in call["prefetch"].items())
    context = ", ".join(f"{key}: {value}" for key, value in call["context"].items())
    return [f"hook: {call['hook']}", f"context: {context}", f"prefetch: {prefetch}"]


def sketch(call: dict[str, Any]) -> list[str]:
    """The body as JSON, with the members a reader looks for first; what is left out is said in the first line."""
    prefetch = [line for key, value in call["prefetch"].items() for line in _prefetched(key, value)]
    head = {key: call[key] for key in ("hook", "hookInstance", "context")}
    return [
        "abbreviated:",
        *(f'"{key}": {_json(value)},' for key, value in head.items()),
        '"prefetch": {',
        *prefetch,
        "}",
    ]


def _prefetched(key: str, value: dict[str, Any]) -> list[str]:
    entries = [_json(_kept(entry["resource"])) for entry in value.get("entry", ())]
    if not entries:
        return [f'  "{key}": {_json(_kept(value))},']
    return [f'  "{key}": {_json(_kept(value))[:-1]}, "entry": [', *(f"    {entry}," for entry in entries), "  ]},"]


def _kept(node: Any) -> Any:
    if isinstance(node, dict):
        shown = SHOWN - {"code"} if "unit" in node else SHOWN  # a unit's code repeats it
        return {name: _kept(value) for name, value in node.items() if name in shown}
    return [_kept(item) for item in node] if isinstance(node, list) else node


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def panel(card: dict[str, Any]) -> Panel:
    """One card, roughly as an EHR shows it."""
    indicator = card["indicator"]
    heading = Text.assemble((f" {indicator.upper()} ", COLOURS[indicator]), f" {card['summary']}")
    parts: list[ConsoleRenderable] = [heading, Markdown(card.get("detail", ""))]
    parts += [Text(f"[ ] {suggestion['label']}", style="green") for suggestion in card.get("suggestions", ())]
    parts.append(Text(f"Source: {card['source']['label']}", style="dim"))
    return Panel(Group(*parts), border_style=BORDERS[indicator])


def _brief(value: dict[str, Any]) -> str:
    kind = value["resourceType"]
    return f"{len(value['entry'])} found" if kind == "Bundle" else f"{kind}/{value['id']}"
