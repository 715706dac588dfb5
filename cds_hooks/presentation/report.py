"""The report of one chart: everything that was judged, from what, and what was left out; with its JSON Schema."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from cds_hooks.facts import Facts, Moment, Patient, UnreadReason
from cds_hooks.findings import (
    Change,
    Considered,
    Derived,
    Discordance,
    Draw,
    Explanation,
    Finding,
    ProtocolUsed,
    Silenced,
)
from cds_hooks.judged import Judged
from cds_hooks.judgement.knowledge.knowledge import Knowledge, LabOrder
from cds_hooks.judgement.timing.age import age
from cds_hooks.presentation.canonical import REPORT_SCHEMA
from cds_hooks.presentation.orders.orders import plan_orders
from cds_hooks.presentation.understood import TherapyItem, understood
from cds_hooks.wire.response import Card
from terminology.context_factors import token_of


class Engine(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
    """What judged: the service's version, the exact knowledge in force, the terminology and code map behind it."""

    version: str
    knowledge: str
    terminology: str
    codeMap: Annotated[int, Meta(description="Version of the site's code map; absent when it has none.")] = 0


class Subject(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
    """The person, without name or identifier. `sexBasis` says where the sex comes from."""

    reference: str
    sexBasis: str
    age: int | None = None
    sex: str | None = None


class UnreadItem(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
    """A resource that was not judged, and why."""

    reference: str
    reason: UnreadReason
    detail: str
    code: str | None = None


class Report(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
    """What hormone-cds says about one chart on one day. Fields that are absent are unknown; nothing is null."""

    schemaVersion: Annotated[Literal["1"], Meta(description="Version of this schema.")]
    engine: Engine
    patient: Subject
    today: Annotated[str, Meta(description="The day, or day and time, the chart was judged for.")]
    therapies: Annotated[tuple[TherapyItem, ...], Meta(description="What was understood of each drug that matters.")]
    protocols: Annotated[tuple[ProtocolUsed, ...], Meta(description="Protocols that were judged.")]
    findings: Annotated[tuple[Finding, ...], Meta(description="One for each check of each protocol, always.")]
    derived: Annotated[tuple[Derived, ...], Meta(description="Every computed number.")]
    changes: Annotated[tuple[Change, ...], Meta(description="The newest result against earlier ones: change or noise.")]
    draws: Annotated[tuple[Draw, ...], Meta(description="Proposed blood tests.")]
    unread: Annotated[tuple[UnreadItem, ...], Meta(description="What was supplied and not judged.")]
    considered: Annotated[tuple[Considered, ...], Meta(description="Protocols that were considered.")]
    silenced: Annotated[tuple[Silenced, ...], Meta(description="Raised findings without a card of their own.")]
    discordances: Annotated[tuple[Discordance, ...], Meta(description="How a protocol does not work as expected.")]
    differential: Annotated[tuple[Explanation, ...], Meta(description="What may explain that, in the order to look.")]
    cards: Annotated[tuple[Card, ...], Meta(description="CDS Hooks cards, the most urgent first.")]


def report(
    judged: Judged, facts: Facts, knowledge: Knowledge, today: Moment, cards: Sequence[Card], service_version: str
) -> Report:
    """Put together what every door answers."""
    return Report(
        schemaVersion="1",
        engine=Engine(
            service_version,
            knowledge.digest,
            knowledge.words["terminology_release"],
            knowledge.vocabulary.local.version,
        ),
        patient=_subject(facts.patient, today.day),
        today=today.text,
        therapies=tuple([understood(therapy) for therapy in facts.therapies]),
        protocols=judged.protocols,
        findings=judged.findings,
        derived=judged.derived,
        changes=judged.changes,
        draws=tuple([_with_orders(draw, knowledge.orders) for draw in judged.draws]),
        unread=left_out(judged, facts),
        considered=judged.considered,
        silenced=judged.silenced,
        discordances=judged.discordances,
        differential=judged.differential,
        cards=tuple(cards),
    )


_ENCODER = msgspec.json.Encoder(decimal_format="number")


def encode_report(answer: Report) -> bytes:
    """The report as JSON."""
    return _ENCODER.encode(answer)


def _subject(patient: Patient, day: date) -> Subject:
    return Subject(
        reference=patient.reference,
        sexBasis=patient.sex_basis,
        age=age(patient.birth_date, day) if patient.birth_date is not None and patient.birth_date <= day else None,
        sex=patient.sex,
    )


def _with_orders(draw: Draw, offered: tuple[LabOrder, ...]) -> Draw:
    """The draw with the order codes that answer all of it, also what is ordered already."""
    codes = tuple([order.code for order in plan_orders(draw.analytes, offered).orders])
    return msgspec.structs.replace(draw, orders=codes)


def left_out(judged: Judged, facts: Facts) -> tuple[UnreadItem, ...]:
    """What was supplied and not judged, with the reason."""
    return (*_unread(facts), *_held(judged, facts))


def _unread(facts: Facts) -> Iterable[UnreadItem]:
    return [UnreadItem(item.reference, item.reason, item.detail, item.code or None) for item in facts.unread]


def _held(judged: Judged, facts: Facts) -> list[UnreadItem]:
    """Readings that were read but may not be judged, each with the data-quality check that holds it and why."""
    if not judged.held:
        return []
    codes = {reading.reference: token_of(reading.code) for reading in facts.readings}
    return [
        UnreadItem(
            item.reference,
            UnreadReason.HELD,
            f"{item.check}: {item.because or item.analyte}",
            codes.get(item.reference),
        )
        for item in judged.held
    ]


def report_schema() -> dict[str, Any]:
    """The schema of version 1, self-contained."""
    (root,), components = msgspec.json.schema_components((Report,), ref_template="#/$defs/{name}")
    schema = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": REPORT_SCHEMA,
        "title": "hormone-cds report",
        "description": "What is known, judged and proposed about one chart.",
        **root,
        "$defs": components,
    }
    written: dict[str, Any] = _as_written(schema)
    return written


def _as_written(node: Any) -> Any:
    """The schema of what is really sent: numbers as numbers, absent instead of null."""
    if isinstance(node, list):
        return [_as_written(item) for item in node]
    if not isinstance(node, dict):
        return node
    if node.get("format") == "decimal":
        return {key: value for key, value in node.items() if key != "format"} | {"type": "number"}
    return _without_null({key: _as_written(value) for key, value in node.items()})


def _without_null(node: dict[str, Any]) -> dict[str, Any]:
    kept = {key: value for key, value in node.items() if key != "default" or value is not None}
    options = kept.pop("anyOf", None)
    if options is None:
        return kept
    real = [option for option in options if option != {"type": "null"}]
    return {**kept, **real[0]} if len(real) == 1 else {**kept, "anyOf": real}
