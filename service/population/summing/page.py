"""The summary of a run as one page that needs no server and no other file."""

from __future__ import annotations

from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from service.population.sites import ALL
from service.population.summing.summary import Line, Number, Summary

TEMPLATES = Path(__file__).parent / "templates"


def page(summary: Summary) -> str:
    """The page's HTML."""
    loader = FileSystemLoader(TEMPLATES)
    environment = Environment(loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True)
    everywhere = [line for line in summary.lines if line.site == ALL]
    here = [line for line in summary.lines if line.protocol == ALL and line.site != ALL]
    both = [line for line in summary.lines if ALL not in (line.site, line.protocol)]
    return environment.get_template("population.html").render(
        summary=summary,
        total=next((line for line in everywhere if line.protocol == ALL), Line(ALL, ALL, {})),
        by_protocol=[line for line in everywhere if line.protocol != ALL],
        by_site=here,
        by_both=both,
        shown=lambda number: _shown(number, summary.threshold),
    )


def _shown(number: Number, threshold: int) -> str:
    return f"{number:,}" if number is not None else f"< {threshold} or hidden"
