"""Draft laboratory orders as FHIR R4 ServiceRequests."""

from __future__ import annotations

from typing import Literal

import msgspec

from cds_hooks.findings import Draw
from cds_hooks.judgement.knowledge.knowledge import LabOrder
from cds_hooks.presentation.canonical import LOINC
from cds_hooks.wire.response import Coding


class CodeableConcept(msgspec.Struct, frozen=True, gc=False):
    """A coded test and its name."""

    coding: tuple[Coding, ...]
    text: str


class Reference(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
    """What is meant: by its address, or by a name where it has none."""

    reference: str | None = None
    display: str | None = None


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
    intent: Literal["order", "proposal"]
    code: CodeableConcept
    subject: Reference
    occurrenceDateTime: str | None = None
    occurrencePeriod: Period | None = None
    note: tuple[Annotation, ...] = ()
    patientInstruction: str | None = None


class Drafts(msgspec.Struct, frozen=True, gc=False):
    """What the orders of one draw share: for whom, when, and how to draw."""

    subject: Reference
    day: str | None
    window: Period | None
    note: tuple[Annotation, ...]
    instruction: str | None

    @classmethod
    def of(cls, draw: Draw, patient: str, note: str, instruction: str) -> Drafts:
        """On the day of the slot when dosing decides it, else anywhere in the draw's window."""
        day = _exact_day(draw)
        window = None if day else Period(draw.earliest.isoformat(), draw.latest.isoformat())
        return cls(
            Reference(patient), day, window, (Annotation(note), *map(Annotation, draw.notes)), instruction or None
        )

    def draft(self, order: LabOrder) -> ServiceRequest:
        """The draft of one test."""
        return ServiceRequest(
            status="draft",
            intent="order",
            code=concept_of(order),
            subject=self.subject,
            occurrenceDateTime=self.day,
            occurrencePeriod=self.window,
            note=self.note,
            patientInstruction=self.instruction,
        )


def concept_of(order: LabOrder) -> CodeableConcept:
    """The test that is ordered."""
    return CodeableConcept(coding=_codings(order), text=order.display)


def _codings(order: LabOrder) -> tuple[Coding, ...]:
    """The LOINC code, then the codes by which the site's own ordering system knows the test."""
    return (Coding(LOINC, order.code, order.display), *[Coding(*local) for local in order.local])


def _exact_day(draw: Draw) -> str | None:
    if draw.slot is not None and draw.slot.start.date() == draw.slot.end.date():
        return draw.slot.start.date().isoformat()
    return draw.due.isoformat() if draw.earliest >= draw.latest else None
