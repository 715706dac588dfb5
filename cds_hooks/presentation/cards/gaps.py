"""What was not judged although it looks as if it should be: an unreadable medication list, a level without a target."""

from __future__ import annotations

from cds_hooks.facts import Facts, UnreadReason
from cds_hooks.findings import Considered
from cds_hooks.judged import Judged
from cds_hooks.judgement.knowledge.knowledge import Knowledge

_THERAPY_KINDS = ("medications", "statements", "administrations")
_LOST = (UnreadReason.MALFORMED, UnreadReason.MODIFIED)
_THERAPY_RESOURCES = ("MedicationRequest", "MedicationStatement", "MedicationAdministration")


def gaps_in_therapy(facts: Facts) -> list[str]:
    """What of the medication list could not be read: kinds with further pages, and orders of no certain drug."""
    pages = [kind for kind in _THERAPY_KINDS if kind in facts.incomplete]
    orders = [
        item.reference
        for item in facts.unread
        if item.reason in (UnreadReason.DRUG_UNKNOWN, UnreadReason.DRUG_CONFLICT)
        or (item.reason in _LOST and item.reference.startswith(_THERAPY_RESOURCES))
    ]
    return [*pages, *orders]


def partly_judged(judged: Judged, facts: Facts, knowledge: Knowledge) -> list[Considered]:
    """Protocols that only the patient's data keep from applying, where results wait for them.

    None of a drug that another protocol, chosen by the patient's data too, judges; what is judged beside any protocol
    only doubts a level.
    """
    partial = [line for line in judged.considered if line.in_part]
    if not partial:
        return []
    used = [knowledge.variants[protocol.id, protocol.profile] for protocol in judged.protocols]
    chosen = {drug for protocol in used if (rule := protocol.file.applies).way for drug in rule.taking}
    covered = {name for protocol in used if not protocol.file.applies.with_another for name in protocol.judged}
    waiting = {reading.analyte for reading in facts.readings} - covered
    return [
        line
        for line in partial
        if waiting & _judges(line.protocol, knowledge) and chosen.isdisjoint(_drugs_of(line.protocol, knowledge))
    ]


def _drugs_of(protocol: str, knowledge: Knowledge) -> tuple[str, ...]:
    file = knowledge.protocol(protocol)
    return file.applies.taking if file is not None else ()


def _judges(protocol: str, knowledge: Knowledge) -> frozenset[str]:
    file = knowledge.protocol(protocol)
    return knowledge.variants[protocol, file.default_profile].judged if file is not None else frozenset()
