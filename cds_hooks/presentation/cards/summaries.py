"""The one sentence of a card that is always read; plain text, fewer than 140 characters."""

from __future__ import annotations

from collections.abc import Sequence

from cds_hooks.findings import Draw, Evidence, Finding
from cds_hooks.judged import Judged
from cds_hooks.presentation.cards.detail import reason
from cds_hooks.presentation.cards.topics import Topic, about
from cds_hooks.presentation.markdown import plain
from cds_hooks.presentation.silences.said import silent_names
from cds_hooks.presentation.wording import Words, list_that_fits, name, reported, when
from cds_hooks.wire.response import SUMMARY_LIMIT, cut, length

_NAMES = 60  # room for the names of what was not evaluated, so that the reason still fits


def of_finding(finding: Finding) -> str:
    """What the leading finding says."""
    return plain(finding.summary) or finding.check


def of_unknown(words: Words, findings: Sequence[Finding]) -> str:
    """Which tests could not be judged, and why for the most urgent one."""
    subjects = dict.fromkeys([name(words, subject) for finding in findings for subject in about(finding)])
    listed = list_that_fits([plain(subject) for subject in subjects], words["and_more"], _NAMES)
    cause = plain(reason(findings[0]))
    return cut(words["not_evaluated"].format(names=listed, reason=cause[:1].upper() + cause[1:]).strip(), SUMMARY_LIMIT)


def of_more(words: Words, topics: Sequence[Topic]) -> str:
    """How many findings stand on no card of their own, and what they are about."""
    count = sum([len(topic.findings) for topic in topics])
    template = words["one_more_finding" if count == 1 else "more_findings"]
    subjects = [plain(name(words, topic.name)) for topic in topics]
    room = SUMMARY_LIMIT - length(template.format(count=count, names=""))
    return template.format(count=count, names=list_that_fits(subjects, words["and_more"], room))


def of_silent(words: Words, judged: Judged) -> str:
    """What stays silent, by name."""
    room = SUMMARY_LIMIT - length(words["silent_only"].format(names=""))
    names = [plain(name) for name in silent_names(words, judged)]
    return words["silent_only"].format(names=list_that_fits(names, words["and_more"], room))


def of_in_range(words: Words, results: Sequence[Evidence], noted: Sequence[Finding], draws: Sequence[Draw]) -> str:
    """What is in range, with values, and the next draw."""
    draw = min(draws, key=lambda draw: draw.due) if draws else None
    if results:
        return _values(words, results, draw)
    if draw is not None:
        template, moment = words["next_draw_only"], when(words, draw)
        room = SUMMARY_LIMIT - length(template.format(when=moment, analytes=""))
        analytes = list_that_fits([name(words, analyte) for analyte in draw.analytes], words["and_more"], room)
        return template.format(when=moment, analytes=analytes)
    if len(noted) == 1:
        return of_finding(noted[0])
    subjects = dict.fromkeys([plain(name(words, finding.topic or finding.check)) for finding in noted])
    room = SUMMARY_LIMIT - length(words["noted"].format(names=""))
    return words["noted"].format(names=list_that_fits(list(subjects), words["and_more"], room))


def _values(words: Words, results: Sequence[Evidence], draw: Draw | None) -> str:
    tail = f" {words['next_draw'].format(when=when(words, draw))}" if draw else ""
    room = SUMMARY_LIMIT - length(tail) - length(words["in_range"].format(values=""))
    values = [plain(f"{name(words, item.analyte)} {reported(item)}") for item in results]
    return words["in_range"].format(values=list_that_fits(values, words["and_more"], room)) + tail
