"""What a clinician settled or saw before may stay silent: only as the site allows, never critical, and always said.

Memory is the service's; here it is an argument. What is compared is a keyed hash, so that nothing of a chart is kept.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date

import msgspec
from msgspec.structs import replace

from cds_hooks.facts import Facts, Therapy
from cds_hooks.findings import URGENCIES, Draw, Evidence, Silenced, Urgency
from cds_hooks.judged import Judged
from cds_hooks.judgement.knowledge.knowledge import Knowledge
from cds_hooks.presentation.cards.layout import asking
from cds_hooks.presentation.cards.topics import Topic, raised, split_topics
from cds_hooks.presentation.overrides import override_reasons
from cds_hooks.presentation.wording import Words, day


class Past(msgspec.Struct, frozen=True, gc=False):
    """A card that this user saw about this patient. `reason` is the code of an override; empty: it was only shown."""

    mark: str
    urgency: Urgency
    on: date
    until: date
    reason: str = ""


class Remembered(msgspec.Struct, frozen=True, gc=False):
    """What may keep a card silent. `mark` makes the keyed hash of patient, user and what a card rests on."""

    mark: Callable[[str], str]
    cards: tuple[Past, ...] = ()


def keep_silent(judged: Judged, facts: Facts, knowledge: Knowledge, remembered: Remembered | None) -> Judged:
    """The judgement with what is remembered added to `silenced`, and without the draws that only that asked for.

    A problem stays silent while its checks, results and therapies are those the card was about and its urgency is no
    worse. Critical is never silent, and nothing is while a drug is about to be ordered.
    """
    if remembered is None or not remembered.cards or _is_ordering(facts):
        return judged
    silent = tuple(_silent(judged, facts, knowledge, remembered))
    if not silent:
        return judged
    checks = {quiet.check for quiet in silent}
    draws = tuple([draw for draw in judged.draws if not _only_for(draw, checks)])
    return replace(judged, silenced=(*judged.silenced, *silent), draws=draws)


def topics_of(judged: Judged, knowledge: Knowledge) -> list[Topic]:
    """The problems that may have a card of their own."""
    return split_topics(raised(judged), knowledge.no_change)[0]


def described(topic: Topic, facts: Facts) -> str:
    """What a problem rests on, as one text: the same only while checks, results and therapies are the same."""
    checks = {f"{finding.protocol} {finding.check}" for finding in topic.findings}
    results = {_result(item) for finding in topic.findings for item in finding.evidence}
    therapies = {_therapy(therapy) for therapy in facts.therapies}
    return "\n".join((topic.name, *sorted(checks), *sorted(results), *sorted(therapies)))


def _silent(judged: Judged, facts: Facts, knowledge: Knowledge, remembered: Remembered) -> Iterator[Silenced]:
    known: dict[str, Past] = {}
    for card in sorted(remembered.cards, key=lambda card: (card.until, card.on)):
        known[card.mark] = card
    for topic in topics_of(judged, knowledge):
        past = known.get(remembered.mark(described(topic, facts)))
        if past is not None and topic.rank > 0 and _is_no_worse(topic.lead.urgency, past.urgency):
            reason = _reason(knowledge.words, past)
            for finding in topic.findings:
                yield Silenced(finding.check, finding.protocol, reason, until=past.until)


def _is_ordering(facts: Facts) -> bool:
    """Whether an order is being written, of a drug or of what nobody could read."""
    return bool(facts.drafts) or any(therapy.planned for therapy in facts.therapies)


def _is_no_worse(now: Urgency, before: Urgency) -> bool:
    return URGENCIES.index(now) <= URGENCIES.index(before)


def _reason(words: Words, past: Past) -> str:
    days = {"day": day(words, past.on), "until": day(words, past.until)}
    if not past.reason:
        return words["silent_shown"].format(**days)
    displays = {coding.code: coding.display for coding in override_reasons(words)}
    return words["silent_overridden"].format(**days, reason=displays.get(past.reason) or past.reason)


def _only_for(draw: Draw, checks: set[str]) -> bool:
    """Whether only silent checks ask for the draw; a scheduled visit asks for itself."""
    asked = [name for name in asking(draw) if name in checks]
    return draw.visit is None and len(asked) == len(draw.reasons) > 0


def _result(item: Evidence) -> str:
    # Without the resource's id: the same result of the same day may come with another in the next export.
    return f"{item.analyte} {item.comparator or ''}{item.value} {item.unit} {item.canonical} {item.effective}"


def _therapy(one: Therapy) -> str:
    since = one.start.text if one.start is not None else None
    until = one.end.text if one.end is not None else None
    return f"{one.ingredients} {one.form} {one.strength} {one.route} {one.dose} {one.interval_hours} {since} {until}"
