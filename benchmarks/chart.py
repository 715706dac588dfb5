"""A picture of a run: what a call costs the server by the size of its chart, a line for each row."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from math import log10

from figures import Run, figures

WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 760, 400, 70, 170, 40, 50
COLOURS = ("#0b6e4f", "#3a9d6e", "#7fc8a9", "#555555", "#c46210", "#8c2f39")
TICKS = (0.1, 1, 10, 100, 1000)  # milliseconds
GAP = 16  # between two names at the ends of their lines

Point = tuple[float, float]


def picture(run: Run) -> str:
    """SVG, both axes logarithmic; readable on light and dark."""
    costs = {row: [figures(run, row, size).cpu for size in run.sizes] for row in run.rows}
    all_costs = [cost for of_row in costs.values() for cost in of_row]
    low, high = log10(min(all_costs)), log10(max(all_costs))
    first, last = log10(min(run.sizes)), log10(max(run.sizes))

    def place(size: float, cost: float) -> Point:
        across = (log10(size) - first) / ((last - first) or 1)
        up = (log10(cost) - low) / ((high - low) or 1)
        return LEFT + across * (WIDTH - LEFT - RIGHT), HEIGHT - BOTTOM - up * (HEIGHT - TOP - BOTTOM)

    parts = [_text(LEFT, 22, "Server processor time of a call, milliseconds", "start", bold=True)]
    for tick in TICKS:
        if low <= log10(tick) <= high:
            _, height = place(min(run.sizes), tick)
            parts += [_line([(LEFT, height), (WIDTH - RIGHT, height)], "#bbbbbb", 1)]
            parts += [_text(LEFT - 8, height + 4, f"{tick:g}", "end")]
    for size in run.sizes:
        parts.append(_text(place(size, min(all_costs))[0], HEIGHT - 26, str(size), "middle"))
    parts.append(_text((WIDTH - RIGHT + LEFT) / 2, HEIGHT - 8, "Observations in the call", "middle"))
    ends = {}
    for colour, (row, of_row) in zip(COLOURS, costs.items(), strict=False):
        points = [place(size, cost) for size, cost in zip(run.sizes, of_row, strict=True)]
        parts.append(_line(points, colour, 2.5))
        ends[row] = (points[-1], colour)
    parts += _names(ends)
    style = "<style>text{font:13px sans-serif;fill:#333}@media(prefers-color-scheme:dark){text{fill:#ddd}}</style>"
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img">'
    return "\n".join([head, "<title>Server processor time of a call by size</title>", style, *parts, "</svg>", ""])


def _names(ends: dict[str, tuple[Point, str]]) -> list[str]:
    """At the ends of the lines, none on top of another."""
    parts, above = [], float("-inf")
    for row, ((across, height), colour) in sorted(ends.items(), key=lambda end: end[1][0][1]):
        above = max(height + 4, above + GAP)
        parts.append(_text(across + 10, above, row, "start", colour))
    return parts


def _line(points: Sequence[Point], colour: str, width: float) -> str:
    path = " ".join(f"{across:.1f},{height:.1f}" for across, height in points)
    return f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="{width:g}"/>'


def _text(across: float, height: float, text: str, anchor: str, colour: str = "", *, bold: bool = False) -> str:
    style = f' style="fill:{colour}"' if colour else ""
    weight = ' font-weight="bold"' if bold else ""
    return f'<text x="{across:.1f}" y="{height:.1f}" text-anchor="{anchor}"{style}{weight}>{escape(text)}</text>'
