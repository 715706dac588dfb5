"""Charts with the defects that real ones have: nothing is lost, nothing is invented, nothing raises."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from cds_hooks.facts import UnreadReason
from tests.record.charts import LOINC, RXNORM, UCUM, Json, bundle, read_json

MAN = "urn:uuid:0f6c9a52-6d3f-4b0e-9d5a-3f2f3f0c7a11"


def old_lab(identity: str, code: str, value: float, unit: str, day: str, **changes: Any) -> Json:
    """As a hospital's STU3 export writes it: status unknown, old category system, a filler for the reference range."""
    zero = {"value": 0, "unit": unit, "system": UCUM, "code": unit}
    return {
        "resourceType": "Observation",
        "id": identity,
        "meta": {"tag": [{"system": "urn:tags", "code": "2017"}]},
        "text": {"status": "generated", "div": "<div xmlns='http://www.w3.org/1999/xhtml'>lab</div>"},
        "status": "unknown",
        "category": [{"coding": [{"system": "http://hl7.org/fhir/observation-category", "code": "laboratory"}]}],
        "code": {"coding": [{"system": LOINC, "code": code, "display": "Lab\u200b SerPl"}], "text": "Lab\u200b SerPl"},
        "subject": {"reference": "Patient/old-1"},
        "performer": [{"reference": "Practitioner/9"}],
        "effectiveDateTime": day,
        "valueQuantity": {"value": value, "unit": unit, "system": UCUM, "code": unit},
        "referenceRange": [{"low": zero, "high": zero, "type": {"text": "Normal Range"}}],
        **changes,
    }


def old_order(identity: str, name: str, code: str, text: str) -> Json:
    """An order without authoredOn; its dose stands where STU3 has it."""
    return {
        "resourceType": "MedicationRequest",
        "id": identity,
        "status": "active",
        "intent": "order",
        "medicationCodeableConcept": {"coding": [{"system": RXNORM, "code": code, "display": name}], "text": name},
        "subject": {"reference": "Patient/old-1"},
        "dosageInstruction": [{"text": text, "doseQuantity": {"value": 1, "unit": "tablet"}}],
    }


OLD_PATIENT: Json = {
    "resourceType": "Patient",
    "id": "old-1",
    "active": True,
    "gender": "male",
    "birthDate": "1953-12-29",
}


def test_a_hospital_export_with_unknown_status_is_read_whole() -> None:
    facts = read_json(
        bundle(
            OLD_PATIENT,
            old_lab("1", "2986-8", 598, "ng/dL", "2014-07-29"),
            old_lab("2", "4544-3", 48.2, "%", "2015-07-12"),
            old_lab("3", "2857-1", 0, "ng/mL", "2007-04-15"),
            old_lab("4", "11580-8", 1.471, "mcU/mL", "2013-02-01"),
            old_lab("5", "1-8", 0.9, "furlong", "2013-02-01"),
        )
    )
    assert facts.unread == ()
    assert [(r.analyte, r.value, r.status) for r in facts.readings] == [
        ("testosterone_total", Decimal(598), "unknown"),
        ("hematocrit", Decimal("48.2"), "unknown"),
        ("psa_total", Decimal(0), "unknown"),
        ("tsh", Decimal("1.471"), "unknown"),
    ]
    assert all(reading.effective.clock is None for reading in facts.readings)
    assert facts.readings[3].notes == ("unit-alias",)


def test_orders_without_a_date_are_therapies_of_unknown_start() -> None:
    facts = read_json(
        bundle(
            OLD_PATIENT,
            old_order("1", "levothyroxine 50 mcg", "0", "1 tab po qd"),
            old_order("2", "Amoxicillin 875mg", "0", "1 tab po bid x 10 days"),
        )
    )
    therapy, antibiotic = facts.therapies
    assert antibiotic.classes == ("antibiotic",)
    assert (therapy.drug, therapy.start, therapy.current) == ("levothyroxine", None, True)
    assert (therapy.interval_hours, therapy.route, therapy.dose) == (Decimal(24), "oral", "50 ug")
    assert facts.unread == ()


def test_a_synthetic_chart_is_read_by_its_uuids_among_resources_nobody_reads() -> None:
    subject = {"reference": MAN}
    entries = [
        {"fullUrl": MAN, "resource": {**OLD_PATIENT, "id": MAN.rpartition(":")[2], "deceasedDateTime": "2020-01-01"}},
        {"fullUrl": "urn:uuid:1", "resource": {"resourceType": "Claim", "total": {"value": 1.5}, "patient": subject}},
        {"fullUrl": "urn:uuid:2", "resource": {"resourceType": "Encounter", "status": "finished", "subject": subject}},
        {
            "fullUrl": "urn:uuid:3",
            "resource": old_lab("3", "4544-3", 37.60553780878606, "%", "1992-11-14T19:20:06+00:00", subject=subject),
        },
        {
            "fullUrl": "urn:uuid:4",
            "resource": {**old_order("4", "testosterone gel", "0", "daily"), "subject": subject, "intent": None},
        },
    ]
    facts = read_json({"resourceType": "Bundle", "type": "transaction", "entry": entries})
    assert facts.unread == ()
    assert facts.patient.deceased
    assert [(r.value, r.effective.text) for r in facts.readings] == [(Decimal("37.60553780878606"), "1992-11-14T19:20")]
    assert [therapy.drug for therapy in facts.therapies] == ["testosterone"]


def test_drafts_of_the_sandbox_break_nothing_before_and_after_a_drug_is_chosen() -> None:
    """No Bundle type, category as an object, no intent; before a drug is chosen no medication either."""
    draft: Json = {
        "resourceType": "MedicationRequest",
        "id": "draft",
        "status": "draft",
        "category": {"coding": [{"code": "outpatient"}]},
        "subject": {"reference": "Patient/old-1"},
    }
    chosen = {
        **draft,
        "id": "chosen",
        "medicationCodeableConcept": {"text": "testosterone gel", "coding": [{"code": "1"}]},
    }
    facts = read_json({"resourceType": "Bundle", "entry": [{"resource": one} for one in (OLD_PATIENT, draft, chosen)]})
    assert [(therapy.drug, therapy.planned) for therapy in facts.therapies] == [("testosterone", True)]
    assert [(one.reference, one.reason) for one in facts.unread] == [
        ("MedicationRequest/draft", UnreadReason.DRUG_UNKNOWN)
    ]
