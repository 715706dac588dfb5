"""How sure a diagnosis is and whether it is over, as its statuses, its codes and its words say it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Literal, NamedTuple, TypeAlias

import msgspec

from cds_hooks.record.fhir.concepts import clean, texts_of
from cds_hooks.record.fhir.datatypes import CodeableConcept, Coding, Extension

Verdict: TypeAlias = Literal["confirmed", "past", "doubtful", "refuted"]
# HL7's codes, and what charts write in their place: SNOMED CT's codes and plain words.
_VERIFICATION: Mapping[str, str] = {
    **{code: code for code in ("confirmed", "unconfirmed", "provisional", "differential", "unknown")},
    **dict.fromkeys(("refuted", "ruled-out", "known-absent", "absent", "ausgeschlossen", "410516002"), "refuted"),
    **dict.fromkeys(("entered-in-error", "723510000"), "entered-in-error"),
    **dict.fromkeys(("suspected", "possible", "verdacht", "verdacht-auf", "415684004"), "unconfirmed"),
    **dict.fromkeys(("probable", "probably-present", "410592001"), "provisional"),
    **dict.fromkeys(("known-present", "confirmed-present", "gesichert", "410605003"), "confirmed"),
}
_CLINICAL: Mapping[str, str] = {
    **{code: code for code in ("active", "recurrence", "relapse", "inactive", "remission", "resolved")},
    **dict.fromkeys(("in-remission", "277022003"), "remission"),
    **dict.fromkeys(("completed", "413322009"), "resolved"),
    "73425007": "inactive",
    "55561003": "active",
}
_PAST = frozenset({"inactive", "remission", "resolved"})
_EXTENSION = "http://fhir.de/StructureDefinition/icd-10-gm-diagnosesicherheit"
_BREAKS = re.compile(r"[\s_-]+")
# Words that open a diagnosis, or close it after a comma, dash or bracket, and make it another one.
_FAMILY = r"family (?:history|hx)|fam\.? ?h(?:x|istory)|fhx?|familienanamnese"
_DOUBTS = (
    r"suspected|suspicion of|susp\.|possible|probable|questionable|rule[ds]? out|r/o|excluded?|no evidence of"
    r"|no history of|negative for|screening for|risk (?:of|for)|at risk|verdacht|v\. ?a\.|z\. ?a\.|ausschluss"
    r"|ausgeschlossen"
)


def _edged(words: str) -> re.Pattern[str]:
    return re.compile(rf"^\W*(?:{words})(?!\w)|[-–,;:(\[]\s*(?:{words})\W*$", re.IGNORECASE)


_OF_THE_FAMILY, _IN_DOUBT = _edged(_FAMILY), _edged(_DOUBTS)


class Verification(NamedTuple):
    """Whether a Condition's verificationStatus lets it count; `word` is the status as HL7 calls it."""

    word: str | None

    @property
    def dropped(self) -> bool:
        """Whether nothing remains of the diagnosis."""
        return self.word in ("refuted", "entered-in-error")

    @property
    def doubtful(self) -> bool:
        """Whether it is a suspicion."""
        return self.word in ("unconfirmed", "provisional", "differential", "unknown")


def verification_of(status: CodeableConcept | str | None) -> Verification:
    """What verificationStatus says, the gravest word first; codes before words."""
    said = _said(status, _VERIFICATION)
    order = ("entered-in-error", "refuted", "differential", "provisional", "unconfirmed", "unknown", "confirmed")
    return Verification(next((word for word in order if word in said), None))


def is_past(status: CodeableConcept | str | None) -> bool:
    """Whether clinicalStatus says that a diagnosis is over."""
    return not _PAST.isdisjoint(_said(status, _CLINICAL))


def certainty_of(coding: Coding, written: str | None) -> frozenset[str]:
    """The letters of certainty of one German coding: in its extension, and `written` at the end of its code."""
    letters = {written} if written else set()
    return frozenset(letters.union(_extended(coding) if bytes(coding.extension) else ()))


def judged(letters: frozenset[str]) -> Verdict:
    """What letters of certainty make of a diagnosis; those that contradict each other leave it in doubt."""
    if letters == {"A"}:
        return "refuted"
    if "V" in letters or "A" in letters:
        return "doubtful"
    return "past" if letters == {"Z"} else "confirmed"


def contradiction(concept: str, named: CodeableConcept | None) -> str | None:
    """The text beside a code that says the diagnosis is another's, or not one; None when no text does."""
    for text in texts_of(named):
        of_the_family = _OF_THE_FAMILY.search(text) is not None and not concept.endswith("-family")
        if of_the_family or _IN_DOUBT.search(text) is not None:
            return text
    return None


def _said(status: CodeableConcept | str | None, known: Mapping[str, str]) -> set[str]:
    """The words of a status that are known: R4 wraps codes in a concept, STU3 writes one plainly."""
    if not isinstance(status, CodeableConcept):
        return _known([status], known)
    codes = _known([coding.code for coding in status.coding or ()], known)
    return codes or _known(texts_of(status), known)


def _known(words: Iterable[str | None], known: Mapping[str, str]) -> set[str]:
    folded = [word if word in known else _folded(word) for word in words if word]
    return {known[word] for word in folded if word in known}


def _folded(word: str) -> str:
    return _BREAKS.sub("-", clean(word).casefold())


def _extended(coding: Coding) -> list[str]:
    try:
        found = _EXTENSIONS.decode(coding.extension)
    except msgspec.ValidationError:
        return []
    return [
        one.valueCoding.code.strip().upper()
        for one in found or ()
        if one.url == _EXTENSION and one.valueCoding is not None and one.valueCoding.code
    ]


_EXTENSIONS = msgspec.json.Decoder(list[Extension] | None)
