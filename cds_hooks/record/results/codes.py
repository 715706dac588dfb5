"""Which analyte the codes of a result name: the registry's word counts, a mere name only tells that one was missed."""

from __future__ import annotations

from datetime import date
from typing import TypeAlias

from cds_hooks.facts import UnreadReason
from cds_hooks.record.fhir.concepts import texts_of
from cds_hooks.record.fhir.datatypes import CodeableConcept, Coding
from cds_hooks.record.results.unrecognised import Unusable, missed, unrecognised
from terminology.context_factors import FACTORS, QUANTITIES, token_of
from terminology.loinc import SYSTEMS, UNUSABLE
from terminology.names import words
from terminology.vocabulary import LoincCode, MappedCode, Vocabulary

Name: TypeAlias = LoincCode | Unusable
NOT_RESULTS = frozenset({"panel", "survey"})
_DRAWN = frozenset({"morning", "evening", "am", "pm", "fasting"})


class Codes:
    """The registry as a chart meets it."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self._vocabulary = vocabulary

    def name(self, concept: CodeableConcept, day: date | None = None) -> Name | None:
        """The registry's entry for a result's codes; None when the result is not one of ours.

        `day` is the result's: a row of the site's code map may be for some days only.
        """
        known = loinc_codes(concept, self._vocabulary, day)
        if not known:
            return unrecognised(concept, self._vocabulary)
        known = [code for code in known if code.role not in NOT_RESULTS]
        if not known:
            # A panel has no result of its own; one whose name is that of an analyte is said to be wrongly coded.
            return missed(concept, self._vocabulary)
        found = self._usable(known[0]) if len(known) == 1 else self._agreed(known)
        return self._unless_named_otherwise(found, concept) if isinstance(found, LoincCode) else found

    def _usable(self, code: LoincCode) -> Name:
        why = UNUSABLE.get(code.role)
        if why is None:
            return code
        return self._refused(code, UnreadReason.CODE_NOT_USABLE, f"{code.long_name}: the result {why}")

    def _agreed(self, known: list[LoincCode]) -> Name:
        """Of several known codes the first usable one, if all name one analyte in one specimen."""
        if any(code.analyte != known[0].analyte for code in known):
            detail = f"its codes name different analytes: {' and '.join(sorted({code.analyte for code in known}))}"
            return self._refused(known[0], UnreadReason.CODE_CONFLICT, detail)
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

    def _unless_named_otherwise(self, code: LoincCode, concept: CodeableConcept) -> Name:
        """The code, unless the name beside it is that of something else: reverse T3 under the code of total T3.

        A name that says less than the code ("Testosterone" beside free testosterone), or only when it was drawn, is no
        contradiction; nor is any name beside a local code, which the site itself has mapped.
        """
        analytes = self._vocabulary.analytes
        analyte = analytes.get(code.analyte)
        if analyte is None or isinstance(code, MappedCode):
            return code
        own = words(analyte.label) | words(analyte.name.replace("_", " ")) | words(code.long_name) | _DRAWN
        for text in texts_of(concept):
            named = self._vocabulary.names.exact(text)
            if named is not None and named != code.analyte and not words(text) <= own:
                detail = f"the code is that of {analyte.label}, the name that of {analytes[named].label}"
                return self._refused(code, UnreadReason.CODE_CONFLICT, detail)
        return code


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
    known = vocabulary.loinc.get(code) if coding.system in SYSTEMS else None
    if coding.system == FACTORS:
        return QUANTITIES.get(code)
    return known or vocabulary.local.result(coding.system, code, day)


def is_factor(concept: CodeableConcept) -> bool:
    """Whether a result is coded with a context factor, which is heard if it is not measured."""
    return any(coding.system == FACTORS for coding in concept.coding or ())


def coding_label(code: LoincCode) -> str:
    """The code that a report names: the chart's own where the site's map stands behind it."""
    return f"{code.entry.system}|{code.entry.code}" if isinstance(code, MappedCode) else token_of(code.code)
