"""One Observation becomes readings in canonical units, marks of draw timing, and results that could not be read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import NamedTuple

from cds_hooks.facts import Moment, Reading, Unread, UnreadReason
from cds_hooks.record.codes import LOINC, Codes, Unusable
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


class Part(NamedTuple):
    """One result of an Observation: its own, or that of a component."""

    reference: str
    observation: Resource
    result: Resource | Component
    name: LoincCode | Unusable

    @property
    def is_mark(self) -> bool:
        """Whether it tells of the dose before the draw, and is no result."""
        return isinstance(self.name, LoincCode) and self.name.role == "timing"


Outcome = Reading | Unread | DrawMark


def read_observation(
    reference: str, resource: Resource, codes: Codes, vocabulary: Vocabulary, calendar: Calendar
) -> Sequence[Outcome]:
    """Every result of an Observation and of its components; empty when none is an analyte of ours."""
    name = codes.name(resource.code)
    if resource.component is None:
        if name is None:
            return ()
        return (_outcome(Part(reference, resource, resource, name), effective_of(resource, calendar), vocabulary),)
    results: list[Resource | Component] = [resource, *resource.component]
    named = [(result, codes.name(result.code)) for result in results]
    parts = [Part(reference, resource, result, each) for result, each in named if each is not None]
    effective = effective_of(resource, calendar)
    analytes = tuple(part.name.analyte for part in parts if part.name.analyte and not part.is_mark)
    return [
        _mark(part, effective, analytes) if part.is_mark else _outcome(part, effective, vocabulary) for part in parts
    ]


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


def _outcome(part: Part, effective: Moment | UnreadReason, vocabulary: Vocabulary) -> Outcome:
    if part.is_mark:
        return _mark(part, effective, ())
    quantity, name = part.result.valueQuantity, part.name
    value = number(quantity.value) if quantity is not None else UnreadReason.VALUE_MISSING
    problem = _problem(part, value, effective)
    if problem is None and quantity is not None and isinstance(value, Decimal) and isinstance(effective, Moment):
        conversion = _conversion(name.analyte or "", quantity, vocabulary)
        if isinstance(conversion, Conversion):
            return _reading(part, quantity, value, effective, conversion, vocabulary)
        problem = conversion
    return Unread(
        part.reference,
        name.code if isinstance(name, Unusable) else f"{LOINC}|{name.code}",
        problem.reason if problem else UnreadReason.VALUE_MISSING,
        problem.detail if problem else "",
        name.analyte,
        value if isinstance(value, Decimal) else None,
        (quantity.unit or quantity.code) if quantity else None,
        effective if isinstance(effective, Moment) else None,
    )


def _mark(part: Part, effective: Moment | UnreadReason, analytes: tuple[str, ...]) -> DrawMark:
    drawn = effective if isinstance(effective, Moment) else None
    return DrawMark(part.reference, part.name.analyte or "", part.result, drawn, analytes)


def _problem(part: Part, value: Decimal | UnreadReason, effective: Moment | UnreadReason) -> Problem | None:
    """The first thing that forbids reading a result, short of its unit."""
    status = part.observation.status
    if isinstance(part.name, Unusable):
        return Problem(part.name.reason, part.name.detail)
    if status in _NO_RESULT:
        return Problem(UnreadReason.STATUS, f"status is {status}")
    if isinstance(effective, UnreadReason):
        return Problem(effective, _DETAILS[effective])
    if part.result.dataAbsentReason is not None:
        return Problem(UnreadReason.VALUE_MISSING, "dataAbsentReason says that there is no value")
    if isinstance(value, UnreadReason):
        other = value is UnreadReason.VALUE_MISSING and _says_otherwise(part.result)
        reason = UnreadReason.VALUE_NOT_NUMERIC if other else value
        return Problem(reason, _DETAILS[reason])
    comparator = part.result.valueQuantity.comparator if part.result.valueQuantity else None
    if comparator is not None and comparator not in COMPARATORS:
        return Problem(UnreadReason.COMPARATOR_UNKNOWN, _DETAILS[UnreadReason.COMPARATOR_UNKNOWN])
    return None


def _conversion(analyte: str, quantity: Quantity, vocabulary: Vocabulary) -> Conversion | Problem:
    if not (quantity.unit or "").strip() and not (quantity.code or "").strip():
        return Problem(UnreadReason.UNIT_MISSING, _DETAILS[UnreadReason.UNIT_MISSING])
    found = vocabulary.unit(analyte, quantity.unit, quantity.code, quantity.system == UCUM)
    return Problem(UnreadReason(found.reason), found.detail) if isinstance(found, UnitProblem) else found


def _reading(
    part: Part, quantity: Quantity, value: Decimal, effective: Moment, conversion: Conversion, vocabulary: Vocabulary
) -> Reading:
    observation, name = part.observation, part.name
    analyte = name.analyte or ""
    return Reading(
        analyte,
        conversion.apply(value),
        vocabulary.analytes[analyte].unit,
        value,
        quantity.unit or quantity.code or "",
        conversion,
        effective,
        part.reference,
        _STATUS.get(observation.status, "unknown"),
        name.code,
        quantity.comparator,
        observation.issued or "",
        (observation.meta and observation.meta.versionId) or "",
        _notes(part, conversion, vocabulary),
    )


def _notes(part: Part, conversion: Conversion, vocabulary: Vocabulary) -> tuple[str, ...]:
    observation, name = part.observation, part.name
    timed = observation.effectiveDateTime or observation.effectivePeriod or observation.effectiveInstant
    marks = (
        ("point-of-care", isinstance(name, LoincCode) and name.role == "accept_flag_poc"),
        ("property-mismatch", vocabulary.property_mismatch(name.code, conversion)),
        ("unit-alias", conversion.basis == "alias"),
        ("day-of-issue", not timed),
    )
    return tuple(note for note, holds in marks if holds)


def _says_otherwise(part: Resource | Component) -> bool:
    """Whether there is a value of another kind than a quantity: text, a code, a whole number without unit …"""
    raw = (part.valueString, part.valueInteger, part.valueBoolean, part.valueRange, part.valueRatio)
    coded = part.valueCodeableConcept or part.valueDateTime or part.valueTime
    return coded is not None or any(bytes(value) not in (b"", b"null") for value in raw)


def _day_of(moment: Moment | UnreadReason) -> Moment | UnreadReason:
    return Moment(moment.day) if isinstance(moment, Moment) else moment
