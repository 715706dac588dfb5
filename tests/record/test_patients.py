"""The person: sex and where it was found, birth date, death."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from cds_hooks.facts import Patient, UnreadReason
from cds_hooks.record.patients import BIRTH_SEX, SEX_PARAMETER
from tests.record.charts import bundle, patient, read_json


def person(**changes: Any) -> Patient:
    return read_json(bundle(patient(**changes))).patient


def parameter(code: str) -> dict[str, Any]:
    coding = {"system": "http://terminology.hl7.org/CodeSystem/sex-parameter-for-clinical-use", "code": code}
    return {"url": SEX_PARAMETER, "extension": [{"url": "value", "valueCodeableConcept": {"coding": [coding]}}]}


BORN_FEMALE = {"url": BIRTH_SEX, "valueCode": "F"}


@pytest.mark.parametrize(
    ("extensions", "gender", "sex", "basis"),
    [
        ([parameter("male-typical"), BORN_FEMALE], "female", "male", "sexParameterForClinicalUse"),
        ([BORN_FEMALE, parameter("specified")], "female", "other", "sexParameterForClinicalUse"),
        ([parameter("unknown"), BORN_FEMALE], "male", "female", "birthsex"),
        ([{"url": BIRTH_SEX, "valueCode": "UNK"}], "male", "male", "gender (assumed)"),
        ([{"url": SEX_PARAMETER}], "female", "female", "gender (assumed)"),
        ([{"url": SEX_PARAMETER, "valueCodeableConcept": {"coding": [{}]}}], "female", "female", "gender (assumed)"),
        ([], "female", "female", "gender (assumed)"),
        ([], "other", "other", "gender (assumed)"),
        ([], "unknown", None, "not recorded"),
        ([], None, None, "not recorded"),
        ([{"url": "urn:other", "valueCode": "F"}, {"valueCode": "F"}], None, None, "not recorded"),
    ],
)
def test_the_sex_that_tables_go_by(extensions: list[Any], gender: str | None, sex: str | None, basis: str) -> None:
    read = person(extension=extensions, gender=gender)
    assert (read.sex, read.sex_basis) == (sex, basis)


@pytest.mark.parametrize(
    ("written", "day"),
    [
        ("1953-12-29", date(1953, 12, 29)),
        ("1953-12", date(1953, 12, 31)),
        ("1953", date(1953, 12, 31)),
        ("2026", date(2026, 9, 4)),
        ("2026-09-04", date(2026, 9, 4)),
        (None, None),
    ],
)
def test_a_partial_birth_date_makes_nobody_older_than_they_are(written: str | None, day: date | None) -> None:
    facts = read_json(bundle(patient(birthDate=written)))
    assert facts.patient.birth_date == day
    assert facts.unread == ()


@pytest.mark.parametrize("written", ["2026-09-05", "2027", "2026-10", "1953-02-30", "29.12.1953"])
def test_an_impossible_birth_date_is_told(written: str) -> None:
    facts = read_json(bundle(patient(birthDate=written)))
    assert facts.patient.birth_date is None
    assert [(one.reference, one.reason) for one in facts.unread] == [("Patient/1", UnreadReason.MALFORMED)]


@pytest.mark.parametrize(
    ("elements", "deceased"),
    [
        ({}, False),
        ({"deceasedBoolean": False}, False),
        ({"deceasedBoolean": True}, True),
        ({"deceasedDateTime": "1999"}, True),
    ],
)
def test_whether_the_patient_has_died(elements: dict[str, Any], deceased: bool) -> None:
    assert person(**elements).deceased is deceased
