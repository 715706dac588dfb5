"""Marks of a chart: words for what is there, so that one look at a set tells what plainly does not apply."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from typing import Literal

from cds_hooks.facts import Facts, Patient
from cds_hooks.judgement.chart.anatomy import FEMALE_ORGANS, MALE_ORGANS, Anatomy, has_organ

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


def marks_of(
    facts: Facts, anatomy: Anatomy, concepts: frozenset[str], readings: Iterable[str], unusable: Collection[str]
) -> Marks:
    """Every mark of a chart: of its diagnoses, and of the analytes of results, readable or not.

    What it leaves open is marked as well: only what is surely not there has no mark.
    """
    found = [f"recorded {concept}" for concept in concepts]
    found += [f"result {analyte}" for analyte in (*readings, *unusable)]
    for order in facts.therapies:
        kind, taken = "planned" if order.planned else "listed", order.current
        for name in order.names:
            found.append(f"{kind} {name}")
            if taken:
                found.append(f"taken {name}")
    found += [f"given {name}" for dose in facts.doses for name in dose.ingredients]
    if unusable:
        found.append(UNREAD)
    if "labs" in facts.incomplete:
        found.append(NO_RESULTS)
    return frozenset([*found, *unsure((*facts.absent, *facts.incomplete)), *_of_the_body(facts.patient, anatomy)])


def _of_the_body(patient: Patient, anatomy: Anatomy) -> Iterator[str]:
    for organ in (*MALE_ORGANS, *FEMALE_ORGANS):
        if has_organ(patient, anatomy, organ)[0] is not False:
            yield f"organ {organ}"
    for organ in patient.organs:
        yield f"own organ {organ}"
    for kind in ("male", "female") if anatomy.kind is None else (anatomy.kind,):
        yield f"anatomy {kind}"
    if anatomy.assumed:
        yield ASSUMED
