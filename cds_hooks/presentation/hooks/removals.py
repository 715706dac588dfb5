"""The offer to remove a draft that a critical finding is about: never recommended, and never a change of dose."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator

from msgspec.structs import replace

from cds_hooks.facts import Facts, Therapy
from cds_hooks.findings import Finding
from cds_hooks.judged import Judged
from cds_hooks.judgement.knowledge.knowledge import Knowledge
from cds_hooks.presentation.canonical import card_code
from cds_hooks.presentation.cards.occasion import name_based_uuid
from cds_hooks.presentation.cards.topics import raised
from cds_hooks.presentation.hooks.drafts import planned_drugs
from cds_hooks.wire.response import Action, Card, Suggestion

_REFERENCE = re.compile(r"MedicationRequest/[A-Za-z0-9.-]{1,64}")  # a draft without an id of its own cannot be named


def with_removals(
    cards: tuple[Card, ...], judged: Judged, facts: Facts, knowledge: Knowledge, namespace: uuid.UUID
) -> tuple[Card, ...]:
    """The cards; critical ones offer to remove each draft that concerns their finding's protocol."""
    drafts = list(_removable(facts))
    critical = {card_code(finding.check): finding for finding in raised(judged) if finding.urgency == "critical"}
    return tuple([_with_removals(card, critical.get(card.kind), drafts, knowledge, namespace) for card in cards])


def _removable(facts: Facts) -> Iterator[Therapy]:
    """Each draft once. Where an order in force is rewritten under its own id, to delete the one deletes the other."""
    in_force = {one.reference for one in facts.therapies if not one.planned}
    drafts = {one.reference: one for one in reversed(planned_drugs(facts)) if _REFERENCE.fullmatch(one.reference)}
    return (one for one in reversed(drafts.values()) if one.reference not in in_force)


def _with_removals(
    card: Card, finding: Finding | None, drafts: list[Therapy], knowledge: Knowledge, namespace: uuid.UUID
) -> Card:
    if finding is None or card.indicator != "critical":
        return card
    offers = tuple(_removals(card, finding, drafts, knowledge, namespace))
    return replace(card, suggestions=(*card.suggestions, *offers)) if offers else card


def _removals(
    card: Card, finding: Finding, drafts: list[Therapy], knowledge: Knowledge, namespace: uuid.UUID
) -> Iterator[Suggestion]:
    file, words = knowledge.protocol(finding.protocol), knowledge.words
    for draft in drafts:
        if file is None or file.ordered.isdisjoint(draft.names):
            continue
        description = words["removal_description"].format(drug=draft.drug, reason=card.summary)
        yield Suggestion(
            label=words["removal_label"].format(drug=draft.drug),
            isRecommended=False,
            uuid=name_based_uuid(namespace, f"removal|{draft.reference}|{finding.check}"),
            actions=(Action(type="delete", description=description, resourceId=draft.reference),),
        )
