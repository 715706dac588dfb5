"""One Observation becomes readings in canonical units, marks of draw timing, and results that could not be read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import NamedTuple, TypeAlias

from msgspec.structs import replace

from cds_hooks.facts import Moment, Reading, Unmapped, Unread, UnreadReason
from cds_hooks.record.fhir.elements import NOTHING, Component, Quantity, Resource
from cds_hooks.record.moments import Calendar
from cds_hooks.record.results.codes import Codes, coding_label, is_factor
from cds_hooks.record.results.measures import SCORE, Measure, Measures, Problem, mapped_code, unit_as_shown
from cds_hooks.record.results.numbers import MOST_DIGITS, number
from cds_hooks.record.results.reference_ranges import NO_LIMITS, Limits, ReferenceRanges
from cds_hooks.record.results.unrecognised import Unusable
from cds_hooks.record.results.written import written_number
from cds_hooks.record.unmapped import UNIT_REASONS, Missed, unit_of
from terminology.vocabulary import LoincCode, Vocabulary

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


class DrawMark(NamedTuple):
    """What an Observation says about the dose before a draw."""

    reference: str
    kind: str  # last_dose_date | last_dose_time | time_post_dose …
    part: Resource | Component
    effective: Moment | None
    analytes: tuple[str, ...]  # measured in the same Observation


Outcome: TypeAlias = Reading | Unread | DrawMark
Name: TypeAlias = LoincCode | Unusable


class Laboratory:
    """Reads the Observations of one chart."""

    def __init__(self, vocabulary: Vocabulary, calendar: Calendar) -> None:
        self.codes = Codes(vocabulary)
        self.unmapped: list[Unmapped] = []
        self._missed = Missed()
        self.measures = Measures(vocabulary)
        self._ranges = ReferenceRanges()
        self._calendar = calendar

    def read(self, reference: str, resource: Resource) -> Sequence[Outcome]:
        """Every result of an Observation and of its components; empty when none is an analyte of ours."""
        day = self._day(resource) if self.codes.have_days else None
        name = self._named(resource, day)
        if resource.component is not None:
            return self._read_parts(reference, resource, name, resource.component, day)
        if name is None:
            return ()
        return (self._outcome(reference, resource, resource, name, effective_of(resource, self._calendar), ()),)

    def _day(self, resource: Resource) -> date | None:
        effective = effective_of(resource, self._calendar)
        return effective.day if isinstance(effective, Moment) else None

    def _named(self, part: Resource | Component, day: date | None) -> Name | None:
        """What a result's codes name; codes of numbers that nobody understands are noted."""
        name = self.codes.name(part.code, day)
        is_missed = name is None or (isinstance(name, Unusable) and name.reason is UnreadReason.CODE_UNKNOWN)
        if is_missed and part.valueQuantity is not None and part.code is not None and not is_factor(part.code):
            self.unmapped.append(self._missed.of(part.code, part.valueQuantity))
        return name

    def _read_parts(
        self,
        reference: str,
        resource: Resource,
        name: Name | None,
        components: Sequence[Component],
        day: date | None,
    ) -> Sequence[Outcome]:
        found: list[tuple[Resource | Component, Name]] = [] if name is None else [(resource, name)]
        for component in components:
            name = self._named(component, day)
            if name is not None:
                found.append((component, name))
        effective = effective_of(resource, self._calendar)
        analytes = tuple(name.analyte for _, name in found if isinstance(name, LoincCode) and name.role != "timing")
        return [self._outcome(reference, resource, part, name, effective, analytes) for part, name in found]

    def _outcome(
        self,
        reference: str,
        resource: Resource,
        part: Resource | Component,
        name: Name,
        effective: Moment | UnreadReason,
        analytes: tuple[str, ...],
    ) -> Outcome:
        if isinstance(name, LoincCode) and name.role == "timing":
            drawn = effective if isinstance(effective, Moment) else None
            return DrawMark(reference, name.analyte, part, drawn, analytes)
        quantity = _quantity(part, name, self.measures)
        value = number(quantity.value) if quantity is not None else UnreadReason.VALUE_MISSING
        problem = _problem(resource, part, name, value, effective)
        if problem is None and quantity is not None and isinstance(name, LoincCode):
            measure = self.measures.of(name, quantity)
            if isinstance(measure, Measure) and isinstance(value, Decimal) and isinstance(effective, Moment):
                limits = (
                    self._ranges.of(part.referenceRange, quantity, measure.conversion) if part.referenceRange else None
                )
                return _reading(reference, resource, quantity, name, value, effective, measure, limits or NO_LIMITS)
            problem = measure if isinstance(measure, Problem) else None
        reason, detail = problem or _explained(UnreadReason.VALUE_MISSING)
        told, unit = self._told(part, name.analyte)
        if reason in UNIT_REASONS and unit:
            self.unmapped.append(Unmapped("unit", "", unit, name.analyte))
        return Unread(
            reference,
            name.code if isinstance(name, Unusable) else coding_label(name),
            reason,
            detail,
            name.analyte,
            told,
            unit,
            effective if isinstance(effective, Moment) else None,
            mapped_code(name) if isinstance(name, LoincCode) else (),
        )

    def _told(self, part: Resource | Component, analyte: str | None) -> tuple[Decimal | None, str | None]:
        """The number and unit of a result that is not read, also where they are written as text."""
        quantity = part.valueQuantity
        unit = unit_of(quantity) if quantity is not None else None
        for raw in (quantity.value if quantity is not None else NOTHING, part.valueString, part.valueInteger):
            found = written_number(raw)
            if found is not None and (found.unit is None or self.measures.knows(analyte, found.unit)):
                return found.value, found.unit or unit
        return None, unit


def _quantity(part: Resource | Component, name: Name, measures: Measures) -> Quantity | None:
    """The value; a score is a bare number, and often sent as a whole number or without a unit."""
    quantity = part.valueQuantity
    if isinstance(name, Unusable) or not measures.is_score(name.analyte):
        return quantity
    if quantity is None:
        whole = bytes(part.valueInteger) not in (b"", b"null")
        return Quantity(value=part.valueInteger, unit=SCORE) if whole else None
    return quantity if quantity.unit or quantity.code else replace(quantity, unit=SCORE)


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


def _problem(
    resource: Resource,
    part: Resource | Component,
    name: Name,
    value: Decimal | UnreadReason,
    effective: Moment | UnreadReason,
) -> Problem | None:
    """The first thing that forbids reading a result, short of its unit."""
    if isinstance(name, Unusable):
        return Problem(name.reason, name.detail)
    if resource.status in _NO_RESULT:
        return Problem(UnreadReason.STATUS, f"status is {resource.status}")
    if isinstance(effective, UnreadReason):
        return _explained(effective)
    if part.dataAbsentReason is not None:
        return Problem(UnreadReason.VALUE_MISSING, "dataAbsentReason says that there is no value")
    if isinstance(value, UnreadReason):
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
    limits: Limits,
) -> Reading:
    timed = resource.effectiveDateTime or resource.effectivePeriod or resource.effectiveInstant
    return Reading(
        name.analyte,
        measure.conversion.apply(value),
        measure.canonical,
        value,
        unit_as_shown(quantity, measure.conversion),
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
        limits.lower,
        limits.upper,
    )


def _says_otherwise(part: Resource | Component) -> bool:
    """Whether there is a value of another kind than a quantity: text, a code, a whole number without unit …"""
    raw = (part.valueString, part.valueInteger, part.valueBoolean, part.valueRange, part.valueRatio)
    coded = part.valueCodeableConcept or part.valueDateTime or part.valueTime
    return coded is not None or any(bytes(value) not in (b"", b"null") for value in raw)


def _day_of(moment: Moment | UnreadReason) -> Moment | UnreadReason:
    return Moment(moment.day) if isinstance(moment, Moment) else moment
