"""What the unit of a result means for its code: the way to the canonical unit and what is noteworthy about it."""

from __future__ import annotations

from typing import NamedTuple

from cds_hooks.facts import UnreadReason
from cds_hooks.record.elements import Quantity
from terminology.vocabulary import Conversion, LoincCode, UnitProblem, Vocabulary

UCUM = "http://unitsofmeasure.org"


class Problem(NamedTuple):
    """Why a result cannot be read."""

    reason: UnreadReason
    detail: str


class Measure(NamedTuple):
    """How results of one code in one unit are read."""

    conversion: Conversion
    canonical: str
    notes: tuple[str, ...]


class Measures:
    """Codes and units as one chart pairs them; since the same pairs recur, each is worked out once."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self._vocabulary = vocabulary
        self._answers: dict[tuple[str | None, ...], Measure | Problem] = {}

    def of(self, name: LoincCode, quantity: Quantity) -> Measure | Problem:
        """How to read a quantity of this code, or why it cannot be."""
        key = (name.code, quantity.unit, quantity.code, quantity.system)
        answer = self._answers.get(key)
        if answer is None:
            answer = self._answers[key] = self._measure(name, quantity)
        return answer

    def knows(self, analyte: str | None, unit: str) -> bool:
        """Whether a text is a unit this analyte is written in."""
        return analyte is not None and isinstance(self._vocabulary.unit(analyte, unit, None, False), Conversion)

    def _measure(self, name: LoincCode, quantity: Quantity) -> Measure | Problem:
        if not (quantity.unit or "").strip() and not (quantity.code or "").strip():
            return Problem(UnreadReason.UNIT_MISSING, "no unit is given, and none is guessed")
        found = self._vocabulary.unit(name.analyte, quantity.unit, quantity.code, quantity.system == UCUM)
        if isinstance(found, UnitProblem):
            return Problem(UnreadReason(found.reason), found.detail)
        return Measure(found, self._vocabulary.analytes[name.analyte].unit, self._notes(name, found))

    def _notes(self, name: LoincCode, conversion: Conversion) -> tuple[str, ...]:
        marks = (
            ("point-of-care", name.role == "accept_flag_poc"),
            ("property-mismatch", self._vocabulary.property_mismatch(name.code, conversion)),
            ("unit-alias", conversion.basis == "alias"),
        )
        return tuple(note for note, holds in marks if holds)
