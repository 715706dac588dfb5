"""Writes patient stories as FHIR charts, the way an EHR would send them."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from terminology.context_factors import FACTORS
from terminology.organs import INVENTORY

UCUM = "http://unitsofmeasure.org"
LOINC = "http://loinc.org"
RXNORM = "http://www.nlm.nih.gov/research/umls/rxnorm"
SNOMED = "http://snomed.info/sct"
ICD_10_CM = "http://hl7.org/fhir/sid/icd-10-cm"


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
    if "end" in order:
        dosage.setdefault("timing", {}).setdefault("repeat", {})["boundsPeriod"] = {"end": when(order["end"])}
    if "route" in order:
        dosage["route"] = {"text": order["route"]}
    request: dict[str, Any] = {
        "resourceType": "MedicationRequest",
        "id": f"m{place}",
        "status": order.get("status", "draft" if order.get("planned") else "active"),
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


def supplement(place: int, row: str | dict[str, Any], patient: str) -> dict[str, Any]:
    """What someone says they take: from its text, or `{text, dose, since, last_dose, asserted}`."""
    said = {"text": row} if isinstance(row, str) else row
    statement: dict[str, Any] = {
        "resourceType": "MedicationStatement",
        "id": f"s{place}",
        "status": "active",
        "medicationCodeableConcept": {"text": said["text"]},
        "subject": {"reference": patient},
    }
    if "dose" in said:
        statement["dosage"] = [{"text": said["dose"]}]
    if "last_dose" in said:
        statement["effectiveDateTime"] = when(said["last_dose"])
    elif "since" in said:
        statement["effectivePeriod"] = {"start": when(said["since"])}
    if "asserted" in said:
        statement["dateAsserted"] = when(said["asserted"])
    return statement


def factor(code: str, answer_to: Any, day: date, patient: str) -> dict[str, Any]:
    """A context factor: answered with a word, or measured as `[value, unit]`."""
    value = coded(FACTORS, answer_to) if isinstance(answer_to, str) else {"valueQuantity": _quantity(*answer_to)}
    return answer(f"factor-{code}", FACTORS, code, day, patient, **value)


def _quantity(value: Any, unit: str) -> dict[str, Any]:
    return {"value": value, "unit": unit, "system": UCUM, "code": unit}


def condition(place: int, row: str | list[Any], patient: str) -> dict[str, Any]:
    """A diagnosis from its ICD-10-CM code, or from `[code, onset]`."""
    code, *onset = [row] if isinstance(row, str) else row
    resource = {
        "resourceType": "Condition",
        "id": f"c{place}",
        "code": {"coding": [{"system": ICD_10_CM, "code": code}]},
        "subject": {"reference": patient},
    }
    return resource | ({"onsetDateTime": when(onset[0])} if onset else {})


def answer(identity: str, system: str, code: str, day: date, patient: str, **value: Any) -> dict[str, Any]:
    """An Observation that is answered with something other than a quantity."""
    return {
        "resourceType": "Observation",
        "id": identity,
        "status": "final",
        "code": {"coding": [{"system": system, "code": code}]},
        "subject": {"reference": patient},
        "effectiveDateTime": day.isoformat(),
        **value,
    }


def coded(system: str, code: str) -> dict[str, Any]:
    """A coded answer."""
    return {"valueCodeableConcept": {"coding": [{"system": system, "code": code}]}}


def told(story: dict[str, Any], day: date, patient: str) -> list[dict[str, Any]]:
    """The organ inventory, context factors, the last period, pregnancy and smoking, as far as a story tells of them."""
    found = [
        answer(f"organ-{organ}", INVENTORY, organ, day, patient, **coded(INVENTORY, presence))
        for organ, presence in story.get("organs", {}).items()
    ]
    found += [factor(code, said, day, patient) for code, said in story.get("factors", {}).items()]
    if "pregnant" in story:
        status = "77386006" if story["pregnant"] else "60001007"
        found.append(answer("pregnancy", LOINC, "82810-3", day, patient, **coded(SNOMED, status)))
    if "last_period" in story:
        found.append(answer("lmp", LOINC, "8665-2", day, patient, valueDateTime=when(story["last_period"])))
    if "smoker" in story:
        status = "LA18976-3" if story["smoker"] else "LA18978-9"
        found.append(answer("smoking", LOINC, "72166-2", day, patient, **coded(LOINC, status)))
    return found


def goal(place: int, row: dict[str, Any], patient: str) -> dict[str, Any]:
    """A target range from `{loinc, low, high, unit}`."""
    ends = {end: {"value": row[end], "unit": row["unit"]} for end in ("low", "high") if end in row}
    measure = {"coding": [{"system": LOINC, "code": row["loinc"]}]}
    return {
        "resourceType": "Goal",
        "id": f"g{place}",
        "lifecycleStatus": "active",
        "description": {"text": "target range"},
        "subject": {"reference": patient},
        "target": [{"measure": measure, "detailRange": ends}],
    }


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
    for place, diagnosis in enumerate(story.get("conditions", []), 1):
        resources.append(condition(place, diagnosis, person))
    for place, named in enumerate(story.get("procedures", []), 1):
        subject = {"reference": person}
        done = {"resourceType": "Procedure", "id": f"p{place}", "status": "completed", "subject": subject}
        resources.append(done | {"code": {"text": named}})
    for place, target in enumerate(story.get("goals", []), 1):
        resources.append(goal(place, target, person))
    for place, row in enumerate(story.get("supplements", []), 1):
        resources.append(supplement(place, row, person))
    for place, raw in enumerate(story.get("observations", []), 1):
        named = {"resourceType": "Observation", "id": f"r{place}", "status": "final", "subject": {"reference": person}}
        resources.append(named | raw)
    resources += told(story, day, person)
    return {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": r} for r in resources]}
