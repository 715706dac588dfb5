"""How names, amounts, days and lists read, in the words of the knowledge."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal

from cds_hooks.facts import Mapped
from cds_hooks.findings import Draw, Evidence, Slot
from cds_hooks.wire.response import SUMMARY_LIMIT, length

Words = Mapping[str, str]


def name(words: Words, key: str) -> str:
    """What a clinician calls an analyte, a topic or a kind of data."""
    return words.get(f"name_{key}") or key.replace("_", " ")


def card_title(words: Words, check: str, topic: str) -> str:
    """What a kind of card is called: `MT-HCT-01 hematocrit`."""
    return f"{check} {name(words, topic)}"


def names(words: Words, keys: Iterable[str]) -> str:
    """Several names, each once, in the order given."""
    return ", ".join(dict.fromkeys(name(words, key) for key in keys))


def number(value: Decimal) -> str:
    """Digits as written, never an exponent."""
    return format(value, "f")


def reported(evidence: Evidence) -> str:
    """The result as the chart wrote it, else in the canonical unit, else nothing."""
    if evidence.value is None:
        return evidence.canonical or ""
    parts = (evidence.comparator, number(evidence.value), evidence.unit)
    return " ".join([part for part in parts if part])


def amount(evidence: Evidence) -> str:
    """The result as written, and in the canonical unit when that reads differently."""
    written, canonical = reported(evidence), evidence.canonical
    return written if canonical is None or canonical == written else f"{written} (= {canonical})"


def reading(words: Words, evidence: Evidence) -> str:
    """One result with its day and draw timing, and what of it only the site's code map made readable."""
    timing = evidence.timing and words.get(f"timing_{evidence.timing}")
    result = f"{name(words, evidence.analyte)} {amount(evidence)}".rstrip()
    parts = (result, (evidence.effective or "").replace("T", " "), timing, *mapped(words, evidence))
    return ", ".join([part for part in parts if part])


def mapped(words: Words, evidence: Evidence) -> list[str]:
    """`mapped from local code HCT of http://lab.example (map version 3)`, and the same of a unit."""
    return [_mapped(words, item) for item in evidence.mapped]


def _mapped(words: Words, item: Mapped) -> str:
    by = item.system if item.kind == "laboratory" else item.code
    template = words[f"mapped_{item.kind}" if by else f"mapped_{item.kind}_bare"]
    return template.format(code=item.code, system=item.system, version=item.version)


def day(words: Words, moment: date) -> str:
    """`Thu 2026-12-03`: weekdays matter for dosing, and only this order of a date cannot be misread."""
    return f"{words['weekdays'].split()[moment.weekday()]} {moment.isoformat()[:10]}"


def hours(slot: Slot) -> str:
    """`07:00–11:00`, with the later day when the slot passes midnight."""
    end = _clock(slot.end) if slot.end.date() == slot.start.date() else slot.end.isoformat(" ", "minutes")
    return f"{_clock(slot.start)}–{end}"


def when(words: Words, draw: Draw) -> str:
    """The proposed day, and the hours when dosing decides them."""
    if draw.slot is None:
        return day(words, draw.due)
    return f"{day(words, draw.slot.start)} {hours(draw.slot)}"


def list_that_fits(items: Sequence[str], more: str, room: int = SUMMARY_LIMIT) -> str:
    """As many items as fit, the rest counted by `more` ("{count} more")."""
    for shown in range(len(items), 0, -1):
        rest = len(items) - shown
        text = ", ".join([*items[:shown], *([more.format(count=rest)] if rest else [])])
        if length(text) <= room:
            return text
    return more.format(count=len(items))


def _clock(moment: datetime) -> str:
    return moment.isoformat(timespec="minutes")[11:16]
