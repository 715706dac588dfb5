"""The FHIR shapes of what a drug is made of and how it is taken, with only the fields that a reader uses."""

from __future__ import annotations

import msgspec

from cds_hooks.record.fhir.datatypes import (
    NOTHING,
    CodeableConcept,
    CodeableReference,
    Period,
    Quantity,
    Range,
)


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
