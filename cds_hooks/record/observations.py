"""One Observation becomes readings in canonical units, marks of draw timing, and results that could not be read."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import NamedTuple

from cds_hooks.facts import Moment, Reading, Unread, UnreadReason
from cds_hooks.record.codes import LOINC, Unusable, name_of
from cds_hooks.record.elements import Component, Quantity, Resource
from cds_hooks.record.moments import Calendar
from cds_hooks.record.numbers import MOST_DIGITS, number
from terminology.vocabulary import Conversion, LoincCode, UnitProblem, Vocabulary

UCUM = "http://unitsofmeasure.org"
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
    UnreadReason.UNIT_MISSING: "no unit is given, and none is guessed",
}


class Problem(NamedTuple):
    """Why a result cannot be read."""

    reason: UnreadReason
    detail: str


class DrawMark(NamedTuple):
    """What an Observation says about the dose before a draw."""

    reference: str
    kind: str  # last_dose_date | last_dose_time | time_post_dose …
    part: Resource | Component
    effective: Moment | None
    analytes: tuple[str, ...]  # measured in the same Observation


Outcome = Reading | Unread | DrawMark


def read_observation(reference: str, resource: Resource, vocabulary: Vocabulary, calendar: Calendar) -> list[Outcome]:
    """Every result of an Observation and of its components; empty when none is an analyte of ours."""
    parts: list[tuple[Resource | Component, LoincCode | Unusable]] = []
    name = name_of(resource.code, vocabulary)
    if name is not None:
        parts.append((resource, name))
    for component in resource.component or ():
        name = name_of(component.code, vocabulary)
        if name is not None:
            parts.append((component, name))
    return [_outcome(reference, resource, part, name, parts, vocabulary, calendar) for part, name in parts]


def effective_of(resource: Resource, calendar: Calendar) -> Moment | UnreadReason:
    """When the specimen was drawn; of a period its end. The time of issue tells only the day."""
    period = resource.effectivePeriod
    text = resource.effectiveDateTime or (period and (period.end or period.start)) or resource.effectiveInstant
    if text:
        moment = calendar.moment(text)
    elif resource.issued:
        moment = _day_of(calendar.moment(resource.issued))
    else:
        return UnreadReason.EFFECTIVE_MISSING
    if isinstance(moment, Moment) and calendar.is_future(moment):
        return UnreadReason.EFFECTIVE_FUTURE
    return moment


def _outcome(
    reference: str,
    resource: Resource,
    part: Resource | Component,
    name: LoincCode | Unusable,
    parts: list[tuple[Resource | Component, LoincCode | Unusable]],
    vocabulary: Vocabulary,
    calendar: Calendar,
) -> Outcome:
    effective = effective_of(resource, calendar)
    if isinstance(name, LoincCode) and name.role == "timing":
        analytes = tuple(one.analyte for _, one in parts if isinstance(one, LoincCode) and one.role != "timing")
        return DrawMark(reference, name.analyte, part, effective if isinstance(effective, Moment) else None, analytes)
    value = number(part.valueQuantity.value) if part.valueQuantity else UnreadReason.VALUE_MISSING
    problem = _code_problem(name) or _status_problem(resource.status) or _reason_problem(effective)
    problem = problem or _value_problem(part, value)
    if problem is None:
        read = _reading(reference, resource, part.valueQuantity, name, value, effective, vocabulary)
        if isinstance(read, Reading):
            return read
        problem = read
    return _unread(reference, part.valueQuantity, name, value, effective, problem)


def _reading(
    reference: str,
    resource: Resource,
    quantity: Quantity | None,
    name: LoincCode | Unusable,
    value: Decimal | UnreadReason,
    effective: Moment | UnreadReason,
    vocabulary: Vocabulary,
) -> Reading | Problem:
    assert quantity is not None and isinstance(name, LoincCode)  # noqa: S101, PT018  (no problem was found)
    assert isinstance(value, Decimal) and isinstance(effective, Moment)  # noqa: S101, PT018
    conversion = _conversion(name.analyte, quantity, vocabulary)
    if not isinstance(conversion, Conversion):
        return conversion
    return Reading(
        name.analyte,
        conversion.apply(value),
        vocabulary.analytes[name.analyte].unit,
        value,
        quantity.unit or quantity.code or "",
        conversion,
        effective,
        reference,
        _STATUS.get(resource.status, "unknown"),
        name.code,
        quantity.comparator,
        resource.issued or "",
        (resource.meta and resource.meta.versionId) or "",
        _notes(resource, name, conversion, vocabulary),
    )


def _conversion(analyte: str, quantity: Quantity, vocabulary: Vocabulary) -> Conversion | Problem:
    if not (quantity.unit or "").strip() and not (quantity.code or "").strip():
        return Problem(UnreadReason.UNIT_MISSING, _DETAILS[UnreadReason.UNIT_MISSING])
    found = vocabulary.unit(analyte, quantity.unit, quantity.code, quantity.system == UCUM)
    return Problem(UnreadReason(found.reason), found.detail) if isinstance(found, UnitProblem) else found


def _notes(resource: Resource, name: LoincCode, conversion: Conversion, vocabulary: Vocabulary) -> tuple[str, ...]:
    notes = ["point-of-care"] if name.role == "accept_flag_poc" else []
    if vocabulary.property_mismatch(name.code, conversion):
        notes.append("property-mismatch")
    if conversion.basis == "alias":
        notes.append("unit-alias")
    if not (resource.effectiveDateTime or resource.effectivePeriod or resource.effectiveInstant):
        notes.append("day-of-issue")
    return tuple(notes)


def _code_problem(name: LoincCode | Unusable) -> Problem | None:
    return Problem(name.reason, name.detail) if isinstance(name, Unusable) else None


def _status_problem(status: str | None) -> Problem | None:
    return Problem(UnreadReason.STATUS, f"status is {status}") if status in _NO_RESULT else None


def _reason_problem(outcome: Decimal | Moment | UnreadReason) -> Problem | None:
    return Problem(outcome, _DETAILS[outcome]) if isinstance(outcome, UnreadReason) else None


def _value_problem(part: Resource | Component, value: Decimal | UnreadReason) -> Problem | None:
    if part.dataAbsentReason is not None:
        return Problem(UnreadReason.VALUE_MISSING, "dataAbsentReason says that there is no value")
    if value is UnreadReason.VALUE_MISSING and _says_otherwise(part):
        return _reason_problem(UnreadReason.VALUE_NOT_NUMERIC)
    if part.valueQuantity and part.valueQuantity.comparator not in (None, *COMPARATORS) and isinstance(value, Decimal):
        return _reason_problem(UnreadReason.COMPARATOR_UNKNOWN)
    return _reason_problem(value)


def _says_otherwise(part: Resource | Component) -> bool:
    """Whether there is a value of another kind than a quantity: text, a code, a whole number without unit …"""
    raw = (part.valueString, part.valueInteger, part.valueBoolean, part.valueRange, part.valueRatio)
    coded = part.valueCodeableConcept or part.valueDateTime or part.valueTime
    return coded is not None or any(bytes(value) not in (b"", b"null") for value in raw)


def _unread(
    reference: str,
    quantity: Quantity | None,
    name: LoincCode | Unusable,
    value: Decimal | UnreadReason,
    effective: Moment | UnreadReason,
    problem: Problem,
) -> Unread:
    return Unread(
        reference,
        name.code if isinstance(name, Unusable) else f"{LOINC}|{name.code}",
        problem.reason,
        problem.detail,
        name.analyte,
        value if isinstance(value, Decimal) else None,
        (quantity.unit or quantity.code) if quantity else None,
        effective if isinstance(effective, Moment) else None,
    )


def _day_of(moment: Moment | UnreadReason) -> Moment | UnreadReason:
    return Moment(moment.day) if isinstance(moment, Moment) else moment
