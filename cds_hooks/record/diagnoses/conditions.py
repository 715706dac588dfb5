"""Diagnoses and procedures the vocabulary knows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from msgspec.structs import replace

from cds_hooks.facts import Condition, Moment, Unread, UnreadReason
from cds_hooks.record.diagnoses.certainty import Verdict, certainty_of, contradiction, is_past, judged, verification_of
from cds_hooks.record.fhir.concepts import codings_of, label_of, texts_of
from cds_hooks.record.fhir.datatypes import CodeableConcept
from cds_hooks.record.fhir.elements import Resource
from cds_hooks.record.moments import Calendar
from terminology.vocabulary import Vocabulary

_NOT_DONE = frozenset({"entered-in-error", "not-done", "preparation", "stopped"})


class Named(NamedTuple):
    """What the codes of a Condition mean: each concept with what its codings make of it, and codes misfiled."""

    verdicts: Mapping[str, Verdict]
    misfiled: tuple[str, str] | None  # a code, and the edition of ICD-10 that has it


def read_condition(
    reference: str, resource: Resource, vocabulary: Vocabulary, calendar: Calendar
) -> Sequence[Condition | Unread]:
    """A Condition as the concepts it means; empty when it is not one of ours, refuted or entered in error.

    An operation without a known code is read by its whole name.

    Only what is confirmed, or says nothing of its verification, counts as recorded: a suspicion neither forbids nor
    permits a treatment, so it is told instead. So is a diagnosis whose own text says that it is another's.
    """
    verification = verification_of(resource.verificationStatus)
    if verification.dropped:
        return ()
    named, label = _named(resource.code, vocabulary), label_of(resource.code)
    if not named.verdicts and named.misfiled is None:
        named = Named(dict.fromkeys(vocabulary.operation(texts_of(resource.code)), judged(frozenset())), None)
    active = not is_past(resource.clinicalStatus) and not _has_abated(resource)
    onset, recorded = _onset(resource, calendar), calendar.known(resource.recordedDate or resource.assertedDate)
    if not named.verdicts and named.misfiled is None:
        missed = _missed(reference, label, resource.code, vocabulary)
        return [replace(one, effective=onset or recorded, past=not active) for one in missed]
    if named.misfiled is not None and not named.verdicts:
        return [_misfiled(reference, label, *named.misfiled)]
    kept = [concept for concept, verdict in named.verdicts.items() if verdict != "refuted"]
    if verification.doubtful and kept:
        detail = f"verificationStatus is {verification.word}: it does not count as recorded"
        return [Unread(reference, label, UnreadReason.STATUS, detail, concepts=tuple(kept), past=not active)]
    found: dict[Condition | Unread, None] = {}
    for concept in kept:
        verdict = named.verdicts[concept]
        doubt = _doubt(reference, label, concept, verdict, resource.code)
        found[doubt or Condition(concept, reference, label, onset, active and verdict != "past", recorded)] = None
    return list(found)


def read_procedure(reference: str, resource: Resource, vocabulary: Vocabulary, calendar: Calendar) -> list[Condition]:
    """A Procedure as the concepts its code, else its whole name, means; empty when not done or not one of ours."""
    if resource.status in _NOT_DONE:
        return []
    period = resource.performedPeriod or resource.occurrencePeriod
    day = resource.performedDateTime or resource.occurrenceDateTime
    performed = calendar.known(day or ((period.end or period.start) if period else None))
    coded = vocabulary.conditions([(system, code) for system, code, _ in codings_of(resource.code)])
    concepts = coded or vocabulary.operation(texts_of(resource.code))
    label = label_of(resource.code) if concepts else ""
    return [Condition(concept, reference, label, performed, True) for concept in concepts]


def _named(code: CodeableConcept | None, vocabulary: Vocabulary) -> Named:
    """Each coding is as certain as it says itself; one that says nothing is as certain as those of its meaning do,
    else as all the others together: codings of one Condition are translations of each other.
    """
    own: dict[str, frozenset[str]] = {}
    silent: list[str] = []
    everything: frozenset[str] = frozenset()
    misfiled = None
    for coding in (code.coding if code else None) or ():
        if not coding.system or not coding.code:
            continue
        diagnosis = vocabulary.diagnosis(coding.system, coding.code)
        letters = certainty_of(coding, diagnosis.certainty)
        everything |= letters
        if diagnosis.edition is not None:
            misfiled = misfiled or (coding.code.strip(), diagnosis.edition)
        for concept in diagnosis.concepts:
            if letters:
                own[concept] = own.get(concept, frozenset()) | letters
            else:
                silent.append(concept)
    verdicts = {concept: judged(own.get(concept, everything)) for concept in (*silent, *own)}
    return Named(verdicts, misfiled)


def _doubt(reference: str, label: str, concept: str, verdict: Verdict, code: CodeableConcept | None) -> Unread | None:
    """Why a diagnosis does not count, though its code says it; None when it does."""
    if verdict == "doubtful":
        detail = "its code is marked as suspected, or as ruled out and not: it does not count as recorded"
        return Unread(reference, label, UnreadReason.STATUS, detail, concepts=(concept,))
    text = contradiction(concept, code)
    if text is None:
        return None
    detail = f"the text says '{text}', the code means {concept.replace('-', ' ')}: it does not count as recorded"
    return Unread(reference, label, UnreadReason.CODE_CONFLICT, detail, concepts=(concept,))


def _missed(reference: str, label: str, code: CodeableConcept | None, vocabulary: Vocabulary) -> Sequence[Unread]:
    """A diagnosis that we know by its name, or by a code without system, alone: said, never taken for one."""
    bare = [one.code.strip() for one in (code.coding if code else None) or () if one.code and not one.system]
    meant = [vocabulary.diagnosis_anywhere(one) for one in bare]
    meant += [vocabulary.diagnosis_named(text) for text in texts_of(code)]
    concepts = tuple(dict.fromkeys(concept for found in meant for concept in found))
    if not concepts:
        return ()
    detail = "no code of ICD-10 or SNOMED CT known here says so with its system: it does not count as recorded"
    return [Unread(reference, label, UnreadReason.CODE_UNKNOWN, detail, concepts=concepts)]


def _misfiled(reference: str, label: str, code: str, edition: str) -> Unread:
    detail = f"'{code}' is no code of WHO's ICD-10 but one of {edition}: send it with the system of its edition"
    return Unread(reference, label, UnreadReason.CODE_UNKNOWN, detail)


def _onset(resource: Resource, calendar: Calendar) -> Moment | None:
    period = resource.onsetPeriod
    return calendar.known(resource.onsetDateTime or (period.start if period else None))


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
