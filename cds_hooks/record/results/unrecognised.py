"""Why a result without a code we know is not passed over in silence, where something about it is ours."""

from __future__ import annotations

import re
from typing import NamedTuple

from cds_hooks.facts import UnreadReason
from cds_hooks.record.fhir.concepts import LOINC, label_of, texts_of
from cds_hooks.record.fhir.datatypes import CodeableConcept
from terminology.local.code_map import Entry
from terminology.loinc import SYSTEMS, UNUSABLE, has_check_digit
from terminology.vocabulary import Vocabulary

_V2_LOINC = "LN"  # LOINC's name in HL7 v2
_LOINC_SHAPE = re.compile(r"\d{1,7}-\d")


class Unusable(NamedTuple):
    """Codes that were understood but cannot name a reading, and why."""

    reason: UnreadReason
    detail: str
    code: str
    analyte: str | None


def _undecided(concept: CodeableConcept, vocabulary: Vocabulary) -> Unusable | None:
    """A local code that the site's map has, but not so that it decides: said aloud instead of passed over."""
    local = vocabulary.local
    for coding in concept.coding or ():
        for entry in local.entries(coding.system, (coding.code or "").strip()):
            target = vocabulary.loinc[entry.target]
            detail = (
                f"the site's map to {target.code} ({target.long_name}) {_why_not(entry)} (map version {local.version})"
            )
            analyte = target.analyte if target.analyte in vocabulary.analytes and not entry.is_dated else None
            return Unusable(UnreadReason.CODE_UNKNOWN, detail, label_of(concept), analyte)
    return None


def _why_not(entry: Entry) -> str:
    if not entry.decides:
        return f"is '{entry.equivalence}', which does not decide"
    return "is for certain days only" if entry.is_dated else "is to nothing that is judged here"


def unrecognised(concept: CodeableConcept, vocabulary: Vocabulary) -> Unusable | None:
    """Why a result without a code we know is not passed over, where something about it is ours."""
    return (
        _undecided(concept, vocabulary)
        or _misspelt(concept, vocabulary)
        or _without_system(concept, vocabulary)
        or missed(concept, vocabulary)
    )


def _without_system(concept: CodeableConcept, vocabulary: Vocabulary) -> Unusable | None:
    """A LOINC code of ours that nothing says is LOINC's: never taken for it, since a laboratory may number so too."""
    for coding in concept.coding or ():
        code = (coding.code or "").strip()
        known = vocabulary.loinc.get(code) if _names_no_other(coding.system or "") else None
        if known is not None and known.analyte in vocabulary.analytes and known.role not in UNUSABLE:
            detail = f"{code} stands without the system {LOINC}: send both"
            return Unusable(UnreadReason.CODE_UNKNOWN, detail, label_of(concept), known.analyte)
    return None


def _names_no_other(system: str) -> bool:
    return not system.strip() or system == _V2_LOINC or "loinc" in system.lower()


def _misspelt(concept: CodeableConcept, vocabulary: Vocabulary) -> Unusable | None:
    """A LOINC code of ours but for its check digit: never corrected, since the digits before it may be wrong too."""
    for coding in concept.coding or ():
        code = (coding.code or "").strip()
        if coding.system not in SYSTEMS or not _LOINC_SHAPE.fullmatch(code) or has_check_digit(code):
            continue
        alike = (vocabulary.loinc.get(code[:-1] + digit) for digit in "0123456789")
        meant = next((one for one in alike if one is not None and one.analyte in vocabulary.analytes), None)
        if meant is not None:
            label = vocabulary.analytes[meant.analyte].label
            detail = f"{code} is no LOINC code: wrong check digit ({meant.code} is {label})"
            return Unusable(UnreadReason.CODE_UNKNOWN, detail, label_of(concept), meant.analyte)
    return None


def missed(concept: CodeableConcept, vocabulary: Vocabulary) -> Unusable | None:
    """A result with no code we know, whose name is that of an analyte we judge: said aloud instead of passed over."""
    for text in texts_of(concept):
        analyte = vocabulary.names.exact(text)
        if analyte is not None:
            detail = "the name is that of an analyte judged here, but no code says so: add its LOINC code, or map it"
            return Unusable(UnreadReason.CODE_UNKNOWN, detail, label_of(concept), analyte)
    return None
