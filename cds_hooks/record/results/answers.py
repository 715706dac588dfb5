"""What an Observation asks that is no quantity, by its codes, and what a coded answer says, if it is one of the few."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from cds_hooks.record.fhir.concepts import LOINC, codes_of, codings_of
from cds_hooks.record.fhir.elements import NOTHING, CodeableConcept, Component, Resource
from terminology.context_factors import FACTORS, FLAGGED, STATES, flag_of
from terminology.loinc import SYSTEMS
from terminology.organs import ABSENT, PRESENT, organ_of, presence_of
from terminology.vocabulary import Vocabulary

PERIOD, SMOKING, PREGNANCY, STRESS = "lmp_date", "tobacco_status", "pregnancy_status", "stress_osq"  # in the registry
EXAMINED: Mapping[str, str] = {"semen_analysis": "semen-analysis", "bone_density": "dxa"}
_QUESTIONS = (PERIOD, SMOKING, PREGNANCY, STRESS, *EXAMINED)
_FASTING = "49541-6"  # LOINC: fasting status, reported
MEASURED = "measured"
_SNOMED = "http://snomed.info/sct"
_BOOLEANS: Mapping[bytes, str] = {b"true": PRESENT, b"false": ABSENT}
_PREGNANT: Mapping[tuple[str, str], str] = {
    (_SNOMED, "77386006"): PRESENT,
    (LOINC, "LA15173-0"): PRESENT,
    (_SNOMED, "60001007"): ABSENT,
    (LOINC, "LA26683-5"): ABSENT,
}
_STRAINED = frozenset({(LOINC, "LA13902-4"), (LOINC, "LA13914-9")})  # quite a bit, very much


def question_of(concept: CodeableConcept, vocabulary: Vocabulary) -> str | None:
    """An organ or a context factor, or what the registry calls the code; None of a code that asks nothing."""
    asked = (_question(one.system or "", (one.code or "").strip(), vocabulary) for one in concept.coding or ())
    return next((one for one in asked if one is not None), None)


def asks_fasting(concept: CodeableConcept) -> bool:
    """Whether it is asked if somebody was fasting."""
    return any(one.code == _FASTING and one.system in SYSTEMS for one in concept.coding or ())


def presence(part: Resource | Component) -> str | None:
    """Present or absent, by code or boolean; None when it is neither, or both."""
    said = {presence_of(system, code) or _of_factor(system, code) for system, code, _ in _answered(part)}
    said.add(_BOOLEANS.get(bytes(part.valueBoolean)))
    said.discard(None)
    return said.pop() if len(said) == 1 else None


def pregnancy(part: Resource | Component) -> str | None:
    """Present when the answer is pregnant, absent when it is not pregnant; None for `possibly` and the like."""
    said = {_PREGNANT.get((system, code)) for system, code, _ in _answered(part)} - {None}
    return said.pop() if len(said) == 1 else None


def strain(part: Resource | Component) -> str:
    """Present when someone is stressed quite a bit or very much."""
    return PRESENT if any((system, code) in _STRAINED for system, code, _ in _answered(part)) else ABSENT


def flag(part: Resource | Component) -> str:
    """High, low or normal as the laboratory flags it, else only that it was measured."""
    flags = {flag_of(code) for concept in _interpreted(part.interpretation) for code in codes_of(concept)}
    flags |= {flag_of(code) for system, code, _ in _answered(part) if system == FACTORS}
    flags.discard(None)
    return flags.pop() or MEASURED if len(flags) == 1 else MEASURED


def _question(system: str, code: str, vocabulary: Vocabulary) -> str | None:
    known = vocabulary.loinc.get(code) if system in SYSTEMS else None
    if known is not None:
        return known.analyte if known.analyte in _QUESTIONS else None
    if system == FACTORS:
        return code if code in FLAGGED or code in STATES else None
    return organ_of(system, code)


def _of_factor(system: str, code: str) -> str | None:
    return code if system == FACTORS and code in (PRESENT, ABSENT) else None


def _answered(part: Resource | Component) -> list[tuple[str, str, str]]:
    return codings_of(part.valueCodeableConcept)


def _interpreted(raw: msgspec.Raw) -> list[CodeableConcept]:
    """R4 writes a list, STU3 one concept."""
    if bytes(raw) == bytes(NOTHING):
        return []
    try:
        found = _INTERPRETATION.decode(raw)
    except msgspec.ValidationError:
        return []
    return found if isinstance(found, list) else [found] if found is not None else []


_INTERPRETATION = msgspec.json.Decoder(list[CodeableConcept] | CodeableConcept | None)
