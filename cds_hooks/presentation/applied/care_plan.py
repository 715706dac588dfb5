"""What a plan asks of one patient, as FHIR R4: a CarePlan that holds everything it proposes. Nothing is ordered yet."""

from __future__ import annotations

from typing import Literal

import msgspec

from cds_hooks.presentation.orders.service_request import Annotation, CodeableConcept, Period, Reference
from cds_hooks.wire.response import Coding

Priority = Literal["routine", "urgent", "asap", "stat"]


class ProposedTest(
    msgspec.Struct,
    frozen=True,
    gc=False,
    omit_defaults=True,
    kw_only=True,
    tag_field="resourceType",
    tag="ServiceRequest",
):
    """A lab order that the plan proposes."""

    id: str
    status: Literal["draft"]
    intent: Literal["proposal"]
    instantiatesCanonical: tuple[str, ...] = ()
    priority: Priority | None = None
    code: CodeableConcept
    subject: Reference
    occurrenceDateTime: str | None = None
    occurrencePeriod: Period | None = None
    note: tuple[Annotation, ...] = ()
    patientInstruction: str | None = None


class Payload(msgspec.Struct, frozen=True, gc=False, omit_defaults=True, kw_only=True):
    """What is to be said."""

    contentString: str


class Reason(msgspec.Struct, frozen=True, gc=False, omit_defaults=True, kw_only=True):
    """The check that speaks."""

    coding: tuple[Coding, ...]


class ProposedMessage(
    msgspec.Struct,
    frozen=True,
    gc=False,
    omit_defaults=True,
    kw_only=True,
    tag_field="resourceType",
    tag="CommunicationRequest",
):
    """What a raised check says to the clinician."""

    id: str
    status: Literal["draft"]
    priority: Priority
    subject: Reference
    about: tuple[Reference, ...] = ()
    payload: tuple[Payload, ...]
    authoredOn: str
    reasonCode: tuple[Reason, ...]
    note: tuple[Annotation, ...] = ()


class RelatedArtifact(msgspec.Struct, frozen=True, gc=False, omit_defaults=True, kw_only=True):
    """A source."""

    type: Literal["citation"]
    label: str
    citation: str
    url: str | None = None


class Action(msgspec.Struct, frozen=True, gc=False, omit_defaults=True, kw_only=True):
    """A step of the plan: one resource, or several steps together."""

    prefix: str | None = None
    title: str
    description: str | None = None
    priority: Priority | None = None
    documentation: tuple[RelatedArtifact, ...] = ()
    timingDateTime: str | None = None
    timingPeriod: Period | None = None
    groupingBehavior: Literal["logical-group"] | None = None
    selectionBehavior: Literal["all"] | None = None
    resource: Reference | None = None
    action: tuple[Action, ...] = ()


class RequestGroup(
    msgspec.Struct,
    frozen=True,
    gc=False,
    omit_defaults=True,
    kw_only=True,
    tag_field="resourceType",
    tag="RequestGroup",
):
    """The steps in their order: what is raised first, then the draws by date."""

    id: str
    instantiatesCanonical: tuple[str, ...]
    status: Literal["draft"]
    intent: Literal["proposal"]
    subject: Reference
    authoredOn: str
    action: tuple[Action, ...]


class Activity(msgspec.Struct, frozen=True, gc=False, omit_defaults=True, kw_only=True):
    """Where the steps are."""

    reference: Reference


class CarePlan(
    msgspec.Struct, frozen=True, gc=False, omit_defaults=True, kw_only=True, tag_field="resourceType", tag="CarePlan"
):
    """What the plan asks of this patient on this day; without activities it asks nothing, and `note` says why."""

    contained: tuple[RequestGroup | ProposedTest | ProposedMessage, ...] = ()
    instantiatesCanonical: tuple[str, ...]
    status: Literal["draft"]
    intent: Literal["proposal"]
    title: str
    description: str
    subject: Reference
    created: str
    activity: tuple[Activity, ...] = ()
    note: tuple[Annotation, ...] = ()
