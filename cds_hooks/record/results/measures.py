"""What the unit of a result means for its code: the way to the canonical unit and what is noteworthy about it."""

from __future__ import annotations

import re
from typing import NamedTuple

import msgspec
from msgspec.structs import replace

from cds_hooks.facts import Mapped, UnreadReason
from cds_hooks.record.fhir.datatypes import NOTHING, Quantity
from cds_hooks.record.recalled import Recalled
from cds_hooks.record.results.reference_ranges import NO_LIMITS, Limits, limits_of
from terminology.loinc import ONE_UNIT
from terminology.units.units import normal
from terminology.vocabulary import Conversion, LoincCode, MappedCode, UnitProblem, Vocabulary

_LOOKS_LIKE_A_UNIT = re.compile(r"(?!.*\]\()[\w%/.,*^\[\]{}()'#°+ -]{0,40}")
UCUM = "http://unitsofmeasure.org"
SCORE = "{score}"


class Problem(NamedTuple):
    """Why a result cannot be read."""

    reason: UnreadReason
    detail: str


class Measure(NamedTuple):
    """How results of one code in one unit are read, and the limits of the laboratory that stand beside them."""

    conversion: Conversion
    canonical: str
    shown: str  # the unit as a card may repeat it
    notes: tuple[str, ...]
    mapped: tuple[Mapped, ...] = ()
    limits: Limits = NO_LIMITS


class Measures:
    """Codes, units and reference ranges as charts pair them; since the same recur, each is worked out once."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self._vocabulary = vocabulary
        self._known: Recalled[Measure | Problem] = Recalled()

    def of(self, name: LoincCode, quantity: Quantity, ranges: msgspec.Raw = NOTHING) -> Measure | Problem:
        """How to read a quantity of this code, or why it cannot be; `ranges` is what its result calls usual."""
        entry = name.entry if isinstance(name, MappedCode) else None
        asked = (name.code, entry, quantity.unit, quantity.code, quantity.system, bytes(ranges))
        return self._known.get(asked) or self._known.keep(asked, self._found(name, quantity, ranges))

    def _found(self, name: LoincCode, quantity: Quantity, ranges: msgspec.Raw) -> Measure | Problem:
        if not ranges:
            return self._measure(name, quantity)
        measure = self.of(name, quantity)
        if isinstance(measure, Problem):
            return measure
        return measure._replace(limits=limits_of(ranges, quantity, measure.conversion))

    def knows(self, analyte: str | None, unit: str) -> bool:
        """Whether a text is a unit this analyte is written in."""
        return analyte is not None and isinstance(self._vocabulary.unit(analyte, unit, None, False), Conversion)

    def _measure(self, name: LoincCode, quantity: Quantity) -> Measure | Problem:
        written = (normal(quantity.code or ""), normal(quantity.unit or ""))
        found = self._vocabulary.unit(name.analyte, quantity.unit, quantity.code, quantity.system == UCUM)
        if isinstance(found, UnitProblem):
            # A unit that is known never gives way to the map.
            found = self._mapped_unit(name, written) or found
        if isinstance(found, UnitProblem) and not any(written):
            return Problem(UnreadReason.UNIT_MISSING, "no unit is given, and none is guessed")
        if isinstance(found, UnitProblem):
            return Problem(UnreadReason(found.reason), found.detail)
        if name.role == ONE_UNIT and found.ucum != name.example_ucum:
            detail = (
                f"{name.long_name}: the result is on another scale than the one judged here, but in {name.example_ucum}"
            )
            return Problem(UnreadReason.CODE_NOT_USABLE, detail)
        canonical = self._vocabulary.analytes[name.analyte].unit
        shown = _as_shown(quantity, found)
        return Measure(found, canonical, shown, self._notes(name, found), self._by_map(name, found, written))

    def _mapped_unit(self, name: LoincCode, written: tuple[str, str]) -> Conversion | None:
        """The unit that the site's map states for results of a local code whose unit is written so, or not written."""
        if not isinstance(name, MappedCode) or not name.entry.unit:
            return None
        if set(written) - {""} != {normal(name.entry.local_unit)} - {""}:
            return None
        found = self._vocabulary.unit(name.analyte, name.entry.unit, name.entry.unit, True)
        return replace(found, basis="map") if isinstance(found, Conversion) else None

    def _by_map(self, name: LoincCode, conversion: Conversion, written: tuple[str, str]) -> tuple[Mapped, ...]:
        """What of this the site's code map alone made readable."""
        by_code = mapped_code(name)
        if conversion.basis != "map":
            return by_code
        return (*by_code, Mapped("unit", self._vocabulary.local.version, written[0] or written[1]))

    def _notes(self, name: LoincCode, conversion: Conversion) -> tuple[str, ...]:
        marks = (
            ("point-of-care", name.role == "accept_flag_poc"),
            ("property-mismatch", self._vocabulary.property_mismatch(name.code, conversion)),
            ("unit-alias", conversion.basis == "alias"),
        )
        return tuple(note for note, holds in marks if holds)


def _as_shown(quantity: Quantity, conversion: Conversion) -> str:
    """The unit as written; a text that is no unit by its looks, beside a code that is one, gives way to that unit.

    The one line of a card that is always read repeats it, and some clients render that line as markup.
    """
    written = quantity.unit or quantity.code or ""
    return written if _LOOKS_LIKE_A_UNIT.fullmatch(written) else conversion.ucum


def mapped_code(name: LoincCode) -> tuple[Mapped, ...]:
    """The local code that the site's map has made one of ours; none of a code that is LOINC's own."""
    if not isinstance(name, MappedCode):
        return ()
    return (Mapped("laboratory", name.version, name.entry.code, name.entry.system),)
