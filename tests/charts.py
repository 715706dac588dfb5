"""Writes patient stories as FHIR charts, the way an EHR would send them."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

UCUM = "http://unitsofmeasure.org"
LOINC = "http://loinc.org"
RXNORM = "http://www.nlm.nih.gov/research/umls/rxnorm"


def when(value: date | datetime) -> str:
    """A FHIR date, or a dateTime with an offset."""
    if isinstance(value, datetime):
        return value.isoformat() + "-05:00"
    return value.isoformat()


def observation(place: int, row: list[Any], patient: str) -> dict[str, Any]:
    """One result from `[loinc, value, unit, effective, {overrides}]`."""
    code, value, unit, effective, *more = row
    resource: dict[str, Any] = {
        "resourceType": "Observation",
        "id": f"o{place}",
        "status": "final",
        "code": {"coding": [{"system": LOINC, "code": code}]},
        "subject": {"reference": patient},
        "effectiveDateTime": when(effective),
        "valueQuantity": {"value": value},
    }
    if unit:  # 0 in a story stands for a result without unit
        resource["valueQuantity"] |= {"unit": unit, "system": UCUM, "code": unit}
    return resource | (more[0] if more else {})


def medication(place: int, order: dict[str, Any], patient: str) -> list[dict[str, Any]]:
    """An order, and the dose taken last."""
    concept: dict[str, Any] = {"text": order["text"]}
    if "rxnorm" in order:
        concept["coding"] = [{"system": RXNORM, "code": order["rxnorm"]}]
    dosage: dict[str, Any] = {"text": order["text"]}
    if "every_days" in order:
        dosage["timing"] = {"repeat": {"frequency": 1, "period": order["every_days"], "periodUnit": "d"}}
    if "route" in order:
        dosage["route"] = {"text": order["route"]}
    request: dict[str, Any] = {
        "resourceType": "MedicationRequest",
        "id": f"m{place}",
        "status": order.get("status", "active"),
        "intent": "order",
        "medicationCodeableConcept": concept,
        "subject": {"reference": patient},
        "dosageInstruction": [dosage],
    }
    if "start" in order:
        request["authoredOn"] = when(order["start"])
    if "last_dose" not in order:
        return [request]
    dose = {
        "resourceType": "MedicationAdministration",
        "id": f"a{place}",
        "status": "completed",
        "medicationCodeableConcept": concept,
        "subject": {"reference": patient},
        "effectiveDateTime": when(order["last_dose"]),
    }
    return [request, dose]


def chart(story: dict[str, Any]) -> dict[str, Any]:
    """A collection Bundle that tells the story."""
    person = "Patient/story"
    today = story["today"]
    day = today.date() if isinstance(today, datetime) else today
    born = day - timedelta(days=int(365.25 * story.get("age", 45)) + 30)
    patient = {
        "resourceType": "Patient",
        "id": "story",
        "gender": story.get("gender", "male"),
        "birthDate": born.isoformat(),
    }
    resources: list[dict[str, Any]] = [patient]
    for place, order in enumerate(story.get("therapy", []), 1):
        resources += medication(place, order, person)
    for place, row in enumerate(story.get("results", []), 1):
        resources.append(observation(place, row, person))
    for place, code in enumerate(story.get("conditions", []), 1):
        resources.append(
            {
                "resourceType": "Condition",
                "id": f"c{place}",
                "code": {"coding": [{"system": "http://hl7.org/fhir/sid/icd-10-cm", "code": code}]},
                "subject": {"reference": person},
            }
        )
    return {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": r} for r in resources]}
