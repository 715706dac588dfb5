"""The FHIR data types, with only the fields that a reader uses; numbers stay raw until `numbers` has judged them."""

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
