"""Example stories become facts, so that a protocol's own examples, and the tests' stories, run through the engine."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from cds_hooks.facts import (
    Condition,
    Dose,
    Facts,
    Goal,
    Moment,
    OpenOrder,
    Patient,
    Reading,
    Therapy,
    Unread,
    UnreadReason,
)
from cds_hooks.judgement.timing import durations
from cds_hooks.judgement.written.examples import Example, ExampleTherapy
from terminology.vocabulary import UnitProblem, Vocabulary


def moment(when: date | datetime) -> Moment:
    """A date, or a local date and time, as the chart would give it."""
    if isinstance(when, datetime):
        return Moment(when.date(), when.time())
    return Moment(when)


def facts_of(story: Example, vocabulary: Vocabulary) -> Facts:
    """The facts a story tells. Raises ValueError where it uses a unit or a drug the vocabulary does not know."""
    therapies = tuple(_therapy(order, place, vocabulary) for place, order in enumerate(story.therapies, 1))
    return Facts(
        Patient(
            "Patient/example",
            story.born,
            story.sex,
            "gender (assumed)" if story.sex_assumed else "example",
            story.organs,
            story.organs_absent,
        ),
        tuple(_reading(row, place, vocabulary) for place, row in enumerate(story.readings, 1)),
        therapies,
        tuple(
            Dose(therapy.drug, moment(order.last_dose), f"MedicationAdministration/{place}", therapy.others)
            for place, (order, therapy) in enumerate(zip(story.therapies, therapies, strict=True), 1)
            if order.last_dose is not None
        ),
        tuple(_condition(said, place) for place, said in enumerate(story.conditions, 1)),
        (OpenOrder(story.ordered, "ServiceRequest/1", moment(story.today)),) if story.ordered else (),
        tuple(_unread(row, place) for place, row in enumerate(story.unread, 1)),
        goals=tuple(_goal(row, place, vocabulary) for place, row in enumerate(story.goals, 1)),
        last_period=moment(story.last_period) if story.last_period else None,
    )


def _condition(said: str | tuple[str, date], place: int) -> Condition:
    name, began = (said, None) if isinstance(said, str) else said
    return Condition(name, f"Condition/{place}", name, moment(began) if began else None)


def _goal(row: tuple[str, str, str], place: int, vocabulary: Vocabulary) -> Goal:
    analyte, low, high = row
    number, _, unit = low.partition(" ")
    text = f"{number}–{high}" if high.endswith(unit) else f"{low}–{high}"
    edges = vocabulary.quantity(analyte, low), vocabulary.quantity(analyte, high)
    return Goal(analyte, f"Goal/{place}", *edges, text)


def _therapy(order: ExampleTherapy, place: int, vocabulary: Vocabulary) -> Therapy:
    match = vocabulary.drug((), (order.text,))
    if match is None:
        raise ValueError(f"example: no drug recognized in {order.text!r}")
    route = order.route or match.route
    return Therapy(
        match.drug,
        f"MedicationRequest/{place}",
        order.text,
        match.basis,
        "stopped" if order.ended else "draft" if order.planned else "active",
        match.classes,
        match.product,
        route,
        durations.hours(order.interval) if order.interval else None,
        order.dose,
        moment(order.start) if order.start else None,
        moment(order.ended) if order.ended else None,
        order.planned,
        match.others,
        match.form,
        match.strength,
        vocabulary.systemic(match, route),
    )


def _reading(row: Sequence[Any], place: int, vocabulary: Vocabulary) -> Reading:
    named, text, when, *status = row
    code = vocabulary.loinc.get(named)
    analyte = code.analyte if code is not None else named
    number, _, unit = text.partition(" ")
    comparator = number.rstrip("0123456789.-") or None
    value = Decimal(number.removeprefix(comparator or ""))
    conversion = vocabulary.unit(analyte, unit, unit, True)
    if isinstance(conversion, UnitProblem):
        raise ValueError(f"example: {conversion.detail}")
    return Reading(
        analyte,
        conversion.apply(value),
        vocabulary.analytes[analyte].unit,
        value,
        unit,
        conversion,
        moment(when),
        f"Observation/{place}",
        status[0] if status else "final",
        named if code is not None else "",
        comparator,
        notes=tuple(status[1:]),
    )


def _unread(row: Sequence[Any], place: int) -> Unread:
    analyte, reason, value, when = row
    detail = f"{analyte}: {str(reason).replace('-', ' ')}"
    return Unread(
        f"Observation/u{place}", analyte, UnreadReason(reason), detail, analyte, Decimal(value), None, moment(when)
    )


def missed(story: Example, states: Mapping[str, str]) -> list[str]:
    """Where the states of a story's findings differ from what it promises, in words."""
    wanted = [(name, "raised") for name in story.raises]
    wanted += [(name, "clear") for name in story.clears]
    wanted += [(name, "unknown") for name in story.unknown]
    return [
        f"{name} is {states.get(name, 'not judged')}, not {state}"
        for name, state in wanted
        if states.get(name) != state
    ]
