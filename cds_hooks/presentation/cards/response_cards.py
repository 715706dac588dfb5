"""The cards of the service that is asked why a therapy does not work: danger first, then the whole differential."""

from __future__ import annotations

import uuid

from cds_hooks.facts import Facts
from cds_hooks.judged import Judged
from cds_hooks.judgement.knowledge.knowledge import Knowledge
from cds_hooks.presentation.cards.cards import (
    left_out_cards,
    not_evaluated_card,
    pooled_card,
    silent_card,
    therapy_unclear_card,
    topic_card,
)
from cds_hooks.presentation.cards.detail import closed
from cds_hooks.presentation.cards.differential import OWN_CARDS, full
from cds_hooks.presentation.cards.gaps import gaps_in_therapy, partly_judged
from cds_hooks.presentation.cards.layout import lay_out
from cds_hooks.presentation.cards.occasion import Occasion, occasion_for
from cds_hooks.presentation.cards.topics import Topic
from cds_hooks.presentation.markdown import fill
from cds_hooks.wire.response import Card


def present_response(
    judged: Judged,
    facts: Facts,
    knowledge: Knowledge,
    *,
    public_url: str | None,
    namespace: uuid.UUID,
    service_version: str | None = None,
    has_app: bool = False,
) -> tuple[Card, ...]:
    """A card wherever a therapy was judged: silence would not tell a clinician who asked."""
    scene = occasion_for(judged, facts, knowledge, public_url, namespace, service_version, has_app)
    everything = len(judged.telling) + 1
    layout = lay_out(judged, everything, knowledge.no_change)
    first = frozenset(one.id for one in judged.differential if one.kind in OWN_CARDS)
    cards = [topic_card(scene, topic, layout) for topic in layout.topics if _leads(topic, first)]
    cards.extend(left_out_cards(scene, judged, facts))
    if not judged.protocols and (gaps := gaps_in_therapy(facts)):
        cards.append(therapy_unclear_card(scene, gaps))
    if judged.discordances or _is_treated(judged, facts, knowledge):
        cards.append(_differential_card(scene, judged))
    partial = partly_judged(judged, facts, knowledge)
    if layout.unknown or partial:
        cards.append(not_evaluated_card(scene, layout.unknown, partial))
    if scene.silent:
        cards.append(silent_card(scene, judged))
    if (because := _barred(judged)) is not None:
        cards.append(_barred_card(scene, because))
    return tuple(cards)


def _barred(judged: Judged) -> str | None:
    """The one reason for which no protocol at all may apply: the patient's age, or death."""
    reasons = {line.because for line in judged.considered if not judged.protocols}
    return reasons.pop() if len(reasons) == 1 and len(judged.considered) > 1 else None


def _barred_card(scene: Occasion, because: str) -> Card:
    said = scene.words["barred"].format(because=because)
    return pooled_card(scene, "not_evaluated", said, "info", closed(scene, [fill(scene.words["barred_line"])]))


def _is_treated(judged: Judged, facts: Facts, knowledge: Knowledge) -> bool:
    """Whether a drug is on the list that one of the protocols judged is about."""
    files = [knowledge.protocol(used.id) for used in judged.protocols]
    drugs = {name for file in files if file is not None for name in file.drugs}
    return any(not drugs.isdisjoint((*one.ingredients, *one.classes)) for one in facts.therapies if not one.planned)


def _leads(topic: Topic, first: frozenset[str]) -> bool:
    """Critical, a doubt about the data, or a check that the differential puts before everything else."""
    return topic.rank <= 1 or any(finding.check in first for finding in topic.findings)


def _differential_card(scene: Occasion, judged: Judged) -> Card:
    words = scene.words
    if judged.discordances:
        summary, lines = full(words, judged)
    else:
        summary, lines = words["differential_none"], [fill(words["differential_none_line"])]
    parts = [one.id for one in judged.differential]
    return pooled_card(scene, "differential", summary, "info", closed(scene, lines), parts=parts)
