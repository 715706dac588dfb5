"""The resources that answer `$hormone-monitoring`, under FHIR's own names; what is absent is left out."""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from cds_hooks.presentation.monitoring.elements import Concept, Extension, Identifier
from cds_hooks.presentation.orders.service_request import Period, Reference
from cds_hooks.presentation.orders.service_request import ServiceRequest as Draft

Severity = Literal["high", "moderate", "low"]
GuidanceStatus = Literal["success", "data-requested", "data-required"]


class Resource(msgspec.Struct, frozen=True, gc=False, omit_defaults=True, kw_only=True, tag_field="resourceType"):
    """Anything with an id."""

    id: str


class Issue(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
    """One thing that is said of a call. `code` is a FHIR IssueType, `expression` the place as FHIRPath."""

    severity: Literal["warning", "information"]
    code: str
    details: Concept
    diagnostics: str
    expression: tuple[str, ...] = ()


class OperationOutcome(Resource, frozen=True, gc=False, omit_defaults=True, kw_only=True, tag="OperationOutcome"):
    """What is said of a call."""

    issue: tuple[Issue, ...]


class CodeFilter(msgspec.Struct, frozen=True, gc=False):
    """Which codes are wanted."""

    valueSet: str
    path: str = "code"


class DataRequirement(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
    """What would let a check be judged."""

    type: str
    mustSupport: tuple[str, ...] = ()
    codeFilter: tuple[CodeFilter, ...] = ()


class GuidanceResponse(Resource, frozen=True, gc=False, omit_defaults=True, kw_only=True, tag="GuidanceResponse"):
    """That the chart was judged, by what, and what could not be."""

    contained: tuple[OperationOutcome, ...] = ()
    requestIdentifier: Identifier
    moduleCanonical: str
    status: GuidanceStatus
    subject: Reference
    occurrenceDateTime: str
    performer: Reference
    reasonCode: tuple[Concept, ...] = ()
    evaluationMessage: tuple[Reference, ...] = ()
    result: Reference | None = None
    dataRequirement: tuple[DataRequirement, ...] = ()


class Evidence(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
    """A result that a finding rests on: in words, and where it is."""

    code: tuple[Concept, ...]
    detail: tuple[Reference, ...]


class Mitigation(msgspec.Struct, frozen=True, gc=False):
    """What is advised."""

    action: Concept


class DetectedIssue(Resource, frozen=True, gc=False, omit_defaults=True, kw_only=True, tag="DetectedIssue"):
    """A raised finding."""

    extension: tuple[Extension, ...] = ()
    status: Literal["preliminary", "final"]
    code: Concept
    severity: Severity
    patient: Reference
    identifiedDateTime: str
    author: Reference
    implicated: tuple[Reference, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    detail: str
    reference: str | None = None
    mitigation: tuple[Mitigation, ...] = ()


class Repeat(msgspec.Struct, frozen=True, gc=False):
    """Once, on these days, from an hour on."""

    boundsPeriod: Period
    timeOfDay: tuple[str, ...]
    count: int = 1


class Timing(msgspec.Struct, frozen=True, gc=False):
    """A day with an hour whose offset is not known."""

    repeat: Repeat


class ServiceRequest(Draft, frozen=True, gc=False, omit_defaults=True, kw_only=True, tag="ServiceRequest"):
    """A proposed test of a draw; those of one draw share a requisition."""

    id: str
    requisition: Identifier
    occurrenceTiming: Timing | None = None
    requester: Reference
    reasonCode: tuple[Concept, ...] = ()
    supportingInfo: tuple[Reference, ...] = ()


class Detail(msgspec.Struct, frozen=True, gc=False, omit_defaults=True, kw_only=True):
    """A test that is proposed without an order of its own."""

    kind: Literal["ServiceRequest"]
    code: Concept
    status: Literal["not-started", "scheduled"]
    scheduledPeriod: Period
    description: str


class Activity(msgspec.Struct, frozen=True, gc=False, omit_defaults=True, kw_only=True):
    """One part of the plan."""

    reference: Reference | None = None
    detail: Detail | None = None


class CarePlan(Resource, frozen=True, gc=False, omit_defaults=True, kw_only=True, tag="CarePlan"):
    """The proposed draws together."""

    instantiatesCanonical: tuple[str, ...] = ()
    status: Literal["draft"]
    intent: Literal["proposal"]
    title: str
    subject: Reference
    period: Period
    author: Reference
    supportingInfo: tuple[Reference, ...] = ()
    activity: tuple[Activity, ...]


class Entry(msgspec.Struct, frozen=True, gc=False):
    """A resource and its address."""

    fullUrl: str
    resource: Any


class Bundle(Resource, frozen=True, gc=False, omit_defaults=True, kw_only=True, tag="Bundle"):
    """The whole answer."""

    type: Literal["collection"]
    entry: tuple[Entry, ...]
