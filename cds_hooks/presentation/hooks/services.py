"""Each service's way of laying out cards. `scene` is what `present_cards` takes by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from msgspec.structs import replace

from cds_hooks.facts import Facts
from cds_hooks.findings import Finding
from cds_hooks.judged import Judged
from cds_hooks.judgement.knowledge.knowledge import Knowledge
from cds_hooks.presentation.canonical import card_code
from cds_hooks.presentation.cards.cards import present_cards
from cds_hooks.presentation.cards.response_cards import present_response
from cds_hooks.presentation.cards.topics import SCHEDULE, Checks
from cds_hooks.presentation.hooks.drafts import about_drafts, is_heard, with_unread_drafts
from cds_hooks.presentation.hooks.removals import with_removals
from cds_hooks.wire.discovery import ENCOUNTER_START, ORDER_SELECT, ORDER_SIGN, PATIENT_VIEW, REFILL, RESPONSE
from cds_hooks.wire.response import Card

Present = Callable[..., tuple[Card, ...]]
_IN_RANGE, _NOT_EVALUATED = card_code("IN_RANGE"), card_code("NOT_EVALUATED")


def present_encounter(judged: Judged, facts: Facts, knowledge: Knowledge, **scene: Any) -> tuple[Card, ...]:
    """As when the chart is opened, and every overdue draw has a card."""
    return present_cards(judged, facts, knowledge, insisting=_overdue(knowledge), **scene)


def present_selection(judged: Judged, facts: Facts, knowledge: Knowledge, **scene: Any) -> tuple[Card, ...]:
    """What concerns the orders that were selected; that all is well is said only where a test is due."""
    if not is_heard(facts, knowledge):
        return ()
    cards = present_cards(about_drafts(judged, facts, knowledge), facts, knowledge, **scene)
    told = tuple([card for card in cards if card.kind != _IN_RANGE or _asks_for_a_test(card)])
    return with_unread_drafts(told, facts, knowledge, scene)


def present_signature(judged: Judged, facts: Facts, knowledge: Knowledge, **scene: Any) -> tuple[Card, ...]:
    """Only what may keep a hand from signing: critical findings and warnings, no reminders.

    That a safety test is overdue, or missing before the first dose, is a warning; what else is due only reminds. What
    was not evaluated for want of data nobody sent is a warning too: an empty answer reads as all clear.
    """
    if not is_heard(facts, knowledge):
        return ()
    about = about_drafts(judged, facts, knowledge)
    urgent = replace(about, telling=tuple([finding for finding in about.telling if not _only_reminds(finding)]))
    hindered = _lacks_data(about, facts)
    cards = [_warning(card, hindered) for card in present_cards(urgent, facts, knowledge, **scene)]
    return with_unread_drafts(tuple([card for card in cards if card.indicator != "info"]), facts, knowledge, scene)


def _warning(card: Card, hindered: bool) -> Card:
    return replace(card, indicator="warning") if hindered and card.kind == _NOT_EVALUATED else card


def _only_reminds(finding: Finding) -> bool:
    return finding.topic == SCHEDULE and finding.urgency == "info"


def _lacks_data(about: Judged, facts: Facts) -> bool:
    """Whether only part of the history came, or a check that could keep a hand from signing lacks a kind of data."""
    return bool(facts.incomplete) or any(
        finding.state == "unknown" and finding.urgency != "info" and any(map(_is_absence, finding.blocked_by))
        for finding in about.telling
    )


def _is_absence(obstacle: str) -> bool:
    return obstacle.endswith(" absent")


def present_removable(judged: Judged, facts: Facts, knowledge: Knowledge, **scene: Any) -> tuple[Card, ...]:
    """The same, where critical cards also offer to remove the draft they are about."""
    cards = present_signature(judged, facts, knowledge, **scene)
    return with_removals(cards, judged, facts, knowledge, scene["namespace"])


def present_refill(judged: Judged, facts: Facts, knowledge: Knowledge, **scene: Any) -> tuple[Card, ...]:
    """What is overdue and what is not safe; and what was not evaluated, where only part of the history was supplied."""
    if not is_heard(facts, knowledge):
        return ()
    overdue, about = _overdue(knowledge), about_drafts(judged, facts, knowledge)
    reminding = {card_code(finding.check) for finding in about.telling if _reminds(finding, overdue)}
    reminding |= {_NOT_EVALUATED} if facts.incomplete else set()
    cards = present_cards(about, facts, knowledge, insisting=overdue, **scene)
    told = tuple([card for card in cards if card.indicator != "info" or card.kind in reminding])
    return with_unread_drafts(told, facts, knowledge, scene)


PRESENT: Mapping[str, Present] = {
    PATIENT_VIEW: present_cards,
    ORDER_SELECT: present_selection,
    ORDER_SIGN: present_signature,
    REFILL: present_refill,
    ENCOUNTER_START: present_encounter,
    RESPONSE: present_response,
}


def _overdue(knowledge: Knowledge) -> Checks:
    return frozenset(name for file in knowledge.protocols for name in file.overdue)


def _asks_for_a_test(card: Card) -> bool:
    return any(offer.isRecommended for offer in card.suggestions)


def _reminds(finding: Finding, overdue: Checks) -> bool:
    return finding.topic == SCHEDULE or (finding.protocol, finding.check) in overdue
