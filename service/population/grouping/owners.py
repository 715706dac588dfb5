"""Whose a resource is: as little of it decoded as tells its type, its id and its patient."""

from __future__ import annotations

from typing import Literal

import msgspec

from cds_hooks.record.fhir.resources import READ_TYPES
from cds_hooks.record.fhir.subjects import PERSONAL, person_of

Fault = Literal["not-json", "not-a-resource", "no-patient", "no-id", "too-long"]
_REPORT = "DiagnosticReport"
SHARED = "Medication"  # belongs to whoever refers to it


class Broken(Exception):
    """A line that nothing can be made of."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault)
        self.fault = fault


class _Reference(msgspec.Struct, gc=False):
    reference: str | None = None


class Skeleton(msgspec.Struct, gc=False):
    """What tells whose a resource is."""

    resourceType: str
    id: str | None = None
    subject: _Reference | None = None
    medicationReference: _Reference | None = None
    medication: msgspec.Raw = msgspec.Raw(b"")
    contained: msgspec.Raw = msgspec.Raw(b"")

    @property
    def is_read(self) -> bool:
        """Whether a chart needs it: a report only for the results inside it."""
        return self.resourceType in READ_TYPES or (self.resourceType == _REPORT and bool(self.contained))

    @property
    def patient(self) -> str | None:
        """The id of the patient it is or is about; None where it names none."""
        if self.resourceType == "Patient":
            return self.id or None
        reference = self.subject.reference if self.subject is not None else None
        return person_of(reference) if reference else None

    @property
    def needs(self) -> str | None:
        """The id of the Medication it refers to outside of itself; None also where no Medication can have it."""
        reference = self.medicationReference.reference if self.medicationReference is not None else None
        if not reference and self.medication:
            reference = _referred(self.medication)
        if not reference or reference.startswith("#"):
            return None
        name = last_part(reference)
        return name if is_key(name) else None


class _Codeable(msgspec.Struct, gc=False):
    reference: _Reference | None = None


class _Named(msgspec.Struct, gc=False):
    resourceType: str


_SKELETON = msgspec.json.Decoder(Skeleton)
_CODEABLE = msgspec.json.Decoder(_Codeable)
_NAMED = msgspec.json.Decoder(_Named)


def skeleton(content: bytes | msgspec.Raw) -> Skeleton | None:
    """What tells whose it is; None for a resource that no chart needs.

    Raises:
        Broken: it is not JSON in UTF-8, is no resource, or its type, id or subject is not what FHIR says.
    """
    try:
        if isinstance(content, bytes) and not content.isascii():
            content.decode()
        found = _SKELETON.decode(content)
    except msgspec.ValidationError:
        found = None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise Broken("not-json") from None
    if found is None:
        _require_needless(content)
    return found if found is not None and found.is_read else None


def _require_needless(content: bytes | msgspec.Raw) -> None:
    """Being misshapen is a fault only where the resource would have been read."""
    try:
        kind = _NAMED.decode(content).resourceType
    except msgspec.DecodeError:
        raise Broken("not-a-resource") from None
    if kind in PERSONAL or kind in ("Patient", SHARED, "Bundle"):
        raise Broken("no-patient" if kind in PERSONAL else "not-a-resource")


def is_key(name: str | None) -> bool:
    """Whether resources can be grouped by this id: it is some text on one line, without a tab."""
    return name is not None and name != "" and name.isprintable()


def last_part(reference: str) -> str:
    """The id at the end of `Medication/1`, `https://…/Medication/1/_history/2` or `urn:uuid:…`."""
    return reference.partition("/_history/")[0].rpartition("/")[2].rpartition(":")[2]


def _referred(medication: msgspec.Raw) -> str | None:
    """R5 has the reference one step further in; R4 has a code under another name."""
    try:
        found = _CODEABLE.decode(medication).reference
    except msgspec.ValidationError:
        return None
    return found.reference if found is not None else None
