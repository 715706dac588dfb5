"""What an Observation asks that is no quantity, by its codes, and what a coded answer says, if it is one of the few."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from cds_hooks.record.fhir.concepts import LOINC, codes_of, codings_of, texts_of
from cds_hooks.record.fhir.datatypes import NOTHING, CodeableConcept
from cds_hooks.record.fhir.elements import Component, Resource
from terminology.context_factors import FACTORS, FLAGGED, STATES, flag_of
from terminology.loinc import SYSTEMS
from terminology.organs import ABSENT, PRESENT, organ_of, presence_of
from terminology.vocabulary import Vocabulary

PERIOD, SMOKING, PREGNANCY, STRESS = "lmp_date", "tobacco_status", "pregnancy_status", "stress_osq"  # in the registry
TEST = "pregnancy_test"  # of urine or of serum
EXAMINED: Mapping[str, str] = {"semen_analysis": "semen-analysis", "bone_density": "dxa"}
_QUESTIONS: Mapping[str, str] = {
    **{asked: asked for asked in (PERIOD, SMOKING, PREGNANCY, STRESS, *EXAMINED)},
    **dict.fromkeys((f"{TEST}_urine", f"{TEST}_serum"), TEST),
}
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
_TESTED: Mapping[tuple[str, str], str] = {
    **dict.fromkeys(((_SNOMED, "10828004"), (_SNOMED, "250423000"), (LOINC, "LA6576-8")), PRESENT),
    **dict.fromkeys(((_SNOMED, "260373001"), (LOINC, "LA11882-0")), PRESENT),  # detected
    **dict.fromkeys(((_SNOMED, "260385009"), (_SNOMED, "250425007"), (LOINC, "LA6577-6")), ABSENT),
    **dict.fromkeys(((_SNOMED, "260415000"), (LOINC, "LA11883-8")), ABSENT),
}
_TESTED_IN_WORDS: Mapping[str, str] = {
    **dict.fromkeys(("positive", "pos", "detected", "reactive"), PRESENT),
    **dict.fromkeys(("negative", "neg", "not detected", "non-reactive", "nonreactive", "non reactive"), ABSENT),
}
_NOT_PREGNANT = "not pregnant"  # of a pregnancy only its absence is taken from words
_NO_ANSWER = frozenset({"unknown", "not known", "not asked", "n/a"})
_NULL_FLAVOR = "http://terminology.hl7.org/CodeSystem/v3-NullFlavor"
_UNKNOWN = frozenset({(_SNOMED, "261665006"), (LOINC, "LA4489-6")})
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
    said = {_PREGNANT.get((system, code)) for system, code, _ in _answered(part)}
    said |= {ABSENT} if _NOT_PREGNANT in _words(part) else set()
    said.discard(None)
    return said.pop() if len(said) == 1 else None


def tested(part: Resource | Component) -> str | None:
    """Present when a test was positive, absent when it was negative; None when it says neither, or both.

    Laboratories often write a word instead of a code.
    """
    said = {_TESTED.get((system, code)) for system, code, _ in _answered(part)}
    said |= {_TESTED_IN_WORDS.get(text) for text in _words(part)}
    said.add(_BOOLEANS.get(bytes(part.valueBoolean)))
    said.discard(None)
    return said.pop() if len(said) == 1 else None


def is_given(part: Resource | Component) -> bool:
    """Whether anything is answered, understood or not, other than that the answer is not known."""
    if part.dataAbsentReason is not None:
        return False
    if any(system == _NULL_FLAVOR or (system, code) in _UNKNOWN for system, code, _ in _answered(part)):
        return False
    if not _NO_ANSWER.isdisjoint(_words(part)):
        return False
    coded, raw = part.valueCodeableConcept, (part.valueString, part.valueBoolean, part.valueInteger)
    return bool(codes_of(coded) or texts_of(coded)) or any(bytes(one) not in (b"", b"null") for one in raw)


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
        return _QUESTIONS.get(known.analyte)
    if system == FACTORS:
        return code if code in FLAGGED or code in STATES else None
    return organ_of(system, code)


def _of_factor(system: str, code: str) -> str | None:
    return code if system == FACTORS and code in (PRESENT, ABSENT) else None


def _answered(part: Resource | Component) -> list[tuple[str, str, str]]:
    return codings_of(part.valueCodeableConcept)


def _words(part: Resource | Component) -> list[str]:
    written = _STRING.decode(part.valueString) if bytes(part.valueString)[:1] == b'"' else ""
    return [text.strip().rstrip(".").lower() for text in (*texts_of(part.valueCodeableConcept), written)]


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
_STRING = msgspec.json.Decoder(str)
