"""Builds the hook calls that are sent: a man on testosterone, his laboratory results as large as an EHR writes them."""

from __future__ import annotations

import json
from datetime import date, datetime, time, timedelta
from typing import Any, NamedTuple

PATIENT = "bench-1"
SUBJECT = {"reference": f"Patient/{PATIENT}", "display": "Bench, Example"}
LOINC = "http://loinc.org"
UCUM = "http://unitsofmeasure.org"
TERMINOLOGY = "http://terminology.hl7.org/CodeSystem"
RXNORM = "http://www.nlm.nih.gov/research/umls/rxnorm"
US_CORE = "http://hl7.org/fhir/us/core/StructureDefinition"
NOTHING_FOUND = {"resourceType": "Bundle", "type": "searchset", "total": 0}

Resource = dict[str, Any]


class LabTest(NamedTuple):
    """A laboratory test as a report lists it; `values` are written newest first, then over again."""

    code: str
    name: str
    unit: str
    low: float
    high: float
    values: tuple[float, ...]


# One result in three is of these: the service has an analyte for each.
OURS = (
    LabTest("2986-8", "Testosterone [Mass/volume] in Serum or Plasma", "ng/dL", 264, 916, (612, 655, 590, 701)),
    LabTest(
        "4544-3", "Hematocrit [Volume Fraction] of Blood by Automated count", "%", 38.3, 48.6, (54.5, 51.2, 49.8, 47)
    ),
    LabTest("2857-1", "Prostate specific Ag [Mass/volume] in Serum or Plasma", "ng/mL", 0, 4, (1.1, 1.05, 0.98, 1)),
    LabTest("2243-4", "Estradiol (E2) [Mass/volume] in Serum or Plasma", "pg/mL", 7.6, 42.6, (34, 38.5, 31, 29)),
    LabTest("718-7", "Hemoglobin [Mass/volume] in Blood", "g/dL", 13.2, 16.6, (17.4, 16.9, 16.2, 15.6)),
    LabTest("3016-3", "Thyrotropin [Units/volume] in Serum or Plasma", "m[IU]/L", 0.45, 4.5, (1.9, 2.1, 1.7, 2.4)),
    LabTest(
        "13967-5", "Sex hormone binding globulin [Moles/volume] in Serum or Plasma", "nmol/L", 16, 55, (28, 31, 26, 33)
    ),
    LabTest("2991-8", "Testosterone Free [Mass/volume] in Serum or Plasma", "pg/mL", 47, 244, (148, 152, 131, 160)),
    LabTest("10501-5", "Lutropin [Units/volume] in Serum or Plasma", "[IU]/L", 1.7, 8.6, (0.3, 0.2, 0.4, 3.1)),
    LabTest(
        "3024-7", "Thyroxine (T4) free [Mass/volume] in Serum or Plasma", "ng/dL", 0.8, 1.8, (1.2, 1.15, 1.3, 1.25)
    ),
)
# The others mean nothing to it, now or later.
OTHERS = (
    LabTest("2075-0", "Chloride [Moles/volume] in Serum or Plasma", "mmol/L", 98, 107, (102, 101, 103)),
    LabTest("1798-8", "Amylase [Enzymatic activity/volume] in Serum or Plasma", "U/L", 28, 100, (61, 58, 64)),
    LabTest("3040-3", "Lipase [Enzymatic activity/volume] in Serum or Plasma", "U/L", 13, 60, (31, 28, 35)),
    LabTest(
        "2532-0", "Lactate dehydrogenase [Enzymatic activity/volume] in Serum or Plasma", "U/L", 122, 222, (168, 171)
    ),
    LabTest("5902-2", "Prothrombin time (PT)", "s", 9.4, 12.5, (11.2, 10.9, 11.4)),
    LabTest("14979-9", "aPTT in Platelet poor plasma by Coagulation assay", "s", 25, 37, (29.5, 31.2, 28.7)),
    LabTest(
        "2157-6", "Creatine kinase [Enzymatic activity/volume] in Serum or Plasma", "U/L", 39, 308, (142, 198, 120)
    ),
    LabTest("2524-7", "Lactate [Moles/volume] in Serum or Plasma", "mmol/L", 0.5, 2.2, (1.1, 0.9, 1.3)),
    LabTest("4537-7", "Erythrocyte sedimentation rate by Westergren method", "mm/h", 0, 22, (8, 11, 6)),
    LabTest("11572-5", "Rheumatoid factor [Units/volume] in Serum or Plasma", "[IU]/mL", 0, 15, (7, 6, 8)),
    LabTest("5803-2", "pH of Urine by Test strip", "[pH]", 5, 8, (6, 6.5, 5.5)),
    LabTest("770-8", "Neutrophils/100 leukocytes in Blood by Automated count", "%", 40, 70, (57.5, 60.1, 55.2)),
)


def hook_call(observations: int, today: date) -> bytes:
    """The body of a patient-view call whose chart holds this many laboratory results."""
    prefetch = {
        "patient": patient(),
        "labs": searchset(laboratory_results(observations, today)),
        "medications": searchset(medications(today)),
        "administrations": NOTHING_FOUND,
        "statements": NOTHING_FOUND,
        "procedures": NOTHING_FOUND,
        "conditions": searchset(conditions()),
        "context": NOTHING_FOUND,
    }
    call = {
        "hook": "patient-view",
        "hookInstance": "7b0f1e52-98a1-4d4e-9a55-0d3c2f8a6b11",
        "context": {"userId": "Practitioner/bench", "patientId": PATIENT},
        "prefetch": prefetch,
    }
    return json.dumps(call, separators=(",", ":")).encode()


def searchset(resources: list[Resource]) -> Resource:
    """What an EHR's FHIR server answers to a search."""
    entries = [
        {
            "fullUrl": f"https://fhir.example.org/r4/{resource['resourceType']}/{resource['id']}",
            "resource": resource,
            "search": {"mode": "match"},
        }
        for resource in resources
    ]
    return {"resourceType": "Bundle", "type": "searchset", "total": len(entries), "entry": entries}


def laboratory_results(count: int, today: date) -> list[Resource]:
    """Newest first, a quarter of a year between two visits; one in three is of an analyte the service judges."""
    return [laboratory_result(number, today) for number in range(count)]


def laboratory_result(number: int, today: date) -> Resource:
    """One US-Core-style Observation with the ballast of a real one, about 1.7 KB."""
    tests = OTHERS if number % 3 else OURS
    turn = number // 3 if tests is OURS else number - number // 3 - 1
    visit, place = divmod(turn, len(tests))
    test = tests[place]
    drawn = datetime.combine(today - timedelta(days=9 + 91 * visit), time(8, 10))
    value = test.values[visit % len(test.values)]
    return {
        "resourceType": "Observation",
        "id": f"lab-{number}",
        "meta": {
            "versionId": "1",
            "lastUpdated": f"{drawn + timedelta(hours=7):%Y-%m-%dT%H:%M:%S}.000-05:00",
            "profile": [f"{US_CORE}/us-core-observation-lab"],
        },
        "text": {
            "status": "generated",
            "div": f'<div xmlns="http://www.w3.org/1999/xhtml">{test.name}: {value} {test.unit}</div>',
        },
        "identifier": [
            {"use": "official", "system": "urn:oid:1.2.840.114350.1.13.0.1.7.2.798268", "value": f"{number}"}
        ],
        "basedOn": [{"reference": f"ServiceRequest/order-{visit}", "display": "Laboratory panel"}],
        "status": "final",
        "category": [
            {
                "coding": [
                    {
                        "system": f"{TERMINOLOGY}/observation-category",
                        "code": "laboratory",
                        "display": "Laboratory",
                    }
                ],
                "text": "Laboratory",
            }
        ],
        "code": {"coding": [{"system": LOINC, "code": test.code, "display": test.name}], "text": test.name},
        "subject": SUBJECT,
        "encounter": {"reference": f"Encounter/visit-{visit}", "display": "Office visit"},
        "effectiveDateTime": f"{drawn:%Y-%m-%dT%H:%M:%S}-05:00",
        "issued": f"{drawn + timedelta(hours=6):%Y-%m-%dT%H:%M:%S}.000-05:00",
        "performer": [{"reference": "Organization/lab", "display": "Example Laboratory"}],
        "valueQuantity": {"value": value, "unit": test.unit, "system": UCUM, "code": test.unit},
        "interpretation": [interpretation(value, test)],
        "referenceRange": [
            {
                "low": {"value": test.low, "unit": test.unit, "system": UCUM, "code": test.unit},
                "high": {"value": test.high, "unit": test.unit, "system": UCUM, "code": test.unit},
                "text": f"{test.low} - {test.high} {test.unit}",
            }
        ],
    }


def interpretation(value: float, test: LabTest) -> Resource:
    """The laboratory's own flag."""
    code, display = ("H", "High") if value > test.high else ("L", "Low") if value < test.low else ("N", "Normal")
    coding = {"system": f"{TERMINOLOGY}/v3-ObservationInterpretation", "code": code, "display": display}
    return {"coding": [coding], "text": display}


def patient() -> Resource:
    """A man of about 58."""
    return {
        "resourceType": "Patient",
        "id": PATIENT,
        "meta": {"versionId": "4", "profile": [f"{US_CORE}/us-core-patient"]},
        "extension": [{"url": f"{US_CORE}/us-core-birthsex", "valueCode": "M"}],
        "identifier": [{"use": "usual", "system": "urn:oid:1.2.36.146.595.217.0.1", "value": "bench"}],
        "name": [{"use": "official", "family": "Bench", "given": ["Example"]}],
        "gender": "male",
        "birthDate": "1968-01-25",
    }


def medications(today: date) -> list[Resource]:
    """Testosterone injections for a year, and two drugs of no concern."""
    return [
        medication(
            "rx-1", today, "835840", "testosterone cypionate 200 mg/mL injection", "100 mg intramuscularly weekly", 7
        ),
        medication("rx-2", today, "314076", "lisinopril 10 MG Oral Tablet", "1 tablet by mouth daily", 1),
        medication("rx-3", today, "617318", "atorvastatin 20 MG Oral Tablet", "1 tablet by mouth daily", 1),
    ]


def medication(identity: str, today: date, code: str, name: str, sig: str, every: int) -> Resource:
    """An active order taken every so many days."""
    return {
        "resourceType": "MedicationRequest",
        "id": identity,
        "meta": {"versionId": "1", "profile": [f"{US_CORE}/us-core-medicationrequest"]},
        "status": "active",
        "intent": "order",
        "medicationCodeableConcept": {"coding": [{"system": RXNORM, "code": code, "display": name}], "text": name},
        "subject": SUBJECT,
        "authoredOn": f"{today - timedelta(days=372)}T09:00:00-05:00",
        "requester": {"reference": "Practitioner/bench", "display": "Doctor, Example"},
        "dosageInstruction": [
            {"text": sig, "timing": {"repeat": {"frequency": 1, "period": every, "periodUnit": "d"}}}
        ],
    }


def conditions() -> list[Resource]:
    """The reason for treatment, and one more."""
    return [
        condition("c-1", "48723006", "Male hypogonadism"),
        condition("c-2", "59621000", "Essential hypertension"),
    ]


def condition(identity: str, code: str, name: str) -> Resource:
    """An active, confirmed problem."""
    return {
        "resourceType": "Condition",
        "id": identity,
        "clinicalStatus": {"coding": [{"system": f"{TERMINOLOGY}/condition-clinical", "code": "active"}]},
        "verificationStatus": {"coding": [{"system": f"{TERMINOLOGY}/condition-ver-status", "code": "confirmed"}]},
        "category": [{"coding": [{"system": f"{TERMINOLOGY}/condition-category", "code": "problem-list-item"}]}],
        "code": {"coding": [{"system": "http://snomed.info/sct", "code": code, "display": name}], "text": name},
        "subject": SUBJECT,
    }
