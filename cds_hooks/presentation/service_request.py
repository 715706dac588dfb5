"""Draft laboratory orders as FHIR R4 ServiceRequests."""

from __future__ import annotations

from typing import Literal

import msgspec

from cds_hooks.findings import Draw
from cds_hooks.knowledge import LabOrder
from cds_hooks.presentation.canonical import LOINC
from cds_hooks.wire.response import Coding


class CodeableConcept(msgspec.Struct, frozen=True, gc=False):
    """A coded test and its name."""

    coding: tuple[Coding, ...]
    text: str


class Reference(msgspec.Struct, frozen=True, gc=False):
    """Whom the order is for."""

    reference: str


class Period(msgspec.Struct, frozen=True, gc=False):
    """First and last day, as FHIR dates: a time would need an offset, and a slot is local wall-clock."""

    start: str
    end: str


class Annotation(msgspec.Struct, frozen=True, gc=False):
    """A remark for the laboratory and the clinic."""

    text: str


class ServiceRequest(
    msgspec.Struct, frozen=True, gc=False, omit_defaults=True, kw_only=True, tag_field="resourceType", tag=True
):
    """An order nobody has signed yet."""

    status: Literal["draft"]
    intent: Literal["order"]
    code: CodeableConcept
    subject: Reference
    occurrenceDateTime: str | None = None
    occurrencePeriod: Period | None = None
    note: tuple[Annotation, ...] = ()
    patientInstruction: str | None = None


def draft_order(order: LabOrder, draw: Draw, patient: str, note: str, instruction: str) -> ServiceRequest:
    """The draft of one test: on the day of the slot when dosing decides it, else anywhere in the draw's window."""
    exact = _exact_day(draw)
    return ServiceRequest(
        status="draft",
        intent="order",
        code=CodeableConcept(coding=(Coding(LOINC, order.code, order.display),), text=order.display),
        subject=Reference(patient),
        occurrenceDateTime=exact,
        occurrencePeriod=None if exact else Period(draw.earliest.isoformat(), draw.latest.isoformat()),
        note=(Annotation(note),),
        patientInstruction=instruction or None,
    )


def _exact_day(draw: Draw) -> str | None:
    if draw.slot is not None and draw.slot.start.date() == draw.slot.end.date():
        return draw.slot.start.date().isoformat()
    return draw.due.isoformat() if draw.earliest >= draw.latest else None
