"""Stays in hospital, as far as Encounters tell of them: an acute illness disturbs many results for weeks."""

from __future__ import annotations

from typing import TypeVar

import msgspec

from cds_hooks.facts import Condition
from cds_hooks.record.fhir.concepts import codes_of
from cds_hooks.record.fhir.datatypes import NOTHING, CodeableConcept, Coding, Period
from cds_hooks.record.fhir.elements import Resource
from cds_hooks.record.moments import Calendar

T = TypeVar("T")
STAY = "inpatient-stay"
_CLASSES = frozenset({"IMP", "ACUTE", "NONAC", "EMER"})  # HL7's ActEncounterCode
_NOT_STAYED = frozenset({"planned", "cancelled", "entered-in-error", "discontinued"})


def read_stay(reference: str, resource: Resource, calendar: Calendar) -> list[Condition]:
    """An Encounter as an event, like an operation, of the day it ended, else began; empty when nobody stayed."""
    code = next((code for code in _codes(resource.encounterClass) if code in _CLASSES), None)
    if code is None or resource.status in _NOT_STAYED:
        return []
    period = _decoded(_PERIOD, resource.period) or _decoded(_PERIOD, resource.actualPeriod) or Period()
    begin, end = calendar.known(period.start), calendar.known(period.end)
    if end is not None and calendar.is_future(end):
        end = None
    return [Condition(STAY, reference, code, end or begin)]


def _codes(raw: msgspec.Raw) -> list[str]:
    """R4 writes a Coding, R5 a list of concepts."""
    found = _decoded(_CLASS, raw)
    if isinstance(found, list):
        return [code for concept in found for code in codes_of(concept)]
    return [found.code] if found is not None and found.code else []


def _decoded(decoder: msgspec.json.Decoder[T], raw: msgspec.Raw) -> T | None:
    try:
        return decoder.decode(raw) if bytes(raw) != bytes(NOTHING) else None
    except msgspec.ValidationError:
        return None


_CLASS = msgspec.json.Decoder(list[CodeableConcept] | Coding | None)
_PERIOD = msgspec.json.Decoder(Period | None)
