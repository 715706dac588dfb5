"""Which analyte the codes of a result name: the registry's word counts, a mere name only tells that one was missed."""

from __future__ import annotations

import re
from datetime import date
from typing import NamedTuple

from cds_hooks.facts import UnreadReason
from cds_hooks.record.elements import CodeableConcept, Coding
from terminology.loinc import UNUSABLE
from terminology.names import Names
from terminology.vocabulary import LoincCode, MappedCode, Vocabulary

LOINC = "http://loinc.org"
_LOINC_SYSTEMS = frozenset({LOINC, "http://loinc.org/", "https://loinc.org", "urn:oid:2.16.840.1.113883.6.1"})
NOT_RESULTS = frozenset({"panel", "survey"})
_INVISIBLE = re.compile("[\u200b-\u200f\u2060\ufeff\u00ad]")


class Unusable(NamedTuple):
    """Codes that were understood but cannot name a reading, and why."""

    reason: UnreadReason
    detail: str
    code: str
    analyte: str | None


def clean(text: str) -> str:
    """Text without the invisible characters some charts carry."""
    return _INVISIBLE.sub("", text).strip() if not text.isascii() else text.strip()


def texts_of(concept: CodeableConcept | None) -> list[str]:
    """What a person would read: the text, then the displays."""
    if concept is None:
        return []
    written = [concept.text, *(coding.display for coding in concept.coding or ())]
    return [cleaned for text in written if text and (cleaned := clean(text))]


def codings_of(concept: CodeableConcept | None) -> list[tuple[str, str, str]]:
    """The codes as (system, code, display); those without system or code are left out."""
    return [
        (coding.system, coding.code.strip(), clean(coding.display or ""))
        for coding in (concept.coding if concept else None) or ()
        if coding.system and coding.code
    ]


def label_of(concept: CodeableConcept | None) -> str:
    """How a report names the codes: `http://loinc.org|4544-3`, else the text."""
    for system, code, _ in codings_of(concept):
        return f"{system}|{code}"
    return next(iter(texts_of(concept)), "")


class Codes:
    """The registry as one chart meets it: most of its codes recur, so each answer is remembered while it is read."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self._vocabulary = vocabulary
        self.have_days = vocabulary.local.have_days
        self._answers: dict[tuple[str | None, ...], LoincCode | Unusable | None] = {}

    def name(self, concept: CodeableConcept | None, day: date | None = None) -> LoincCode | Unusable | None:
        """The registry's entry for a result's codes; None when the result is not one of ours.

        `day` is the result's: a row of the site's code map may be for some days only.
        """
        if concept is None:
            return None
        codings = concept.coding
        if codings is None or len(codings) != 1:
            return self._name(concept, day)
        coding = codings[0]
        if self.have_days and self._vocabulary.local.is_dated(coding.system, coding.code):
            return self._name(concept, day)
        key = (coding.code, coding.system, coding.display, concept.text)
        if key not in self._answers:
            self._answers[key] = self._name(concept, day)
        return self._answers[key]

    def _name(self, concept: CodeableConcept, day: date | None) -> LoincCode | Unusable | None:
        known = loinc_codes(concept, self._vocabulary, day)
        if not known:
            return _undecided(concept, self._vocabulary) or _missed(concept, self._vocabulary.names)
        known = [code for code in known if code.role not in NOT_RESULTS]
        if len(known) < 2:
            return self._usable(known[0]) if known else None
        return self._agreed(known)

    def _usable(self, code: LoincCode) -> LoincCode | Unusable:
        why = UNUSABLE.get(code.role)
        if why is None:
            return code
        return self._refused(code, UnreadReason.CODE_NOT_USABLE, f"{code.long_name}: the result {why}")

    def _agreed(self, known: list[LoincCode]) -> LoincCode | Unusable:
        """Of several known codes the first usable one, if all name one analyte in one specimen."""
        if any(code.analyte != known[0].analyte for code in known):
            detail = f"its codes name different analytes: {' and '.join(sorted({code.analyte for code in known}))}"
            return Unusable(UnreadReason.CODE_CONFLICT, detail, coding_label(known[0]), None)
        usable = next((code for code in known if code.role not in UNUSABLE), None)
        if usable is None:
            return self._usable(known[0])
        if any(code.role == "exclude_specimen" for code in known):
            return self._refused(usable, UnreadReason.CODE_CONFLICT, "its codes name different specimens")
        if any(code.role == "other_component" for code in known):
            return self._refused(usable, UnreadReason.CODE_CONFLICT, "its codes name a whole and a part of it")
        return usable

    def _refused(self, code: LoincCode, reason: UnreadReason, detail: str) -> Unusable:
        return Unusable(
            reason, detail, coding_label(code), code.analyte if code.analyte in self._vocabulary.analytes else None
        )


def loinc_codes(concept: CodeableConcept | None, vocabulary: Vocabulary, day: date | None = None) -> list[LoincCode]:
    """Every code of a concept that the registry or the site's code map knows and that is one of ours.

    Panels and draw timing are included.
    """
    found = [_known(coding, vocabulary, day) for coding in (concept.coding if concept else None) or ()]
    return [
        code
        for code in found
        if code is not None
        if code.analyte in vocabulary.analytes or code.role in UNUSABLE or code.role in ("timing", *NOT_RESULTS)
    ]


def _known(coding: Coding, vocabulary: Vocabulary, day: date | None) -> LoincCode | None:
    if not coding.code:
        return None
    code = coding.code.strip()
    known = vocabulary.loinc.get(code) if coding.system in _LOINC_SYSTEMS else None
    return known or vocabulary.local.result(coding.system, code, day)


def _undecided(concept: CodeableConcept, vocabulary: Vocabulary) -> Unusable | None:
    """A local code that the site's map has, but not so that it decides: said aloud instead of passed over."""
    local = vocabulary.local
    for coding in concept.coding or ():
        for entry in local.entries(coding.system, (coding.code or "").strip()):
            target = vocabulary.loinc[entry.target]
            what = "is for other days" if entry.decides else f"is '{entry.equivalence}', which does not decide"
            detail = f"the site's map to {target.code} ({target.long_name}) {what} (map version {local.version})"
            return Unusable(UnreadReason.CODE_UNKNOWN, detail, label_of(concept), target.analyte)
    return None


def coding_label(code: LoincCode) -> str:
    """The code that a report names: the chart's own where the site's map stands behind it."""
    return f"{code.entry.system}|{code.entry.code}" if isinstance(code, MappedCode) else f"{LOINC}|{code.code}"


def _missed(concept: CodeableConcept, names: Names) -> Unusable | None:
    """A result with no code we know, whose name is that of an analyte we judge: said aloud instead of passed over."""
    for text in texts_of(concept):
        analyte = names.exact(text)
        if analyte is not None:
            detail = "the name is that of an analyte judged here, but no code says so: add its LOINC code, or map it"
            return Unusable(UnreadReason.CODE_UNKNOWN, detail, label_of(concept), analyte)
    return None
