"""Whether a specimen was drawn fasting: said in the result, of its specimen, or of the day; never inferred."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal

import msgspec
from msgspec.structs import replace

from cds_hooks.facts import Moment, Reading
from cds_hooks.record.fhir.concepts import codes_of
from cds_hooks.record.fhir.datatypes import NOTHING, CodeableConcept, Quantity, Reference
from cds_hooks.record.fhir.elements import Component, Resource
from cds_hooks.record.fhir.resources import Located
from cds_hooks.record.moments import Calendar, effective_of
from cds_hooks.record.results.answers import asks_fasting
from cds_hooks.record.results.numbers import number

FASTING, NOT_FASTING = "fasting", "not-fasting"  # notes of a reading
# HL7 table 0916 of a specimen, yes and no of tables 0136 and 0532, and LOINC's yes and no; `not asked` says nothing.
_SAID: Mapping[str, str] = {
    **dict.fromkeys(("F", "Y", "LA33-6"), FASTING),
    **dict.fromkeys(("NF", "N", "LA32-8"), NOT_FASTING),
}
_BOOLEANS: Mapping[bytes, str] = {b"true": FASTING, b"false": NOT_FASTING}
_HOURS: Mapping[str, Decimal] = {"h": Decimal(1), "min": 1 / Decimal(60), "d": Decimal(24)}
_OVERNIGHT = 8  # hours without food that laboratories call fasting
_SAYS_OTHERWISE = frozenset({"entered-in-error", "cancelled"})


class Collection(msgspec.Struct, frozen=True, gc=False):
    """How a specimen was taken, as far as it is read."""

    fastingStatusCodeableConcept: CodeableConcept | None = None
    fastingStatusDuration: Quantity | None = None


class Fasting:
    """Hears which readings of one chart were drawn fasting."""

    def __init__(self, located: Iterable[Located], calendar: Calendar) -> None:
        self._calendar = calendar
        self._specimens = {
            key: note
            for item in located
            if item.resource.resourceType == "Specimen" and (note := _of_specimen(item.resource)) is not None
            for key in (item.reference, item.full_url)
            if key
        }
        self._results: dict[str, str] = {}
        self._days: dict[date, set[str]] = {}

    def hear(self, reference: str, resource: Resource) -> None:
        """Keep what an Observation says of itself, of its specimen, or of its day."""
        note = self._said(resource)
        if note is not None:
            self._results[reference] = note
        if resource.code is not None and asks_fasting(resource.code) and resource.status not in _SAYS_OTHERWISE:
            at, of_day = effective_of(resource, self._calendar), _answer(resource)
            if isinstance(at, Moment) and of_day is not None:
                self._days.setdefault(at.day, set()).add(of_day)

    def noted(self, readings: Sequence[Reading]) -> Sequence[Reading]:
        """The readings, with a note where it is known; a day that is answered both ways says nothing."""
        if not self._results and not self._days:
            return readings
        return [self._with_note(reading) for reading in readings]

    def _with_note(self, reading: Reading) -> Reading:
        note = self._results.get(reading.reference)
        said = self._days.get(reading.effective.day, set())
        if note is None and len(said) == 1:
            (note,) = said
        return reading if note is None else replace(reading, notes=(*reading.notes, note))

    def _said(self, resource: Resource) -> str | None:
        for part in resource.component or ():
            if part.code is not None and asks_fasting(part.code):
                return _answer(part)
        return self._of_reference(resource) if bytes(resource.specimen) != bytes(NOTHING) else None

    def _of_reference(self, resource: Resource) -> str | None:
        try:
            found = _REFERENCE.decode(resource.specimen)
        except msgspec.ValidationError:
            return None
        url = found.reference if found is not None else None
        if url is None:
            return None
        if url.startswith("#"):
            contained = (one for one in resource.contained or () if one.id == url[1:])
            return next((_of_specimen(one) for one in contained), None)
        return self._specimens.get(url) or self._specimens.get("/".join(url.split("/")[-2:]))


def _answer(part: Resource | Component) -> str | None:
    said = {_SAID.get(code) for code in codes_of(part.valueCodeableConcept)}
    said.add(_BOOLEANS.get(bytes(part.valueBoolean)))
    said.discard(None)
    return said.pop() if len(said) == 1 else None


def _of_specimen(specimen: Resource) -> str | None:
    """By its code, else by the hours without food."""
    try:
        taken = _COLLECTION.decode(specimen.collection) if bytes(specimen.collection) != bytes(NOTHING) else None
    except msgspec.ValidationError:
        return None
    if taken is None:
        return None
    said = {_SAID.get(code) for code in codes_of(taken.fastingStatusCodeableConcept)} - {None}
    if said:
        return said.pop() if len(said) == 1 else None
    hours = _hours(taken.fastingStatusDuration)
    return None if hours is None else FASTING if hours >= _OVERNIGHT else NOT_FASTING


def _hours(duration: Quantity | None) -> Decimal | None:
    value = number(duration.value) if duration is not None else None
    size = _HOURS.get(duration.code or duration.unit or "") if duration is not None else None
    return value * size if isinstance(value, Decimal) and size is not None else None


_COLLECTION = msgspec.json.Decoder(Collection | None)
_REFERENCE = msgspec.json.Decoder(Reference | None)
