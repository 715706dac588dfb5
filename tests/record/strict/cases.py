"""A result that nothing is wrong with, and 24 that something is wrong with: the mistakes real senders make.

On twenty of them Medplum, HL7's JSON schema and fhir.resources were compared, and each of these lets some pass; the
last four are further ones of the same kind.
"""

from __future__ import annotations

import json
from typing import Any, NamedTuple

Json = dict[str, Any]
LOINC, UCUM = "http://loinc.org", "http://unitsofmeasure.org"
TSH = {"coding": [{"system": LOINC, "code": "3016-3"}]}
SOUND: Json = {
    "resourceType": "Observation",
    "id": "tsh-1",
    "status": "final",
    "category": [
        {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/observation-category", "code": "laboratory"}]}
    ],
    "code": TSH,
    "subject": {"reference": "Patient/1"},
    "effectiveDateTime": "2026-09-03T08:00:00+02:00",
    "valueQuantity": {"value": 2.1, "unit": "mIU/L", "system": UCUM, "code": "m[IU]/L"},
    "referenceRange": [{"low": {"value": 0.4, "system": UCUM, "code": "m[IU]/L"}}],
}


class Broken(NamedTuple):
    """What is changed in the sound result (None: left out), and where the flaw has to be told."""

    changed: Json
    expression: str
    says: str
    severity: str = "error"

    @property
    def resource(self) -> Json:
        """The result with the mistake."""
        return {name: value for name, value in (SOUND | self.changed).items() if value is not ...}


def quantity(**changed: Any) -> Json:
    """The sound value with something changed, or left out (…)."""
    value = SOUND["valueQuantity"] | changed
    return {"valueQuantity": {name: inner for name, inner in value.items() if inner is not ...}}


def coded(**coding: str) -> Json:
    """A code of one coding."""
    return {"code": {"coding": [coding]}}


BROKEN = {
    "missing status": Broken({"status": ...}, "Observation.status", "needs status"),
    "a status of no value set": Broken({"status": "finished"}, "Observation.status", "final"),
    "missing code": Broken({"code": ...}, "Observation.code", "needs code"),
    "an unknown field": Broken({"valueQuantities": 1}, "Observation", "Did you mean valueQuantity?"),
    "two values": Broken({"valueString": "2.1"}, "Observation.value", "send one of"),
    "a month 13": Broken({"effectiveDateTime": "2026-13-45"}, "Observation.effectiveDateTime", "as 2026-09-04"),
    "a time without zone": Broken(
        {"effectiveDateTime": "2026-09-03T08:00:00"}, "Observation.effectiveDateTime", "offset"
    ),
    "a day of no calendar": Broken({"effectiveDateTime": "2026-02-30"}, "Observation.effectiveDateTime", "calendar"),
    "a number as text": Broken(quantity(value="1140"), "Observation.valueQuantity.value", "without quotes"),
    "a comparator of no value set": Broken(quantity(comparator="=<"), "Observation.valueQuantity.comparator", "<="),
    "value and dataAbsentReason (obs-6)": Broken(
        {"dataAbsentReason": {"text": "lost"}}, "Observation.dataAbsentReason", "obs-6"
    ),
    "an empty reference range (obs-3)": Broken(
        {"referenceRange": [{"type": {"text": "usual"}}]}, "Observation.referenceRange[0]", "obs-3"
    ),
    "category as object": Broken({"category": SOUND["category"][0]}, "Observation.category", "put [ ] around"),
    "a null": Broken({"issued": None}, "Observation.issued", "leave the element out"),
    "a Medication for subject": Broken(
        {"subject": {"reference": "Medication/1"}}, "Observation.subject.reference", "Patient"
    ),
    "an id with a space": Broken({"id": "tsh 1"}, "Observation.id", "letters, digits"),
    "a month for a day": Broken(
        {"effectiveDateTime": "2026-10"}, "Observation.effectiveDateTime", "send the day", "warning"
    ),
    "a unit that is not UCUM": Broken(quantity(code="mcU/mL"), "Observation.valueQuantity.code", "u[IU]/mL"),
    "a wrong check digit": Broken(coded(system=LOINC, code="3016-4"), "Observation.code.coding[0].code", "mistyped"),
    "a code without system": Broken(coded(code="3016-3"), "Observation.code.coding[0].system", LOINC),
    "the code of the whole in a part (obs-7)": Broken(
        {"component": [{"code": TSH, "valueString": "high"}]}, "Observation.component[0].code", "obs-7"
    ),
    "no unit": Broken(quantity(unit=..., system=..., code=...), "Observation.valueQuantity", "m[IU]/L"),
    "a unit of another kind": Broken(quantity(unit="mg", code="mg"), "Observation.valueQuantity", "m[IU]/L"),
    "a unit's code without system (qty-3)": Broken(quantity(system=...), "Observation.valueQuantity.system", "qty-3"),
}


def bytes_of(value: Any) -> bytes:
    """As a client would send it, laid out over lines."""
    return json.dumps(value, indent=2).encode()
