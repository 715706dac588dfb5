"""Draws a soak run as one SVG: what was answered and refused, how long it took, and how much memory was held."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

WIDTH, HEIGHT, LEFT, TOP, GAP = 900, 150, 70, 40, 50
COLOURS = {"blue": "#1f5fa8", "red": "#c0392b", "grey": "#888888", "green": "#2e7d32"}


class Line(NamedTuple):
    """One curve: what it is, its colour, and its value at each sample."""

    name: str
    colour: str
    values: list[float]


class Panel(NamedTuple):
    """Curves on one scale."""

    title: str
    lines: list[Line]


def draw(run: dict[str, Any], file: Path) -> None:
    """Write the picture."""
    samples = run["samples"]
    seconds = [one["at"] for one in samples]
    step = [after - before for before, after in zip([seconds[0] - 5, *seconds], seconds, strict=False)]

    def rate(name: str) -> list[float]:
        return [one[name] / took for one, took in zip(samples, step, strict=True)]

    panels = [
        Panel(
            "calls a second",
            [
                Line("answered", "blue", rate("right")),
                Line("503 at once", "grey", rate("refused")),
                Line("wrong or lost", "red", rate("wrong")),
            ],
        ),
        Panel(
            "time to answer a hook call, ms",
            [
                Line("p50", "blue", [one["p50"] for one in samples]),
                Line("p99", "red", [one["p99"] for one in samples]),
            ],
        ),
        Panel("memory of the service, MiB", [Line("resident", "green", [one["memory"] for one in samples])]),
    ]
    tall = TOP + len(panels) * (HEIGHT + GAP)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {LEFT + WIDTH + 20} {tall}" '
        'font-family="sans-serif" font-size="13"><rect width="100%" height="100%" fill="white"/>'
    ]
    parts += [_panel(panel, seconds, TOP + place * (HEIGHT + GAP)) for place, panel in enumerate(panels)]
    parts.append("</svg>")
    file.write_text("\n".join(parts), encoding="utf-8")


def _panel(panel: Panel, seconds: list[float], top: int) -> str:
    most = max(max(line.values) for line in panel.lines) * 1.1 or 1.0
    base, last = top + HEIGHT, seconds[-1]
    parts = [f'<text x="{LEFT}" y="{top - 8}">{panel.title}</text>']
    for part in (0, 0.5, 1):
        y = base - HEIGHT * part
        parts.append(f'<line x1="{LEFT}" x2="{LEFT + WIDTH}" y1="{y}" y2="{y}" stroke="#dddddd"/>')
        parts.append(f'<text x="{LEFT - 6}" y="{y + 4}" text-anchor="end">{most * part:,.0f}</text>')
    parts += [
        f'<text x="{LEFT + WIDTH * minute * 60 / last:.0f}" y="{base + 16}" text-anchor="middle">{minute} min</text>'
        for minute in range(0, int(last // 60) + 1, max(1, int(last // 600)))
    ]
    for place, line in enumerate(panel.lines):
        points = " ".join(
            f"{LEFT + WIDTH * at / last:.1f},{base - HEIGHT * value / most:.1f}"
            for at, value in zip(seconds, line.values, strict=True)
        )
        colour = COLOURS[line.colour]
        parts.append(f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="1.5"/>')
        x = LEFT + WIDTH - 120 * (len(panel.lines) - place)
        parts.append(f'<text x="{x}" y="{top - 8}" fill="{colour}">{line.name}</text>')
    return "\n".join(parts)
