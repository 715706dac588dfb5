"""What an Observation asks that is no quantity, by its codes alone: of organs, habits, circumstances, or fasting."""

from __future__ import annotations

from cds_hooks.record.fhir.elements import CodeableConcept
from terminology.context_factors import FACTORS, FLAGGED, STATES
from terminology.loinc import SYSTEMS
from terminology.organs import organ_of
from terminology.vocabulary import Vocabulary

PERIOD, SMOKING, PREGNANCY, STRESS = "lmp_date", "tobacco_status", "pregnancy_status", "stress_osq"  # in the registry
EXAMINED = {"semen_analysis": "semen-analysis", "bone_density": "dxa"}  # -> the examination that it is a part of
_QUESTIONS = (PERIOD, SMOKING, PREGNANCY, STRESS, *EXAMINED)
_FASTING = "49541-6"  # LOINC: fasting status, reported


def question_of(concept: CodeableConcept, vocabulary: Vocabulary) -> str | None:
    """An organ or a context factor, or what the registry calls the code; None of a code that asks nothing."""
    asked = (_question(one.system or "", (one.code or "").strip(), vocabulary) for one in concept.coding or ())
    return next((one for one in asked if one is not None), None)


def asks_fasting(concept: CodeableConcept) -> bool:
    """Whether it is asked if somebody was fasting."""
    return any(one.code == _FASTING and one.system in SYSTEMS for one in concept.coding or ())


def _question(system: str, code: str, vocabulary: Vocabulary) -> str | None:
    known = vocabulary.loinc.get(code) if system in SYSTEMS else None
    if known is not None:
        return known.analyte if known.analyte in _QUESTIONS else None
    if system == FACTORS:
        return code if code in FLAGGED or code in STATES else None
    return organ_of(system, code)
