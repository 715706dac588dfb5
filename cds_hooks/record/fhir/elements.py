"""The FHIR shapes a reader uses, with only the fields it uses; numbers stay raw until `numbers` has judged them."""

from __future__ import annotations

import msgspec

NOTHING = msgspec.Raw(b"")


class Coding(msgspec.Struct, frozen=True, gc=False):
    """A code of a code system."""

    system: str | None = None
    code: str | None = None
    display: str | None = None
    extension: msgspec.Raw = NOTHING


class CodeableConcept(msgspec.Struct, frozen=True, gc=False):
    """Codes for one thing, and what a person would call it. R5 has both of a ServiceRequest one level deeper."""

    coding: list[Coding] | None = None
    text: str | None = None
    concept: CodeableConcept | None = None


class Identifier(msgspec.Struct, frozen=True, gc=False):
    """A business identifier; used to tell persons apart, never shown."""

    system: str | None = None
    value: str | None = None


class Reference(msgspec.Struct, frozen=True, gc=False):
    """A pointer to another resource."""

    reference: str | None = None
    identifier: Identifier | None = None
    display: str | None = None


class CodeableReference(msgspec.Struct, frozen=True, gc=False):
    """R5: a concept, a reference, or both."""

    concept: CodeableConcept | None = None
    reference: Reference | None = None


class Quantity(msgspec.Struct, frozen=True, gc=False):
    """A measured amount, as written."""

    value: msgspec.Raw = NOTHING
    unit: str | None = None
    system: str | None = None
    code: str | None = None
    comparator: str | None = None


class Range(msgspec.Struct, frozen=True, gc=False):
    """Two amounts."""

    low: Quantity | None = None
    high: Quantity | None = None


class Ratio(msgspec.Struct, frozen=True, gc=False):
    """One amount in another."""

    numerator: Quantity | None = None
    denominator: Quantity | None = None


class Period(msgspec.Struct, frozen=True, gc=False):
    """A stretch of time, either end open."""

    start: str | None = None
    end: str | None = None


class Meta(msgspec.Struct, frozen=True, gc=False):
    """The version of a resource."""

    versionId: str | None = None
    lastUpdated: str | None = None


class Extension(msgspec.Struct, frozen=True, gc=False):
    """An extension, as far as those of a Patient or of a diagnosis code are read."""

    url: str | None = None
    valueCode: str | None = None
    valueCoding: Coding | None = None
    valueCodeableConcept: CodeableConcept | None = None
    extension: list[Extension] | None = None


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


class Repeat(msgspec.Struct, frozen=True, gc=False):
    """When something recurs."""

    boundsPeriod: Period | None = None
    frequency: msgspec.Raw = NOTHING
    frequencyMax: msgspec.Raw = NOTHING
    period: msgspec.Raw = NOTHING
    periodMax: msgspec.Raw = NOTHING
    periodUnit: str | None = None
    dayOfWeek: list[str] | None = None
    timeOfDay: list[str] | None = None


class Timing(msgspec.Struct, frozen=True, gc=False):
    """A schedule: structured, coded, or both."""

    event: list[str] | None = None
    repeat: Repeat | None = None
    code: CodeableConcept | None = None


class DoseAndRate(msgspec.Struct, frozen=True, gc=False):
    """How much of a drug."""

    doseQuantity: Quantity | None = None
    doseRange: Range | None = None
    rateQuantity: Quantity | None = None


class Dosage(msgspec.Struct, frozen=True, gc=False):
    """How a drug is taken: R4's shape, STU3's amounts, and the amount of an administration (`dose`)."""

    text: str | None = None
    patientInstruction: str | None = None
    timing: Timing | None = None
    route: CodeableConcept | None = None
    doseAndRate: list[DoseAndRate] | None = None
    doseQuantity: Quantity | None = None
    doseRange: Range | None = None
    rateQuantity: Quantity | None = None
    dose: Quantity | None = None


class Ingredient(msgspec.Struct, frozen=True, gc=False):
    """A part of a Medication: R4's and R5's names."""

    itemCodeableConcept: CodeableConcept | None = None
    item: CodeableReference | None = None
    strength: msgspec.Raw = NOTHING
    strengthRatio: msgspec.Raw = NOTHING
    strengthQuantity: msgspec.Raw = NOTHING


class Adherence(msgspec.Struct, frozen=True, gc=False):
    """R5: whether a drug is taken as stated."""

    code: CodeableConcept | None = None


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
