"""Diagnoses and procedures the vocabulary knows, and the organs they say are gone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import msgspec

from cds_hooks.facts import Condition, Moment, Unread, UnreadReason
from cds_hooks.record.concepts import codings_of, label_of
from cds_hooks.record.elements import CodeableConcept, Coding, Extension, Resource
from cds_hooks.record.moments import Calendar
from terminology.vocabulary import Vocabulary

_PAST = frozenset({"inactive", "remission", "resolved"})
_DROPPED = frozenset({"refuted", "entered-in-error"})
_UNCONFIRMED = frozenset({"unconfirmed", "provisional", "differential", "unknown"})
_NOT_DONE = frozenset({"entered-in-error", "not-done", "preparation", "stopped"})
# The certainty that German diagnosis codes carry, as a status: ruled out, suspected; confirmed codes say nothing more.
_CERTAINTY = "http://fhir.de/StructureDefinition/icd-10-gm-diagnosesicherheit"
_CERTAINTIES: Mapping[str, str] = {"A": "refuted", "V": "provisional"}
_STATUS_AFTER = "Z"
# Only what surely takes the whole organ: not a prostatectomy of unnamed kind, nor a hysterectomy that leaves a stump.
_REMOVED: Mapping[str, str] = {
    "hysterectomy": "uterus",
    "oophorectomy": "ovaries",
    "orchiectomy": "testes",
    "radical-prostatectomy": "prostate",
}


def read_condition(
    reference: str, resource: Resource, vocabulary: Vocabulary, calendar: Calendar
) -> list[Condition] | Unread:
    """A Condition as the concepts it means; empty when it is not one of ours, refuted or entered in error.

    Only what is confirmed, or says nothing of its verification, counts as recorded: a suspicion neither forbids nor
    permits a treatment, so it is told instead.
    """
    certainties = _certainties(resource.code)
    verification = _codes(resource.verificationStatus) | {
        _CERTAINTIES[one] for one in certainties & _CERTAINTIES.keys()
    }
    if not verification.isdisjoint(_DROPPED):
        return []
    past = not _PAST.isdisjoint(_codes(resource.clinicalStatus)) or _STATUS_AFTER in certainties
    active = not past and not _has_abated(resource)
    period = resource.onsetPeriod
    onset = calendar.known(resource.onsetDateTime or (period.start if period else None))
    found = _conditions(reference, resource, vocabulary, onset, active)
    doubt = next(iter(sorted(verification & _UNCONFIRMED)), None)
    if doubt is None or not found:
        return found
    detail = f"verificationStatus is {doubt}: it does not count as recorded"
    return Unread(reference, found[0].code, UnreadReason.STATUS, detail)


def read_procedure(reference: str, resource: Resource, vocabulary: Vocabulary, calendar: Calendar) -> list[Condition]:
    """A Procedure as the concepts it means; empty when it was not done or is not one of ours."""
    if resource.status in _NOT_DONE:
        return []
    period = resource.performedPeriod
    performed = calendar.known(resource.performedDateTime or ((period.end or period.start) if period else None))
    return _conditions(reference, resource, vocabulary, performed, True)


def organs_removed(conditions: Iterable[Condition]) -> tuple[str, ...]:
    """Organs that a diagnosis or procedure says are absent; an operation is not undone by its status."""
    return tuple(dict.fromkeys(_REMOVED[one.concept] for one in conditions if one.concept in _REMOVED))


def _conditions(
    reference: str, resource: Resource, vocabulary: Vocabulary, onset: Moment | None, active: bool
) -> list[Condition]:
    concepts = vocabulary.conditions([(system, code) for system, code, _ in codings_of(resource.code)])
    label = label_of(resource.code) if concepts else ""
    return [Condition(concept, reference, label, onset, active) for concept in concepts]


def _codes(status: CodeableConcept | str | None) -> frozenset[str]:
    """The status codes: R4 wraps them in a concept, STU3 writes one plainly."""
    if isinstance(status, CodeableConcept):
        return frozenset(coding.code for coding in status.coding or () if coding.code)
    return frozenset({status} if status else ())


def _has_abated(resource: Resource) -> bool:
    ends = (
        resource.abatementDateTime,
        resource.abatementAge,
        resource.abatementPeriod,
        resource.abatementRange,
        resource.abatementString,
        resource.abatementBoolean,
    )
    return any(bytes(end) not in (b"", b"null", b"false") for end in ends)


def _certainties(concept: CodeableConcept | None) -> frozenset[str]:
    codings = (concept.coding if concept else None) or ()
    return frozenset(code for coding in codings if bytes(coding.extension) for code in _certainty(coding))


def _certainty(coding: Coding) -> Iterable[str]:
    try:
        found = _EXTENSIONS.decode(coding.extension)
    except msgspec.ValidationError:
        return ()
    return [
        one.valueCoding.code.strip().upper()
        for one in found or ()
        if one.url == _CERTAINTY and one.valueCoding is not None and one.valueCoding.code
    ]


_EXTENSIONS = msgspec.json.Decoder(list[Extension] | None)
