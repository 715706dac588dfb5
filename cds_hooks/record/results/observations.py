"""One Observation becomes readings in canonical units, marks of draw timing, and results that could not be read."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import NamedTuple, TypeAlias

from cds_hooks.facts import Moment, Reading, Unmapped, Unread, UnreadReason
from cds_hooks.record.fhir.concepts import label_of
from cds_hooks.record.fhir.datatypes import NOTHING, CodeableConcept, Quantity
from cds_hooks.record.fhir.elements import Component, Resource
from cds_hooks.record.moments import Calendar, Draws
from cds_hooks.record.results.codes import Name, coding_label
from cds_hooks.record.results.meanings import Meaning, Meanings
from cds_hooks.record.results.measures import Measures, Problem, mapped_code
from cds_hooks.record.results.readings import read_result
from cds_hooks.record.results.unrecognised import Unusable
from cds_hooks.record.results.written import written_number
from cds_hooks.record.unmapped import UNIT_REASONS, Missed, unit_of
from terminology.vocabulary import LoincCode, Vocabulary


class DrawMark(NamedTuple):
    """What an Observation says about the dose before a draw."""

    reference: str
    kind: str  # last_dose_date | last_dose_time | time_post_dose …
    part: Resource | Component
    effective: Moment | None
    analytes: tuple[str, ...]  # measured in the same Observation


Outcome: TypeAlias = Reading | Unread | DrawMark


class Learned(NamedTuple):
    """What reading charts with one vocabulary has worked out so far; it is of words alone, and of no patient."""

    meanings: Meanings
    measures: Measures


# Of the tables in force, and of those they replaced, with which a call may still be read.
@lru_cache(maxsize=2)
def _learned(vocabulary: Vocabulary) -> Learned:
    return Learned(Meanings(vocabulary), Measures(vocabulary))


class Laboratory:
    """Reads the Observations of one chart."""

    def __init__(self, vocabulary: Vocabulary, calendar: Calendar) -> None:
        self.meanings, self.measures = _learned(vocabulary)
        self.unmapped: list[Unmapped] = []
        self._missed = Missed()
        self._draws = Draws(calendar)

    def meaning(self, resource: Resource) -> Meaning:
        """What the codes of an Observation mean on its day."""
        return self.meanings.of(resource.code, self._day(resource) if self.meanings.have_days else None)

    def read(self, reference: str, resource: Resource, meaning: Meaning) -> Sequence[Outcome]:
        """Every result of an Observation and of its components; empty when none is an analyte of ours."""
        if meaning.is_missed and resource.valueQuantity is not None:
            self._note(resource.code, resource.valueQuantity)
        if resource.component is not None:
            return self._read_parts(reference, resource, meaning, resource.component)
        if meaning.name is None:
            return ()
        effective = self._draws.effective(resource)
        return (self._outcome(reference, resource, resource, meaning.name, meaning.is_score, effective, ()),)

    def doubted(self, reference: str, resource: Resource, problem: Problem) -> Unread:
        """A result that is not used as a whole; what it says is told, since it may be dangerous."""
        name, effective = self.meaning(resource).name, self._draws.effective(resource)
        if name is None:
            return Unread(reference, label_of(resource.code), *problem)
        return self._unread(reference, resource, name, problem, effective)

    def _day(self, resource: Resource) -> date | None:
        effective = self._draws.effective(resource)
        return effective.day if isinstance(effective, Moment) else None

    def _note(self, concept: CodeableConcept | None, quantity: Quantity) -> None:
        """A number whose codes nobody understands."""
        if concept is not None:
            self.unmapped.append(self._missed.of(concept, quantity))

    def _read_parts(
        self, reference: str, resource: Resource, meaning: Meaning, components: Sequence[Component]
    ) -> Sequence[Outcome]:
        day = self._day(resource) if self.meanings.have_days else None
        found: list[tuple[Resource | Component, Name, bool]] = []
        if meaning.name is not None:
            found.append((resource, meaning.name, meaning.is_score))
        for component in components:
            meaning = self.meanings.of(component.code, day)
            if meaning.is_missed and component.valueQuantity is not None:
                self._note(component.code, component.valueQuantity)
            if meaning.name is not None:
                found.append((component, meaning.name, meaning.is_score))
        effective = self._draws.effective(resource)
        analytes = tuple(name.analyte for _, name, _ in found if isinstance(name, LoincCode) and name.role != "timing")
        return [
            self._outcome(reference, resource, part, name, is_score, effective, analytes)
            for part, name, is_score in found
        ]

    def _outcome(
        self,
        reference: str,
        resource: Resource,
        part: Resource | Component,
        name: Name,
        is_score: bool,
        effective: Moment | UnreadReason,
        analytes: tuple[str, ...],
    ) -> Outcome:
        if isinstance(name, Unusable):
            return self._unread(reference, part, name, Problem(name.reason, name.detail), effective)
        if name.role == "timing":
            drawn = effective if isinstance(effective, Moment) else None
            return DrawMark(reference, name.analyte, part, drawn, analytes)
        found = read_result(reference, resource, part, name, is_score, effective, self.measures)
        return self._unread(reference, part, name, found, effective) if isinstance(found, Problem) else found

    def _unread(
        self,
        reference: str,
        part: Resource | Component,
        name: Name,
        problem: Problem,
        effective: Moment | UnreadReason,
    ) -> Unread:
        reason, detail = problem
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
