"""One condition asked of one small story, without a protocol around it."""

from __future__ import annotations

import tomllib
from datetime import date, time
from decimal import Decimal
from functools import cache
from typing import Any

from msgspec.structs import replace

from cds_hooks.facts import Condition, Facts, Moment, Patient, Reading, Therapy
from cds_hooks.judgement.chart.case import Case
from cds_hooks.judgement.knowledge.kinds import KINDS
from cds_hooks.judgement.predicates.outcome import Outcome
from cds_hooks.judgement.predicates.predicate import Numbers, read_predicate
from cds_hooks.judgement.timing.course import course_of
from cds_hooks.judgement.timing.forms import Form
from cds_hooks.judgement.timing.sequence import newest_first
from cds_hooks.judgement.written.policy import Policy
from service.site.site import packaged_files
from terminology.units.conversion import UnitProblem
from terminology.vocabulary import Vocabulary
from tests.engine import site

TODAY = date(2026, 9, 4)


def on(when: str | None) -> Moment | None:
    """`2026-09-03` or `2026-09-03 08:00` as a moment."""
    if when is None:
        return None
    day, _, clock = when.partition(" ")
    read = Moment(date.fromisoformat(day))
    return read if not clock else replace(read, clock=time.fromisoformat(clock))


def result(analyte: str, text: str, when: str, **more: Any) -> Reading:
    """A result such as `<0.1 ng/mL`; `lower` and `upper` are in the same unit."""
    number, _, unit = text.partition(" ")
    comparator = number.rstrip("0123456789.-") or None
    conversion = vocabulary().unit(analyte, unit, unit, True)
    assert not isinstance(conversion, UnitProblem)
    value = Decimal(number.removeprefix(comparator or ""))
    edges = {edge: conversion.apply(Decimal(more.pop(edge))) for edge in ("lower", "upper") if edge in more}
    fields: dict[str, Any] = {"reference": f"Observation/{analyte}-{when}", "status": "final", "code": ""}
    moment = on(when)
    assert moment is not None
    return Reading(
        analyte,
        conversion.apply(value),
        vocabulary().analytes[analyte].unit,
        value,
        unit,
        conversion,
        moment,
        **(fields | {"comparator": comparator} | edges | more),
    )


def drug(text: str, start: str | None = "2026-03-01", ended: str | None = None, **more: Any) -> Therapy:
    """An order as its text names the drug."""
    match = vocabulary().drug((), (text,))
    assert match is not None
    fields: dict[str, Any] = {
        "route": match.route,
        "product": match.product,
        "classes": match.classes,
        "others": match.others,
        "form": match.form,
        "strength": match.strength,
        "systemic": vocabulary().systemic(match, match.route),
        "start": on(start),
        "end": on(ended),
        "status": "stopped" if ended else "active",
    }
    return Therapy(match.drug, f"MedicationRequest/{text}", text, match.basis, **{"status": "active"} | fields | more)


def noted(concept: str, onset: str | None = None, **more: Any) -> Condition:
    """A diagnosis."""
    return Condition(concept, f"Condition/{concept}", concept, on(onset), **more)


def case(held: tuple[str, ...] = (), own: str = "testosterone", **facts: Any) -> Case:
    """A case on TODAY; results whose reference is in `held` may not be used."""
    known = Facts(**{"patient": Patient("Patient/1", date(1981, 1, 1), "male", "birthsex")} | facts)
    readings: dict[str, list[Reading]] = {}
    for reading in known.readings:
        readings.setdefault(reading.analyte, []).append(reading)
    unusable = {one.analyte or "": (one,) for one in known.unread}
    found = Case(
        facts=known,
        vocabulary=vocabulary(),
        today=Moment(TODAY),
        profile="one",
        course=course_of((own,), known, forms(), policy()),
        readings={analyte: newest_first(all_) for analyte, all_ in readings.items()},
        unusable=unusable,
        judged=frozenset(readings),
        panels={},
        policy=policy(),
        words={},
        tables=site().knowledge.tables,
    )
    return found.with_held({(r.reference, r.analyte): "DQ-01" for r in known.readings if r.reference in held})


def ask(condition: str, asked: Case, urgency: str = "info", **numbers: Any) -> Outcome:
    """What a condition, written as in a protocol file, answers."""
    written = tomllib.loads(f"asked = {condition}", parse_float=Decimal)["asked"]
    context = Numbers(vocabulary(), policy(), numbers.get("limits", {}), numbers.get("bands", {}), urgency)
    return read_predicate(written, KINDS, context).judge(asked)


def said(outcome: Outcome) -> str:
    """Every step's sentence."""
    return "; ".join(because.text for because in outcome.because)


@cache
def vocabulary() -> Vocabulary:
    """The packaged tables."""
    tables = packaged_files("terminology.tables")
    return Vocabulary.build(tables)


@cache
def policy() -> Policy:
    """The packaged policy."""
    return Policy.read(_table("policy.toml"))


@cache
def forms() -> tuple[Form, ...]:
    """The packaged forms."""
    return tuple(Form.read(form) for form in _table("forms.toml")["form"])


def _table(name: str) -> dict[str, Any]:
    content = packaged_files("cds_hooks.protocols", ".toml")[name]
    return tomllib.loads(content.decode(), parse_float=Decimal)
