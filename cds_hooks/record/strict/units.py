"""Whether a result that is judged here is in a unit it can be judged in."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, TypeVar

import msgspec

from cds_hooks.facts import UnreadReason
from cds_hooks.record.fhir.datatypes import CodeableConcept, Quantity
from cds_hooks.record.results.codes import Codes
from cds_hooks.record.results.measures import UCUM, Measure, Measures, Problem
from cds_hooks.record.strict.codes import NO_UCUM
from cds_hooks.record.strict.flaws import Flaw, flaw
from cds_hooks.record.strict.structure.structure import Element
from terminology.vocabulary import LoincCode, Vocabulary

T = TypeVar("T")
_RESULTS = frozenset({"Observation", "ObservationComponent"})
_OF_UNIT = ("unit", "code", "system")
_UNITS = {
    UnreadReason.UNIT_MISSING: ("required", "The unit is missing, and none is guessed."),
    UnreadReason.UNIT_UNKNOWN: ("value", "This unit is not known."),
    UnreadReason.UNIT_NOT_CONVERTIBLE: ("value", "Unit and code contradict each other, or cannot be converted."),
    UnreadReason.UNIT_DIMENSION: ("value", "This analyte is not measured in such a unit."),
}


class Units:
    """What the tables in force say of units."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self._vocabulary = vocabulary
        self._codes, self._measures = Codes(vocabulary), Measures(vocabulary)

    def flaws(self, element: Element) -> Iterator[Flaw]:
        """What is wrong with the unit of an Observation's or a component's number."""
        value, quantity = element.value, element.value.get("valueQuantity")
        if element.shape.name not in _RESULTS or not isinstance(quantity, dict):
            return
        spot = element.spot.at("valueQuantity")
        name, told = self._name(value.get("code")), _told(Quantity, {key: quantity.get(key) for key in _OF_UNIT})
        found = self._measures.of(name, told) if name is not None and told is not None else None
        if told is not None and told.code and told.system == UCUM and not self._vocabulary.is_ucum(told.code):
            yield flaw("code-invalid", _meant(found, name, self._vocabulary), spot.at("code"))
        elif name is not None and isinstance(found, Problem) and found.reason in _UNITS and "value" in quantity:
            code, said = _UNITS[found.reason]
            yield flaw(code, f"{said} {_remedy(name, self._vocabulary)}", spot)

    def _name(self, concept: Any) -> LoincCode | None:
        told = _told(CodeableConcept, concept)
        found = self._codes.name(told) if told is not None else None
        return found if isinstance(found, LoincCode) and found.analyte in self._vocabulary.analytes else None


def _meant(found: Measure | Problem | None, name: LoincCode | None, vocabulary: Vocabulary) -> str:
    """What to send instead of a code that is not UCUM: the unit it is read as, if it is, else those of the analyte."""
    if name is None:
        return NO_UCUM
    known = f"Send code {found.conversion.ucum}." if isinstance(found, Measure) else _remedy(name, vocabulary)
    return f"This is no UCUM unit. {known}"


def _remedy(name: LoincCode, vocabulary: Vocabulary) -> str:
    known = vocabulary.analytes[name.analyte].written
    telling = [unit for unit in known if unit != "1" and not unit.startswith("{")] or list(known)
    return f"Send code, with system {UCUM}, as one of: {', '.join(telling)}."


def _told(kind: type[T], value: Any) -> T | None:
    try:
        return msgspec.convert(value, kind)
    except msgspec.ValidationError:
        return None
