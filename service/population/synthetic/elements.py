"""FHIR R4 resources of invented patients, as an EHR exports them; dictionaries, for as long as it takes."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from service.population.synthetic.tables import Diagnosis, Regimen

Resource = dict[str, Any]
LOINC, UCUM = "http://loinc.org", "http://unitsofmeasure.org"
RXNORM, ICD_10_CM = "http://www.nlm.nih.gov/research/umls/rxnorm", "http://hl7.org/fhir/sid/icd-10-cm"
SNOMED = "http://snomed.info/sct"
CATEGORY = "http://terminology.hl7.org/CodeSystem/observation-category"
LABORATORY = [{"coding": [{"system": CATEGORY, "code": "laboratory", "display": "Laboratory"}], "text": "Laboratory"}]
SHIFT = "-05:00"  # the clocks of every invented site


def when(moment: date | datetime) -> str:
    """A FHIR date, or a dateTime with its offset."""
    return moment.isoformat() + SHIFT if isinstance(moment, datetime) else moment.isoformat()


def patient(identity: str, sex: str, born: date, site: int) -> Resource:
    """A person of one site."""
    return {
        "resourceType": "Patient",
        "id": identity,
        "active": True,
        "name": [{"family": "Synthetic", "given": [identity]}],
        "gender": sex,
        "birthDate": when(born),
        "managingOrganization": organization(site),
    }


def organization(site: int) -> Resource:
    """A reference to one site."""
    return {"reference": f"Organization/site-{site}", "display": f"Clinic {site}"}


def encounter(identity: str, subject: str, at: datetime, site: int) -> Resource:
    """A visit at one site."""
    return {
        "resourceType": "Encounter",
        "id": identity,
        "status": "finished",
        "class": {"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "AMB"},
        "subject": {"reference": subject},
        "period": {"start": when(at), "end": when(at)},
        "location": [{"location": {"reference": f"Location/site-{site}-1", "display": f"Clinic {site}, ground floor"}}],
        "serviceProvider": organization(site),
    }


def observation(identity: str, subject: str, code: Resource, effective: str, **value: Any) -> Resource:
    """A laboratory result."""
    return {
        "resourceType": "Observation",
        "id": identity,
        "meta": {"versionId": "1", "lastUpdated": "2026-01-01T00:00:00Z"},
        "status": "final",
        "category": LABORATORY,
        "code": code,
        "subject": {"reference": subject},
        "effectiveDateTime": effective,
        **value,
    }


def coded(loinc: str, name: str, system: str = LOINC) -> Resource:
    """A code with its name."""
    return {"coding": [{"system": system, "code": loinc, "display": name}], "text": name}


def quantity(value: Decimal, unit: str, code: str) -> Resource:
    """A number with its unit, which may be a mere text or absent."""
    printed = {"unit": unit} if unit else {}
    return {"value": value} | printed | ({"system": UCUM, "code": code} if code else {})


def order(identity: str, subject: str, regimen: Regimen, text: str, dosage: str, start: date) -> Resource:
    """An order; a statement where the patient only says so."""
    concept: Resource = {"text": text}
    if regimen.rxnorm:
        concept = {"coding": [{"system": RXNORM, "code": regimen.rxnorm, "display": text}]} | concept
    taken: Resource = {"text": dosage}
    if regimen.route:
        taken["route"] = {"text": regimen.route}
    if regimen.every_days:
        taken["timing"] = {"repeat": {"frequency": 1, "period": regimen.every_days, "periodUnit": "d"}}
    common = {"id": identity, "status": "active", "subject": {"reference": subject}}
    if regimen.statement:
        period = {"start": when(start)}
        return {"resourceType": "MedicationStatement"} | common | {
            "medicationCodeableConcept": concept, "effectivePeriod": period, "dosage": [taken],
        }  # fmt: skip
    return {"resourceType": "MedicationRequest"} | common | {
        "intent": "order", "medicationCodeableConcept": concept, "authoredOn": when(start),
        "dosageInstruction": [taken],
    }  # fmt: skip


def administration(identity: str, subject: str, concept: Resource, at: datetime) -> Resource:
    """A dose that was given."""
    return {
        "resourceType": "MedicationAdministration",
        "id": identity,
        "status": "completed",
        "medicationCodeableConcept": concept,
        "subject": {"reference": subject},
        "effectiveDateTime": when(at),
    }


def condition(identity: str, subject: str, diagnosis: Diagnosis, onset: date) -> Resource:
    """A diagnosis that holds."""
    clinical = "http://terminology.hl7.org/CodeSystem/condition-clinical"
    return {
        "resourceType": "Condition",
        "id": identity,
        "clinicalStatus": {"coding": [{"system": clinical, "code": "active"}]},
        "code": coded(diagnosis.code, diagnosis.text, ICD_10_CM),
        "subject": {"reference": subject},
        "onsetDateTime": when(onset),
        "recordedDate": when(onset),
    }


def procedure(identity: str, subject: str, day: date) -> Resource:
    """An operation that nothing here depends on."""
    return {
        "resourceType": "Procedure",
        "id": identity,
        "status": "completed",
        "code": coded("80146002", "Appendectomy", SNOMED),
        "subject": {"reference": subject},
        "performedDateTime": when(day),
    }


def told(identity: str, subject: str, code: Resource, day: date, answer: Resource) -> Resource:
    """Something a person was asked: a coded answer."""
    return observation(identity, subject, code, when(day), valueCodeableConcept=answer) | {
        "category": [{"coding": [{"system": CATEGORY, "code": "social-history"}]}]
    }
