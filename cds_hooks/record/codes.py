"""Which analyte the codes of a result name: the registry's word counts, a mere name only tells that one was missed."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cached_property, lru_cache
from typing import NamedTuple

from cds_hooks.facts import UnreadReason
from cds_hooks.record.elements import CodeableConcept
from terminology.vocabulary import LoincCode, Vocabulary

LOINC = "http://loinc.org"
_LOINC_SYSTEMS = frozenset({LOINC, "http://loinc.org/", "https://loinc.org", "urn:oid:2.16.840.1.113883.6.1"})
NOT_RESULTS = frozenset({"panel", "survey"})
_UNUSABLE = {
    "exclude_specimen": "was not measured in the specimen this analyte is judged in",
    "unverified_specimen": "does not say in which specimen it was measured",
    "deprecated": "is a deprecated LOINC code",
    "separate": "is of an analyte that no check judges, and never stands for the one it resembles",
    "accept_no_convert": "is reported in a way that is not comparable between laboratories, and is never converted",
}
_INVISIBLE = re.compile("[\u200b-\u200f\u2060\ufeff\u00ad]")
_WORD = re.compile(r"[^\W_]+(?:\.[^\W_]+)*")
_LONGEST_NAME = 200
# Words around a name that say how or in what it was measured, not what.
_ASIDES = frozenset(
    [
        *("total", "level", "levels", "test", "result", "quantitative", "qn", "in", "of", "or", "by", "the"),
        *("serum", "plasma", "blood", "s", "p", "b", "ser", "plas", "serpl", "bld"),
        *("mass", "moles", "units", "volume", "fraction", "count", "mcnc", "scnc", "acnc", "vfr"),
        *("auto", "automated", "method", "immunoassay", "lc", "ms", "lcms"),
    ]
)


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
        self._answers: dict[tuple[str | None, ...], LoincCode | Unusable | None] = {}

    def name(self, concept: CodeableConcept | None) -> LoincCode | Unusable | None:
        """The registry's entry for a result's codes; None when the result is not one of ours."""
        if concept is None:
            return None
        codings = concept.coding
        if codings is None or len(codings) != 1:
            return self._name(concept)
        coding = codings[0]
        key = (coding.code, coding.system, coding.display, concept.text)
        if key not in self._answers:
            self._answers[key] = self._name(concept)
        return self._answers[key]

    def _name(self, concept: CodeableConcept) -> LoincCode | Unusable | None:
        known = loinc_codes(concept, self._vocabulary)
        if not known:
            return _missed(concept, self._names)
        known = [code for code in known if code.role not in NOT_RESULTS]
        if len(known) < 2:
            return self._usable(known[0]) if known else None
        return self._agreed(known)

    def _usable(self, code: LoincCode) -> LoincCode | Unusable:
        why = _UNUSABLE.get(code.role)
        if why is None:
            return code
        return self._refused(code, UnreadReason.CODE_NOT_USABLE, f"{code.long_name}: the result {why}")

    def _agreed(self, known: list[LoincCode]) -> LoincCode | Unusable:
        """Of several known codes the first usable one, if all name one analyte in one specimen."""
        if any(code.analyte != known[0].analyte for code in known):
            detail = f"its codes name different analytes: {' and '.join(sorted({code.analyte for code in known}))}"
            return Unusable(UnreadReason.CODE_CONFLICT, detail, _url(known[0]), None)
        usable = next((code for code in known if code.role not in _UNUSABLE), None)
        if usable is None:
            return self._usable(known[0])
        if any(code.role == "exclude_specimen" for code in known):
            return self._refused(usable, UnreadReason.CODE_CONFLICT, "its codes name different specimens")
        return usable

    def _refused(self, code: LoincCode, reason: UnreadReason, detail: str) -> Unusable:
        return Unusable(reason, detail, _url(code), code.analyte if code.analyte in self._vocabulary.analytes else None)

    @cached_property
    def _names(self) -> Mapping[frozenset[str], str]:
        return _names(self._vocabulary)


def loinc_codes(concept: CodeableConcept | None, vocabulary: Vocabulary) -> list[LoincCode]:
    """Every code of a concept that the registry knows and that is one of ours, panels and draw timing included."""
    return [
        code
        for coding in (concept.coding if concept else None) or ()
        if coding.code and coding.system in _LOINC_SYSTEMS and (code := vocabulary.loinc.get(coding.code.strip()))
        if code.analyte in vocabulary.analytes or code.role in _UNUSABLE or code.role in ("timing", *NOT_RESULTS)
    ]


def _url(code: LoincCode) -> str:
    return f"{LOINC}|{code.code}"


def _missed(concept: CodeableConcept, names: Mapping[frozenset[str], str]) -> Unusable | None:
    """A result with no code we know, whose name is that of an analyte we judge: said aloud instead of passed over."""
    for text in texts_of(concept):
        analyte = names.get(_words(text)) if len(text) <= _LONGEST_NAME else None
        if analyte is not None:
            detail = "the name is that of an analyte judged here, but no code says so: add its LOINC code"
            return Unusable(UnreadReason.CODE_UNKNOWN, detail, label_of(concept), analyte)
    return None


@lru_cache(maxsize=4)
def _names(vocabulary: Vocabulary) -> Mapping[frozenset[str], str]:
    names: dict[frozenset[str], str] = {}
    for analyte in vocabulary.analytes.values():
        for spoken in (analyte.label, analyte.name.replace("_", " ")):
            names.setdefault(_words(spoken), analyte.name)
    names.pop(frozenset(), None)
    return names


# Names of tests recur from chart to chart.
@lru_cache(maxsize=4096)
def _words(text: str) -> frozenset[str]:
    return frozenset(_WORD.findall(text.lower())) - _ASIDES
