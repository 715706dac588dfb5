"""Findings seen from the orders that are being written: what concerns them, and which could not be read."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from msgspec.structs import replace

from cds_hooks.facts import Facts, Therapy, Unread, UnreadReason
from cds_hooks.findings import Finding
from cds_hooks.judged import Judged
from cds_hooks.judgement.knowledge.knowledge import Knowledge
from cds_hooks.presentation.canonical import card_code
from cds_hooks.presentation.cards.cards import pooled_card
from cds_hooks.presentation.cards.detail import closed
from cds_hooks.presentation.cards.gaps import gaps_in_therapy
from cds_hooks.presentation.cards.occasion import Occasion, occasion
from cds_hooks.presentation.markdown import escape, fill
from cds_hooks.wire.response import Card

_NAMED = 5  # drafts named on a card


def planned_drugs(facts: Facts) -> list[Therapy]:
    """The drugs of the drafts."""
    return [one for one in facts.therapies if one.planned and one.reference in facts.drafts]


def is_heard(facts: Facts, knowledge: Knowledge) -> bool:
    """Whether a draft is of a drug monitored here, or nobody can tell of which; other orders are nobody's business."""
    if any(one.reference in facts.drafts for one in facts.unread):
        return True
    names = {name for drug in planned_drugs(facts) for name in drug.names}
    return bool(names) and any(not file.ordered.isdisjoint(names) for file in knowledge.protocols)


def about_drafts(judged: Judged, facts: Facts, knowledge: Knowledge) -> Judged:
    """The findings of protocols for the drugs being ordered or for any drug, and every critical one."""
    names = {name for drug in planned_drugs(facts) for name in drug.names}
    telling = [one for one in judged.telling if one.urgency == "critical" or _concerns(one, names, knowledge)]
    return replace(judged, telling=tuple(telling))


def with_unread_drafts(
    cards: tuple[Card, ...], facts: Facts, knowledge: Knowledge, scene: Mapping[str, Any]
) -> tuple[Card, ...]:
    """The cards, with one after the critical ones that says which drafts could not be read."""
    lost = [one for one in facts.unread if one.reference in facts.drafts]
    lost = [one for one in lost if one.reason is not UnreadReason.OTHER_PATIENT]
    if not lost:
        return cards
    if facts.drafts.issuperset(gaps_in_therapy(facts)):
        cards = tuple([card for card in cards if card.kind != card_code("THERAPY_UNCLEAR")])
    first = sum(card.indicator == "critical" for card in cards)
    told = _unread_card(occasion(knowledge, scene["namespace"], scene.get("service_version")), lost)
    return (*cards[:first], told, *cards[first:])


def _unread_card(scene: Occasion, lost: Collection[Unread]) -> Card:
    words = scene.words
    lines = [
        fill(words["draft_unread_line"], draft=escape(one.reference), reason=_reason(scene, one))
        for one in list(lost)[:_NAMED]
    ]
    template = words["draft_unread_one" if len(lost) == 1 else "draft_unread"]
    summary = template.format(count=len(lost))
    parts = [one.reference for one in lost]
    return pooled_card(scene, "draft_unread", summary, "warning", closed(scene, lines), parts=parts)


def _reason(scene: Occasion, one: Unread) -> str:
    # What a decoder says of a misfit is for programs.
    return scene.words["draft_malformed"] if one.reason is UnreadReason.MALFORMED else one.detail


def _concerns(finding: Finding, names: Collection[str], knowledge: Knowledge) -> bool:
    file = knowledge.protocol(finding.protocol)
    return file is not None and (file.applies.with_another or not file.ordered.isdisjoint(names))
