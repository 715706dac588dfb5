"""What the codes of a result mean to everybody who reads it, found by one look-up, since they recur in every chart."""

from __future__ import annotations

from datetime import date

import msgspec

from cds_hooks.facts import UnreadReason
from cds_hooks.record.fhir.datatypes import CodeableConcept
from cds_hooks.record.recalled import Asked, Recalled
from cds_hooks.record.results.answers import asks_fasting, question_of
from cds_hooks.record.results.codes import Codes, Name, is_factor
from cds_hooks.record.results.measures import SCORE
from cds_hooks.record.results.unrecognised import Unusable
from terminology.vocabulary import LoincCode, Vocabulary


class Meaning(msgspec.Struct, frozen=True, gc=False):
    """Of codes: the registry's entry, or why there is none although something about them is ours."""

    name: Name | None = None  # None when the result is not one of ours
    is_missed: bool = False  # nobody understands the codes, which is noted where they name a number
    is_score: bool = False  # a bare number
    question: str | None = None  # what is asked that is no quantity
    asks_fasting: bool = False


NOTHING_MEANT = Meaning()


class Meanings:
    """The meanings of all codes that charts held so far."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self._vocabulary, self._codes = vocabulary, Codes(vocabulary)
        self._known: Recalled[Meaning] = Recalled()
        self.have_days = vocabulary.local.have_days

    def of(self, concept: CodeableConcept | None, day: date | None = None) -> Meaning:
        """The meaning of a result's codes.

        `day` is the result's: a row of the site's code map may be for some days only.
        """
        if concept is None:
            return NOTHING_MEANT
        codings = concept.coding
        if codings is not None and len(codings) == 1:
            coding = codings[0]
            asked: Asked = (concept.text, coding.system, coding.code, coding.display)
        else:
            asked = (concept.text, *(part for one in codings or () for part in (one.system, one.code, one.display)))
        return self._known.get(asked) or self._found(asked, concept, day)

    def _found(self, asked: Asked, concept: CodeableConcept, day: date | None) -> Meaning:
        meaning = self._meaning(concept, day)
        return meaning if self.have_days and self._depends_on_the_day(concept) else self._known.keep(asked, meaning)

    def _depends_on_the_day(self, concept: CodeableConcept) -> bool:
        local = self._vocabulary.local
        return any(local.is_dated(coding.system, (coding.code or "").strip()) for coding in concept.coding or ())

    def _meaning(self, concept: CodeableConcept, day: date | None) -> Meaning:
        name = self._codes.name(concept, day)
        is_unknown = name is None or (isinstance(name, Unusable) and name.reason is UnreadReason.CODE_UNKNOWN)
        return Meaning(
            name,
            is_unknown and not is_factor(concept),
            isinstance(name, LoincCode) and self._is_score(name.analyte),
            question_of(concept, self._vocabulary),
            asks_fasting(concept),
        )

    def _is_score(self, analyte: str) -> bool:
        """Whether an analyte is the score of a questionnaire."""
        known = self._vocabulary.analytes.get(analyte)
        return known is not None and known.unit == SCORE
