"""The FHIR shapes a reader uses, with only the fields it uses; numbers stay raw until `numbers` has judged them."""

from __future__ import annotations

import msgspec

from cds_hooks.record.fhir.datatypes import (
    NOTHING,
    CodeableConcept,
    CodeableReference,
    Extension,
    Meta,
    Period,
    Quantity,
    Range,
    Reference,
)
from cds_hooks.record.fhir.dosages import Adherence, Dosage, Ingredient


class ReferenceRange(msgspec.Struct, frozen=True, gc=False):
    """What the laboratory calls usual. `age` and `appliesTo` restrict it to some people."""

    low: Quantity | None = None
    high: Quantity | None = None
    type: CodeableConcept | None = None
    age: msgspec.Raw = NOTHING
    appliesTo: list[CodeableConcept] | None = None


class GoalTarget(msgspec.Struct, frozen=True, gc=False):
    """What a Goal aims at, in numbers."""

    measure: CodeableConcept | None = None
    detailQuantity: Quantity | None = None
    detailRange: Range | None = None
    detailString: str | None = None


class Component(msgspec.Struct, frozen=True, gc=False):
    """One of several results of an Observation."""

    code: CodeableConcept | None = None
    valueQuantity: Quantity | None = None
    valueCodeableConcept: CodeableConcept | None = None
    valueDateTime: str | None = None
    valueTime: str | None = None
    valueString: msgspec.Raw = NOTHING
    valueInteger: msgspec.Raw = NOTHING
    valueBoolean: msgspec.Raw = NOTHING
    valueRange: msgspec.Raw = NOTHING
    valueRatio: msgspec.Raw = NOTHING
    dataAbsentReason: CodeableConcept | None = None
    referenceRange: msgspec.Raw = NOTHING
    interpretation: msgspec.Raw = NOTHING


class Search(msgspec.Struct, frozen=True, gc=False):
    """Why a search returned an entry: match, include or outcome."""

    mode: str | None = None


class Link(msgspec.Struct, frozen=True, gc=False):
    """A link of a Bundle; `next` says that more pages exist."""

    relation: str | None = None
    url: msgspec.Raw = NOTHING


class Entry(msgspec.Struct, frozen=True, gc=False):
    """One entry of a Bundle."""

    fullUrl: str | None = None
    resource: Resource | None = None
    search: Search | None = None


class Issue(msgspec.Struct, frozen=True, gc=False):
    """What an OperationOutcome says."""

    severity: str | None = None
    code: str | None = None
    diagnostics: str | None = None


class Resource(msgspec.Struct, frozen=True, gc=False, rename={"encounterClass": "class"}):
    """Any FHIR resource, with the fields that some reader uses; a type nobody reads decodes to little but its name.

    Fields whose type differs between resource types are raw, so that a bundle full of other resources stays on the
    fast path.
    """

    resourceType: str
    id: str | None = None
    # Observation, in the order of its elements, which is how they are found soonest: most of a chart is results.
    meta: Meta | None = None
    identifier: msgspec.Raw = NOTHING
    status: str | None = None
    code: CodeableConcept | None = None
    subject: Reference | None = None
    effectiveDateTime: str | None = None
    issued: str | None = None
    valueQuantity: Quantity | None = None
    interpretation: msgspec.Raw = NOTHING
    specimen: msgspec.Raw = NOTHING
    referenceRange: msgspec.Raw = NOTHING
    component: list[Component] | None = None
    effectivePeriod: Period | None = None
    effectiveInstant: str | None = None
    valueCodeableConcept: CodeableConcept | None = None
    valueDateTime: str | None = None
    valueTime: str | None = None
    valueString: msgspec.Raw = NOTHING
    valueInteger: msgspec.Raw = NOTHING
    valueBoolean: msgspec.Raw = NOTHING
    valueRange: msgspec.Raw = NOTHING
    valueRatio: msgspec.Raw = NOTHING
    dataAbsentReason: CodeableConcept | None = None
    # Several types
    extension: list[Extension] | None = None
    modifierExtension: msgspec.Raw = NOTHING
    implicitRules: msgspec.Raw = NOTHING
    contained: list[Resource] | None = None
    intent: str | None = None
    # Bundle, OperationOutcome
    type: msgspec.Raw = NOTHING
    total: msgspec.Raw = NOTHING
    link: list[Link] | None = None
    entry: list[Entry] | None = None
    issue: list[Issue] | None = None
    # Specimen
    collection: msgspec.Raw = NOTHING
    # Encounter
    encounterClass: msgspec.Raw = NOTHING
    period: msgspec.Raw = NOTHING
    actualPeriod: msgspec.Raw = NOTHING
    # MedicationRequest, MedicationStatement, MedicationAdministration, MedicationDispense, Medication, ServiceRequest
    medicationCodeableConcept: CodeableConcept | None = None
    medicationReference: Reference | None = None
    medication: CodeableReference | None = None
    authoredOn: str | None = None
    dosageInstruction: list[Dosage] | Dosage | None = None
    dosage: list[Dosage] | Dosage | None = None
    doNotPerform: bool | None = None
    taken: str | None = None
    adherence: Adherence | None = None
    form: CodeableConcept | None = None
    ingredient: list[Ingredient] | None = None
    whenHandedOver: str | None = None
    daysSupply: Quantity | None = None
    # Goal
    lifecycleStatus: str | None = None
    description: msgspec.Raw = NOTHING
    target: msgspec.Raw = NOTHING
    # Condition, Procedure
    clinicalStatus: CodeableConcept | str | None = None
    verificationStatus: CodeableConcept | str | None = None
    onsetDateTime: str | None = None
    onsetPeriod: Period | None = None
    recordedDate: str | None = None
    assertedDate: str | None = None
    dateAsserted: str | None = None
    abatementDateTime: msgspec.Raw = NOTHING
    abatementAge: msgspec.Raw = NOTHING
    abatementPeriod: msgspec.Raw = NOTHING
    abatementRange: msgspec.Raw = NOTHING
    abatementString: msgspec.Raw = NOTHING
    abatementBoolean: msgspec.Raw = NOTHING
    performedDateTime: str | None = None
    performedPeriod: Period | None = None
    # Procedure and MedicationAdministration in R5, which spells it so in the latter
    occurrenceDateTime: str | None = None
    occurrencePeriod: Period | None = None
    occurenceDateTime: str | None = None
    occurencePeriod: Period | None = None
    # Patient
    gender: str | None = None
    birthDate: str | None = None
    deceasedBoolean: bool | None = None
    deceasedDateTime: str | None = None
