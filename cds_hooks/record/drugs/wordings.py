"""All that an order says of its drug and how it is taken, made comparable: orders recur, whoever they are for."""

from __future__ import annotations

import msgspec
from msgspec.structs import replace

from cds_hooks.record.drugs.dosage import dosages_of
from cds_hooks.record.fhir.elements import Dosage, Resource


def wording_of(resource: Resource) -> bytes | None:
    """What a request, statement or administration says of its drug and in its dosages, but no dates.

    None when it refers to a Medication, which may say more.
    """
    if resource.medicationReference is not None or resource.medication is not None:
        return None
    return msgspec.json.encode((resource.medicationCodeableConcept, *map(_undated, dosages_of(resource))))


def _undated(dosage: Dosage) -> Dosage:
    timing = dosage.timing
    repeat = timing.repeat if timing is not None else None
    if timing is None or not (timing.event or (repeat is not None and repeat.boundsPeriod)):
        return dosage
    undated = replace(repeat, boundsPeriod=None) if repeat is not None else None
    return replace(dosage, timing=replace(timing, event=None, repeat=undated))
