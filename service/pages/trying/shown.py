"""What the page of an answer shows: cards with their markdown rendered, findings in groups, draws on a line of time."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from cds_hooks.findings import Draw, Finding
from cds_hooks.judgement.knowledge.knowledge import Knowledge
from cds_hooks.presentation.report import Report
from cds_hooks.presentation.wording import name, names, reading

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markupsafe import Markup

STATES = ("raised", "unknown", "clear")
_URGENCIES = ("critical", "warning", "info")
INLINE = 60_000  # characters of JSON that are shown on the page; more is opened by itself


class Bar(NamedTuple):
    """A draw on the line of time, in thousandths of its length."""

    draw: Draw
    labels: str
    at: int
    start: int
    width: int


class Line(NamedTuple):
    """A line of time from the day of judgement on, with the firsts of its months."""

    first: date
    last: date
    bars: tuple[Bar, ...]
    months: tuple[tuple[int, str], ...]


class Text(NamedTuple):
    """JSON as it is shown: whole, or only how long it is."""

    text: str | None
    size: int


def groups_of(report: Report | None) -> dict[str, list[Finding]]:
    """Findings by state, the urgent first."""
    findings = report.findings if report is not None else ()
    ranked = sorted(findings, key=lambda one: _URGENCIES.index(one.urgency))
    return {state: [one for one in ranked if one.state == state] for state in STATES}


def told(knowledge: Knowledge, finding: Finding) -> list[str]:
    """The readings a finding rests on, each in words."""
    return [reading(knowledge.words, one) for one in finding.evidence]


def label(knowledge: Knowledge, analyte: str) -> str:
    """What a clinician calls an analyte."""
    return name(knowledge.words, analyte)


def line_of(knowledge: Knowledge, draws: Sequence[Draw], today: date) -> Line | None:
    """The proposed draws on a line of time; None without any."""
    if not draws:
        return None
    first = min([today, *(draw.earliest for draw in draws)])
    last = max([first + timedelta(30), *(draw.latest for draw in draws)])
    length = (last - first).days

    def at(day: date) -> int:
        return round(1000 * (day - first).days / length)

    bars = tuple(
        Bar(
            draw,
            names(knowledge.words, draw.analytes),
            at(draw.due),
            at(draw.earliest),
            max(at(draw.latest) - at(draw.earliest), 4),
        )
        for draw in sorted(draws, key=lambda draw: (draw.due, draw.latest))
    )
    return Line(first, last, bars, tuple((at(day), f"{day:%Y-%m}") for day in _firsts(first, last)))


def _firsts(first: date, last: date) -> list[date]:
    """The firsts of the months between, at most a dozen."""
    months = range(first.year * 12 + first.month, last.year * 12 + last.month)
    every = max(1, len(months) // 6)
    return [date(month // 12, month % 12 + 1, 1) for month in months[::every]]


def shown_json(body: bytes) -> Text:
    """JSON laid out for people, every digit as it is; only its size where it is long."""
    try:
        text = msgspec.json.format(body, indent=2).decode()
    except (msgspec.DecodeError, UnicodeDecodeError):
        text = body.decode(errors="replace")
    return Text(text if len(text) <= INLINE else None, len(body))


def markdown(text: str) -> Markup:
    """A card's detail as HTML: its own HTML is shown as text, links lead out safely, pictures are not loaded."""
    from markupsafe import Markup

    return Markup(_renderer().render(text))  # noqa: S704 - the renderer escapes what it does not make


@cache
def _renderer() -> MarkdownIt:
    from markdown_it import MarkdownIt

    found = MarkdownIt("commonmark", {"html": False}).disable(["image"])
    found.add_render_rule("link_open", _open_link)
    return found


def _open_link(self, tokens, index, options, env):  # type: ignore[no-untyped-def]
    tokens[index].attrSet("rel", "noreferrer")
    return self.renderToken(tokens, index, options, env)
