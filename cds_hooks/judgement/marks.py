"""Marks of a chart: words for what is there, so that one look at a set tells what plainly does not apply."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from cds_hooks.judgement.chart import Chart

Kind = Literal["taken", "listed", "planned", "given", "recorded", "result", "organ", "own organ", "anatomy"]
Marks = frozenset[str]
UNREAD, ASSUMED, NO_CONDITIONS, NO_PROCEDURES, NO_RESULTS = "unread", "assumed", "conditions?", "procedures?", "labs?"
_UNSURE = {"conditions": NO_CONDITIONS, "procedures": NO_PROCEDURES}


def marks(kind: Kind, names: Iterable[str]) -> Marks:
    """The marks of things of one kind."""
    return frozenset([f"{kind} {name}" for name in names])


def unsure(kinds: Iterable[str]) -> Marks:
    """The marks of a chart that was not supplied with all of these kinds of data."""
    return frozenset([_UNSURE[kind] for kind in kinds if kind in _UNSURE])


def marks_of(chart: Chart) -> Marks:
    """Every mark of a chart. What it leaves open is marked as well: only what is surely not there has no mark."""
    return frozenset(_found(chart))


def _found(chart: Chart) -> Iterator[str]:
    facts = chart.facts
    for order in facts.therapies:
        kind, taken = "planned" if order.planned else "listed", order.current
        for name in order.names:
            yield f"{kind} {name}"
            if taken:
                yield f"taken {name}"
    for dose in facts.doses:
        for name in dose.ingredients:
            yield f"given {name}"
    for concept in chart.concepts:
        yield f"recorded {concept}"
    for analyte in (*chart.readings, *chart.unusable):
        yield f"result {analyte}"
    if chart.unusable:
        yield UNREAD
    yield from unsure((*facts.absent, *facts.incomplete))
    if "labs" in facts.incomplete:
        yield NO_RESULTS
    yield from _of_the_body(chart)


def _of_the_body(chart: Chart) -> Iterator[str]:
    anatomy = chart.anatomy
    for organ in ("prostate", "testes", "uterus", "ovaries"):
        if chart.has_organ(organ)[0] is not False:
            yield f"organ {organ}"
    for organ in chart.facts.patient.organs:
        yield f"own organ {organ}"
    for kind in ("male", "female") if anatomy.kind is None else (anatomy.kind,):
        yield f"anatomy {kind}"
    if anatomy.assumed:
        yield ASSUMED
