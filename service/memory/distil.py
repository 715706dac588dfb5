"""What is kept of one answer: which checks came out how, and which cards were sent; no value, no name, no sentence."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from time import perf_counter

import msgspec
from starlette.background import BackgroundTask

from cds_hooks.facts import Facts, UnreadReason
from cds_hooks.findings import Finding, State
from cds_hooks.judged import Judged
from cds_hooks.judgement.knowledge.knowledge import Knowledge
from cds_hooks.presentation.canonical import card_code
from cds_hooks.presentation.silences.keep import described, topics_of
from cds_hooks.wire.response import Card
from service import __version__
from service.memory.entries import Answered, SentCard
from service.memory.keyed import new_id
from service.memory.memory import Memory
from service.site.site import InForce

States = Mapping[State, Sequence[str]]
NONE: States = {}
code_of = lru_cache(maxsize=1024)(card_code)  # of checks: there are a few hundred


class Asked(msgspec.Struct, frozen=True, gc=False):
    """Who asked what, and when that began. Patient and user are named only to be hashed."""

    service: str
    began: float
    patient: str
    user: str = ""
    server: str = ""
    hook: str = ""
    instance: str = ""
    sent: Collection[str] = ()
    absent: Collection[str] = ()


class Answer(msgspec.Struct, frozen=True, gc=False):
    """What was answered. Of a chart that is another patient's nothing was read or judged."""

    cards: tuple[Card, ...]
    facts: Facts | None = None
    judged: Judged | None = None


def once_sent(in_force: InForce, asked: Asked, answer: Answer, knowledge: Knowledge) -> BackgroundTask:
    """What is done when the answer is on its way: count it, with its unmapped codes, and keep what may be kept.

    Nobody's call comes between, for nothing in it waits; and where it fails, the caller has the answer all the same.
    """

    async def note() -> None:
        if answer.facts is not None:
            in_force.count(asked.patient, answer.facts.unmapped)
        remember(in_force, asked, answer, knowledge)

    return BackgroundTask(note)


def remember(in_force: InForce, asked: Asked, answer: Answer, knowledge: Knowledge) -> None:
    """Count one answer, and keep what may be kept of it."""
    memory, counting = in_force.memory, in_force.counting
    if not memory.is_on and not counting.is_on:
        return
    states: States = answer.judged.states() if answer.judged is not None else NONE
    if counting.is_on:
        counting.judged(asked.service, states, _unread(answer), [card.indicator for card in answer.cards])
    if memory.is_on:
        memory.remember(distil(memory, asked, answer, states, knowledge))


def _unread(answer: Answer) -> list[str]:
    """Why parts of the chart were not used; a result that a check holds back is one too."""
    unread = [one.reason for one in answer.facts.unread] if answer.facts is not None else []
    held = answer.judged.held if answer.judged is not None else ()
    return [*unread, *([UnreadReason.HELD] * len(held))]


def distil(memory: Memory, asked: Asked, answer: Answer, states: States, knowledge: Knowledge) -> Answered:
    """The entry that waits to be written."""
    judged = answer.judged
    patient, user = memory.patient(asked.server, asked.patient), memory.keyed.name("user", asked.user)
    return Answered(
        id=new_id(),
        at=datetime.now(UTC),
        service=asked.service,
        hook=asked.hook,
        instance=asked.instance,
        patient=patient,
        user=user,
        version=__version__,
        knowledge=knowledge.digest,
        code_map=knowledge.vocabulary.local.version,
        protocols=" ".join([f"{one.id}@{one.version}/{one.profile}" for one in judged.protocols]) if judged else "",
        raised=" ".join(states.get("raised", ())),
        unknown=" ".join(states.get("unknown", ())),
        clear=len(states.get("clear", ())),
        absent=" ".join(sorted(asked.absent)),
        sent=" ".join(sorted(asked.sent)),
        unread=" ".join(sorted(set(_unread(answer)))),
        cards=_cards(answer, _marks(memory, patient, user, answer, knowledge)),
        milliseconds=round(1000 * (perf_counter() - asked.began), 3),
    )


def _cards(answer: Answer, marks: Mapping[str, str]) -> tuple[SentCard, ...]:
    judged = answer.judged
    if judged is None:
        return tuple([_sent(card, {}, {}, marks) for card in answer.cards])
    versions = {used.id: used.version for used in judged.protocols}
    raised = {code_of(finding.check): finding for finding in judged.telling if finding.state == "raised"}
    return tuple([_sent(card, raised, versions, marks) for card in answer.cards])


def _sent(card: Card, raised: Mapping[str, Finding], versions: Mapping[str, str], marks: Mapping[str, str]) -> SentCard:
    topic = card.source.topic.code if card.source.topic is not None else ""
    lead = raised.get(topic)
    if lead is None:
        return SentCard(card.uuid, topic, card.indicator)
    version = versions.get(lead.protocol, "")
    return SentCard(card.uuid, topic, card.indicator, lead.check, lead.protocol, version, marks.get(topic, ""))


def _marks(memory: Memory, patient: str, user: str, answer: Answer, knowledge: Knowledge) -> dict[str, str]:
    """The mark of each problem that might stay silent one day, by the code of its card."""
    judged, facts = answer.judged, answer.facts
    if not (memory.silences and patient and user) or judged is None or facts is None:
        return {}
    mark = memory.marker(patient, user)
    return {code_of(topic.lead.check): mark(described(topic, facts)) for topic in topics_of(judged, knowledge)}
