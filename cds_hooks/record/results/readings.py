"""One result with its meaning becomes a reading in the canonical unit, or the first thing that forbids it."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from msgspec.structs import replace

from cds_hooks.facts import Moment, Reading, UnreadReason
from cds_hooks.record.fhir.datatypes import Quantity
from cds_hooks.record.fhir.elements import Component, Resource
from cds_hooks.record.results.measures import SCORE, Measure, Measures, Problem
from cds_hooks.record.results.numbers import MOST_DIGITS, number
from terminology.vocabulary import LoincCode

COMPARATORS = ("<", "<=", ">=", ">")
_STATUS: Mapping[str | None, str] = {
    "final": "final",
    "amended": "amended",
    "appended": "amended",
    "corrected": "corrected",
    "preliminary": "preliminary",
}
_NO_RESULT = frozenset({"entered-in-error", "cancelled", "registered", "specimen-in-process", "cannot-be-obtained"})
_DETAILS: Mapping[UnreadReason, str] = {
    UnreadReason.EFFECTIVE_MISSING: "no time is given: effective[x] and issued are absent",
    UnreadReason.EFFECTIVE_IMPRECISE: "the time names a year or month only; a day is needed",
    UnreadReason.EFFECTIVE_INVALID: "the time is not a FHIR date or dateTime",
    UnreadReason.EFFECTIVE_FUTURE: "the time lies after the day of evaluation",
    UnreadReason.VALUE_MISSING: "there is no value",
    UnreadReason.VALUE_NOT_NUMERIC: "the value is not a JSON number in valueQuantity",
    UnreadReason.VALUE_OUT_OF_BOUNDS: f"the number has more than {MOST_DIGITS} digits or an extreme exponent",
    UnreadReason.COMPARATOR_UNKNOWN: f"the comparator is none of {', '.join(COMPARATORS)}",
}


def read_result(
    reference: str,
    resource: Resource,
    part: Resource | Component,
    name: LoincCode,
    is_score: bool,
    effective: Moment | UnreadReason,
    measures: Measures,
) -> Reading | Problem:
    """The value of an Observation, or of the `part` that is one of its components."""
    quantity = _score(part) if is_score else part.valueQuantity
    value = number(quantity.value) if quantity is not None else UnreadReason.VALUE_MISSING
    problem = _problem(resource, part, value, effective)
    if problem is not None:
        return problem
    if quantity is None or not isinstance(value, Decimal) or not isinstance(effective, Moment):
        return _explained(UnreadReason.VALUE_MISSING)
    measure = measures.of(name, quantity, part.referenceRange)
    if isinstance(measure, Problem):
        return measure
    return _reading(reference, resource, quantity, name, value, effective, measure)


def _score(part: Resource | Component) -> Quantity | None:
    """A score is a bare number, and often sent as a whole number or without a unit."""
    quantity = part.valueQuantity
    if quantity is None:
        whole = bytes(part.valueInteger) not in (b"", b"null")
        return Quantity(value=part.valueInteger, unit=SCORE) if whole else None
    return quantity if quantity.unit or quantity.code else replace(quantity, unit=SCORE)


def _problem(
    resource: Resource,
    part: Resource | Component,
    value: Decimal | UnreadReason,
    effective: Moment | UnreadReason,
) -> Problem | None:
    """The first thing that forbids reading a result, short of its unit."""
    if resource.status in _NO_RESULT:
        return Problem(UnreadReason.STATUS, f"status is {resource.status}")
    if not isinstance(effective, Moment):
        return _explained(effective)
    if part.dataAbsentReason is not None:
        return Problem(UnreadReason.VALUE_MISSING, "dataAbsentReason says that there is no value")
    if not isinstance(value, Decimal):
        other = value is UnreadReason.VALUE_MISSING and _says_otherwise(part)
        return _explained(UnreadReason.VALUE_NOT_NUMERIC if other else value)
    comparator = part.valueQuantity.comparator if part.valueQuantity else None
    return None if comparator is None or comparator in COMPARATORS else _explained(UnreadReason.COMPARATOR_UNKNOWN)


def _explained(reason: UnreadReason) -> Problem:
    return Problem(reason, _DETAILS[reason])


def _reading(
    reference: str,
    resource: Resource,
    quantity: Quantity,
    name: LoincCode,
    value: Decimal,
    effective: Moment,
    measure: Measure,
) -> Reading:
    timed = resource.effectiveDateTime or resource.effectivePeriod or resource.effectiveInstant
    return Reading(
        name.analyte,
        measure.conversion.apply(value),
        measure.canonical,
        value,
        measure.shown,
        measure.conversion,
        effective,
        reference,
        _STATUS.get(resource.status, "unknown"),
        name.code,
        quantity.comparator,
        resource.issued or "",
        (resource.meta and resource.meta.versionId) or "",
        measure.notes if timed else (*measure.notes, "day-of-issue"),
        measure.mapped,
        measure.limits.lower,
        measure.limits.upper,
    )


def _says_otherwise(part: Resource | Component) -> bool:
    """Whether there is a value of another kind than a quantity: text, a code, a whole number without unit …"""
    raw = (part.valueString, part.valueInteger, part.valueBoolean, part.valueRange, part.valueRatio)
    coded = part.valueCodeableConcept or part.valueDateTime or part.valueTime
    return coded is not None or any(bytes(value) not in (b"", b"null") for value in raw)
