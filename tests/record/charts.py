"""Small charts for the tests of `record`: plain FHIR JSON as dictionaries, and one way to read it."""

from __future__ import annotations

import json
from datetime import date, datetime
from functools import cache
from typing import Any

from cds_hooks.facts import Facts, Moment, Unread
from cds_hooks.record.fhir.resources import decode_bundle
from cds_hooks.record.moments import Calendar
from cds_hooks.record.read import read
from service.site.site import packaged_files
from terminology.vocabulary import Vocabulary

Json = dict[str, Any]
LOINC = "http://loinc.org"
UCUM = "http://unitsofmeasure.org"
RXNORM = "http://www.nlm.nih.gov/research/umls/rxnorm"
SNOMED = "http://snomed.info/sct"
ICD10 = "http://hl7.org/fhir/sid/icd-10-cm"
TODAY = Moment(date(2026, 9, 4))
CYPIONATE = {"coding": [{"system": RXNORM, "code": "835840"}], "text": "testosterone cypionate 200 MG/ML"}


@cache
def vocabulary() -> Vocabulary:
    """The vocabulary as the service builds it."""
    return Vocabulary.build(packaged_files("terminology.tables"))


def patient(**changes: Any) -> Json:
    return {"resourceType": "Patient", "id": "1", "gender": "male", "birthDate": "1970-01-01", **changes}


def observation(loinc: str = "4544-3", value: Any = 47, unit: str | None = "%", **changes: Any) -> Json:
    """A final hematocrit of 47 %, with whatever a test changes; None leaves an element out."""
    quantity = {"value": value, "unit": unit, "system": UCUM, "code": unit}
    written = {
        "resourceType": "Observation",
        "id": "o1",
        "status": "final",
        "code": {"coding": [{"system": LOINC, "code": loinc}]},
        "subject": {"reference": "Patient/1"},
        "effectiveDateTime": "2026-09-03T20:00:00+02:00",
        "valueQuantity": {key: item for key, item in quantity.items() if item is not None},
        **changes,
    }
    return {key: item for key, item in written.items() if item is not None}


def request(**changes: Any) -> Json:
    """An active order of testosterone cypionate since June, with whatever a test changes; None leaves it out."""
    written = {
        "resourceType": "MedicationRequest",
        "id": "m1",
        "status": "active",
        "intent": "order",
        "medicationCodeableConcept": CYPIONATE,
        "subject": {"reference": "Patient/1"},
        "authoredOn": "2026-06-01",
        **changes,
    }
    return {key: item for key, item in written.items() if item is not None}


def resource(kind: str, **elements: Any) -> Json:
    return {"resourceType": kind, "id": "x1", "subject": {"reference": "Patient/1"}, **elements}


def bundle(*resources: Json, **changes: Any) -> Json:
    return {
        "resourceType": "Bundle",
        "type": "collection",
        "entry": [{"resource": one} for one in resources],
        **changes,
    }


def read_json(chart: Json, today: Moment = TODAY, **settings: Any) -> Facts:
    """A Bundle, from bytes to facts."""
    _, located, unread = decode_bundle(json.dumps(chart).encode())
    return read(located, vocabulary(), today=today, unread=unread, **{"zone": None, "patient_id": None, **settings})


def facts_of(*resources: Json, **settings: Any) -> Facts:
    """The facts of a Bundle with a Patient and these resources."""
    return read_json(bundle(patient(), *resources), **settings)


def only_unread(*resources: Json, **settings: Any) -> Unread:
    """The one thing that could not be read; nothing of it became a reading or therapy."""
    facts = facts_of(*resources, **settings)
    assert not facts.readings
    assert not facts.therapies
    (unread,) = facts.unread
    return unread


def moment(text: str) -> Moment:
    found = Calendar(TODAY, None).moment(text)
    assert isinstance(found, Moment)
    return found


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)
