"""Whether a result that is judged here is in a unit it can be judged in."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, TypeVar

import msgspec

from cds_hooks.facts import UnreadReason
from cds_hooks.record.fhir.elements import CodeableConcept, Quantity
from cds_hooks.record.results.codes import Codes
from cds_hooks.record.results.measures import UCUM, Measures, Problem
from cds_hooks.record.strict.flaws import Flaw, flaw
from cds_hooks.record.strict.structure import Element
from terminology.vocabulary import LoincCode, Vocabulary

T = TypeVar("T")
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
        if not element.shape.name.startswith("Observation") or not isinstance(quantity, dict):
            return
        name = self._name(value.get("code"))
        if name is None or "value" not in quantity or _is_no_ucum(quantity, self._vocabulary):
            return
        told = _told(Quantity, {key: quantity.get(key) for key in ("unit", "code", "system")})
        found = self._measures.of(name, told) if told is not None else None
        if isinstance(found, Problem) and found.reason in _UNITS:
            code, said = _UNITS[found.reason]
            yield flaw(code, f"{said} {self._remedy(name)}", element.spot.at("valueQuantity"))

    def _name(self, concept: Any) -> LoincCode | None:
        told = _told(CodeableConcept, concept)
        found = self._codes.name(told) if told is not None else None
        return found if isinstance(found, LoincCode) and found.analyte in self._vocabulary.analytes else None

    def _remedy(self, name: LoincCode) -> str:
        known = self._vocabulary.analytes[name.analyte].written
        telling = [unit for unit in known if unit != "1" and not unit.startswith("{")] or list(known)
        return f"Send code, with system {UCUM}, as one of: {', '.join(telling)}."


def _is_no_ucum(quantity: dict[str, Any], vocabulary: Vocabulary) -> bool:
    """Whether the code is said to be wrong by itself."""
    code = quantity.get("code")
    return isinstance(code, str) and quantity.get("system") == UCUM and not vocabulary.is_ucum(code)


def _told(kind: type[T], value: Any) -> T | None:
    try:
        return msgspec.convert(value, kind)
    except msgspec.ValidationError:
        return None
