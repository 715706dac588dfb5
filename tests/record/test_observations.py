"""Laboratory results: what becomes a reading, and which reason is given for what does not."""

from __future__ import annotations

import json
from datetime import date, time
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from cds_hooks.facts import Moment, Reading, Unread, UnreadReason
from cds_hooks.record.fhir.resources import decode_bundle
from cds_hooks.record.read import read
from tests.record.charts import (
    LOINC,
    SNOMED,
    TODAY,
    UCUM,
    Json,
    at,
    bundle,
    facts_of,
    moment,
    observation,
    only_unread,
    patient,
    vocabulary,
)


def only_reading(*resources: Json, **settings: Any) -> Reading:
    facts = facts_of(*resources, **settings)
    assert facts.unread == ()
    (reading,) = facts.readings
    return reading


def coded(*codings: Json, **changes: Any) -> Json:
    return observation(**{"code": {"coding": list(codings)}, **changes})


def loinc(code: str, **more: str) -> Json:
    return {"system": LOINC, "code": code, **more}


def test_a_result_carries_what_the_chart_wrote_and_the_canonical_value() -> None:
    reading = only_reading(
        observation("4544-3", 0.545, "L/L", issued="2026-09-03T21:00:00+02:00", meta={"versionId": "3"})
    )
    assert reading.analyte == "hematocrit"
    assert (reading.value, reading.unit) == (Decimal("54.5"), "%")
    assert (reading.reported, reading.reported_unit) == (Decimal("0.545"), "L/L")
    assert reading.effective == Moment(date(2026, 9, 3), time(20), at("2026-09-03T18:00:00+00:00"))
    assert reading.reference == "Observation/o1"
    assert (reading.status, reading.code) == ("final", "4544-3")
    assert (reading.issued, reading.version) == ("2026-09-03T21:00:00+02:00", "3")


# Status (decision 10)


@pytest.mark.parametrize(
    ("status", "read_as"),
    [
        ("final", "final"),
        ("amended", "amended"),
        ("corrected", "corrected"),
        ("appended", "amended"),
        ("preliminary", "preliminary"),
        ("unknown", "unknown"),
        ("finished", "unknown"),
        (None, "unknown"),
    ],
)
def test_a_result_with_this_status_is_read(status: str | None, read_as: str) -> None:
    assert only_reading(observation(status=status)).status == read_as


@pytest.mark.parametrize("status", ["entered-in-error", "cancelled", "registered"])
def test_a_result_with_this_status_is_not_read(status: str) -> None:
    unread = only_unread(observation(status=status))
    assert (unread.reason, unread.analyte, unread.code) == (UnreadReason.STATUS, "hematocrit", f"{LOINC}|4544-3")
    assert status in unread.detail


# When it was drawn


@pytest.mark.parametrize(
    ("elements", "text"),
    [
        ({"effectiveDateTime": "2026-09-03"}, "2026-09-03"),
        ({"effectiveDateTime": "2026-09-03T07:30:00"}, "2026-09-03T07:30"),
        ({"effectiveDateTime": "2026-09-03T07:30:00-06:00"}, "2026-09-03T07:30"),
        ({"effectiveInstant": "2026-09-03T07:30:00.123-06:00"}, "2026-09-03T07:30"),
        ({"effectivePeriod": {"start": "2026-09-02", "end": "2026-09-03"}}, "2026-09-03"),
        ({"effectivePeriod": {"start": "2026-09-02"}}, "2026-09-02"),
        ({"issued": "2026-09-03T07:30:00-06:00"}, "2026-09-03"),
    ],
)
def test_the_time_of_the_draw(elements: Json, text: str) -> None:
    assert only_reading(observation(**{"effectiveDateTime": None, **elements})).effective.text == text


def test_the_time_of_issue_tells_the_day_only_and_is_marked() -> None:
    """The contract says `none -> issued`; the hour a report was issued must not pass for the hour of the draw."""
    reading = only_reading(observation(effectiveDateTime=None, issued="2026-09-03T07:30:00-06:00"))
    assert reading.effective == Moment(date(2026, 9, 3))
    assert reading.notes == ("day-of-issue",)


def test_a_utc_time_is_local_only_when_the_site_says_where_it_is() -> None:
    drawn = observation(effectiveDateTime="2026-09-03T13:30:00Z")
    assert only_reading(drawn).effective.clock is None
    assert only_reading(drawn, zone=ZoneInfo("America/Denver")).effective.clock == time(7, 30)


@pytest.mark.parametrize(
    ("effective", "reason"),
    [
        (None, UnreadReason.EFFECTIVE_MISSING),
        ("2026", UnreadReason.EFFECTIVE_IMPRECISE),
        ("2026-09", UnreadReason.EFFECTIVE_IMPRECISE),
        ("2026-13-45", UnreadReason.EFFECTIVE_INVALID),
        ("2026-02-30", UnreadReason.EFFECTIVE_INVALID),
        ("yesterday", UnreadReason.EFFECTIVE_INVALID),
        ("2026-09-05", UnreadReason.EFFECTIVE_FUTURE),
        ("2199-01-01T00:00:00Z", UnreadReason.EFFECTIVE_FUTURE),
    ],
)
def test_a_result_without_a_usable_day_is_not_read(effective: str | None, reason: UnreadReason) -> None:
    unread = only_unread(observation(effectiveDateTime=effective))
    assert (unread.reason, unread.analyte, unread.value) == (reason, "hematocrit", Decimal(47))


@pytest.mark.parametrize("effective", [None, "2026", "2026-13-45", "2999-01-01"])
def test_a_result_without_a_usable_day_is_told_with_value_and_unit(effective: str | None) -> None:
    unread = only_unread(observation("4544-3", 0.545, "L/L", effectiveDateTime=effective))
    assert (unread.value, unread.unit, unread.effective) == (Decimal("0.545"), "L/L", None)


def test_an_invalid_time_is_not_replaced_by_the_time_of_issue() -> None:
    unread = only_unread(observation(effectiveDateTime="2026-02-30", issued="2026-09-03T07:30:00Z"))
    assert unread.reason is UnreadReason.EFFECTIVE_INVALID


def test_later_today_is_not_the_future_when_today_is_a_day() -> None:
    later = observation(effectiveDateTime="2026-09-04T23:00:00+02:00")
    assert only_reading(later).effective.clock == time(23)
    assert only_unread(later, today=moment("2026-09-04T15:00:00+02:00")).reason is UnreadReason.EFFECTIVE_FUTURE


# Values


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (True, UnreadReason.VALUE_NOT_NUMERIC),
        ([47], UnreadReason.VALUE_NOT_NUMERIC),
        ({"number": 47}, UnreadReason.VALUE_NOT_NUMERIC),
        (None, UnreadReason.VALUE_MISSING),
        (10**30, UnreadReason.VALUE_OUT_OF_BOUNDS),
    ],
)
def test_a_value_that_is_no_sane_number_is_not_read(value: Any, reason: UnreadReason) -> None:
    unread = only_unread(observation(value=value))
    assert (unread.reason, unread.analyte, unread.value) == (reason, "hematocrit", None)


@pytest.mark.parametrize(
    ("elements", "reason"),
    [
        ({"valueString": "<8.00"}, UnreadReason.VALUE_NOT_NUMERIC),
        ({"valueString": "15,5"}, UnreadReason.VALUE_NOT_NUMERIC),
        ({"valueInteger": 47}, UnreadReason.VALUE_NOT_NUMERIC),
        ({"valueCodeableConcept": {"text": "high"}}, UnreadReason.VALUE_NOT_NUMERIC),
        ({"valueRatio": {"numerator": {"value": 1}}}, UnreadReason.VALUE_NOT_NUMERIC),
        ({"dataAbsentReason": {"text": "hemolysed"}}, UnreadReason.VALUE_MISSING),
        ({}, UnreadReason.VALUE_MISSING),
        ({"valueQuantity": {}}, UnreadReason.VALUE_MISSING),
        ({"valueQuantity": {"unit": "%"}}, UnreadReason.VALUE_MISSING),
    ],
)
def test_only_a_quantity_is_a_value(elements: Json, reason: UnreadReason) -> None:
    assert only_unread(observation(**{"valueQuantity": None, **elements})).reason is reason


@pytest.mark.parametrize(
    ("code", "elements", "value", "unit"),
    [
        ("4544-3", {"valueString": "54.5 %"}, "54.5", "%"),
        ("4544-3", {"valueString": "54.5%"}, "54.5", "%"),
        ("4544-3", {"valueString": " 54.5\u200b "}, "54.5", None),
        ("4544-3", {"valueString": "0.545 L/L"}, "0.545", "L/L"),
        ("4544-3", {"valueInteger": 54}, "54", None),
        ("4544-3", {"valueQuantity": {"value": "54.5", "unit": "%"}}, "54.5", "%"),
        ("4544-3", {"valueQuantity": {"unit": "%"}, "valueString": "54.5"}, "54.5", "%"),
        ("2986-8", {"valueString": "<8.00 ng/dL"}, "8.00", "ng/dL"),
        ("2986-8", {"valueString": ">= 1500"}, "1500", None),
        ("777-3", {"valueString": "250 10*3/uL"}, "250", "10*3/uL"),
    ],
)
def test_a_number_written_as_text_is_not_read_but_told(code: str, elements: Json, value: str, unit: str | None) -> None:
    """A critical value must not vanish because a laboratory sent it as text."""
    unread = only_unread(observation(code, **{"valueQuantity": None, **elements}))
    assert unread.reason is UnreadReason.VALUE_NOT_NUMERIC
    assert (unread.value, unread.unit) == (Decimal(value), unit)
    assert unread.effective is not None


@pytest.mark.parametrize(
    "text",
    [
        *("15,5", "54-56 %", "54 of 100", "54 g/dL", "54 high", "54.5.1", "1.2e3", "about 54 %", "", "%", "9" * 31),
        "54 % " + "see the comment " * 6,
    ],
)
def test_a_text_that_is_not_plainly_a_number_is_told_without_one(text: str) -> None:
    unread = only_unread(observation(valueQuantity=None, valueString=text))
    assert (unread.reason, unread.value) == (UnreadReason.VALUE_NOT_NUMERIC, None)


def test_a_value_beside_the_statement_that_there_is_none_is_not_read() -> None:
    unread = only_unread(observation(dataAbsentReason={"coding": [{"code": "error"}]}))
    assert (unread.reason, unread.value) == (UnreadReason.VALUE_MISSING, Decimal(47))


@pytest.mark.parametrize("value", ["0", "0.0", "37.60553780878606", "1.50", "-1", "1e2"])
def test_the_number_is_kept_digit_by_digit(value: str) -> None:
    body = json.dumps(bundle(patient(), observation(value="HERE"))).replace('"HERE"', value).encode()
    _, located, _ = decode_bundle(body)
    (reading,) = read(located, vocabulary(), today=TODAY, zone=None).readings
    assert reading.reported.as_tuple() == Decimal(value).as_tuple()


# Comparators


@pytest.mark.parametrize("comparator", ["<", "<=", ">=", ">"])
def test_a_comparator_is_kept(comparator: str) -> None:
    quantity = {"value": 47, "unit": "%", "system": UCUM, "code": "%", "comparator": comparator}
    assert only_reading(observation(valueQuantity=quantity)).comparator == comparator


@pytest.mark.parametrize("comparator", ["=<", "ad", "~", ""])
def test_a_comparator_nobody_defined_is_not_read(comparator: str) -> None:
    quantity = {"value": 47, "unit": "%", "system": UCUM, "code": "%", "comparator": comparator}
    unread = only_unread(observation(valueQuantity=quantity))
    assert (unread.reason, unread.value) == (UnreadReason.COMPARATOR_UNKNOWN, Decimal(47))


# Units


@pytest.mark.parametrize(
    "quantity", [{"value": 47}, {"value": 47, "unit": ""}, {"value": 47, "unit": " ", "system": UCUM}]
)
def test_a_value_without_unit_is_never_judged_but_fully_told(quantity: Json) -> None:
    unread = only_unread(observation(valueQuantity=quantity))
    assert unread.reason is UnreadReason.UNIT_MISSING
    assert (unread.analyte, unread.value) == ("hematocrit", Decimal(47))
    assert unread.effective is not None
    assert unread.effective.text == "2026-09-03T20:00"


def test_a_unit_of_another_dimension_is_told_with_the_unit() -> None:
    unread = only_unread(observation(value=54, unit="g/dL"))
    assert (unread.reason, unread.unit) == (UnreadReason.UNIT_DIMENSION, "g/dL")


def test_a_unit_nobody_knows_is_told() -> None:
    assert only_unread(observation(unit="furlong")).reason is UnreadReason.UNIT_UNKNOWN


def test_a_unit_that_cannot_be_converted_is_told() -> None:
    assert only_unread(observation("13967-5", 3, "ug/dL")).reason is UnreadReason.UNIT_NOT_CONVERTIBLE


@pytest.mark.parametrize(
    ("loinc_code", "value", "unit", "code"),
    [("2243-4", 103, "pmol/L", "pg/mL"), ("4544-3", 54.5, "%", "L/L"), ("2986-8", 18, "nmol/L", "ng/dL")],
)
def test_a_unit_that_contradicts_its_code_is_never_judged_but_fully_told(
    loinc_code: str, value: float, unit: str, code: str
) -> None:
    """Two rules could pick either; a factor of 3, 29 or 100 lies between them, so neither is believed."""
    quantity = {"value": value, "unit": unit, "system": UCUM, "code": code}
    unread = only_unread(observation(loinc_code, valueQuantity=quantity))
    assert unread.reason is UnreadReason.UNIT_NOT_CONVERTIBLE
    assert unread.detail == f"unit says '{unit}', code says '{code}': they contradict each other"
    assert (unread.value, unread.unit) == (Decimal(str(value)), unit)
    assert unread.analyte is not None
    assert unread.effective is not None


@pytest.mark.parametrize(
    ("loinc_code", "quantity", "unit"),
    [
        ("4544-3", {"unit": "g/dL", "system": UCUM, "code": "g/dL"}, "g/dL"),
        ("4544-3", {"unit": "furlong"}, "furlong"),
        ("4544-3", {"system": UCUM, "code": "furlong"}, "furlong"),
        ("4544-3", {"unit": " ", "system": UCUM, "code": "furlong"}, "furlong"),
        ("4544-3", {"unit": " "}, None),
        ("13967-5", {"unit": "ug/dL"}, "ug/dL"),
    ],
)
def test_whatever_is_wrong_with_a_unit_the_result_is_fully_told(
    loinc_code: str, quantity: Json, unit: str | None
) -> None:
    unread = only_unread(observation(loinc_code, valueQuantity={"value": 54.5, **quantity}))
    assert unread.reason.value.startswith("unit-")
    assert (unread.value, unread.unit) == (Decimal("54.5"), unit)
    assert unread.analyte is not None
    assert unread.effective == moment("2026-09-03T20:00:00+02:00")


def test_only_the_printed_unit_is_enough() -> None:
    assert only_reading(observation(valueQuantity={"value": 47, "unit": "%"})).reported_unit == "%"
    assert only_reading(observation(valueQuantity={"value": 47, "system": UCUM, "code": "%"})).reported_unit == "%"


def test_a_unit_understood_by_an_alias_is_noted() -> None:
    reading = only_reading(observation("11580-8", 1.471, "mcU/mL"))
    assert (reading.analyte, reading.value, reading.notes) == ("tsh", Decimal("1.471"), ("unit-alias",))


def test_a_unit_that_contradicts_the_property_of_the_code_is_noted() -> None:
    reading = only_reading(observation("2986-8", 18, "nmol/L"))
    assert (reading.analyte, reading.notes) == ("testosterone_total", ("property-mismatch",))


def test_a_point_of_care_code_is_noted() -> None:
    assert only_reading(observation("48703-3")).notes == ("point-of-care",)


# Codes


def test_a_local_coding_may_stand_before_the_loinc_one() -> None:
    local = {"system": "urn:lab", "code": "HCT"}
    assert only_reading(coded(local, loinc("4544-3"))).code == "4544-3"


@pytest.mark.parametrize("system", ["http://loinc.org/", "https://loinc.org", "urn:oid:2.16.840.1.113883.6.1"])
def test_other_spellings_of_the_loinc_system_are_understood(system: str) -> None:
    assert only_reading(coded({"system": system, "code": "4544-3"})).analyte == "hematocrit"


def test_of_two_codes_for_one_analyte_the_first_is_used() -> None:
    assert only_reading(coded(loinc("20570-8"), loinc("4544-3"))).code == "20570-8"


def test_two_codes_for_different_analytes_contradict_each_other() -> None:
    """It is told as a result of the first, so that a card names it: it may be dangerous."""
    unread = only_unread(coded(loinc("4544-3"), loinc("718-7")))
    assert (unread.reason, unread.analyte) == (UnreadReason.CODE_CONFLICT, "hematocrit")


@pytest.mark.parametrize("system", [None, "", "LOINC", "loinc", "http://www.loinc.org", "LN"])
def test_a_loinc_code_of_ours_under_no_system_or_a_wrong_one_is_told(system: str | None) -> None:
    unread = only_unread(coded({"code": "4544-3"} if system is None else {"system": system, "code": " 4544-3"}))
    assert (unread.reason, unread.analyte) == (UnreadReason.CODE_UNKNOWN, "hematocrit")
    assert unread.detail == "4544-3 stands without the system http://loinc.org: send both"


@pytest.mark.parametrize("code", ["2984-3", "58410-2", "82810-3", "4544-4", "HCT"])
def test_what_stands_without_a_system_and_is_no_usable_code_of_ours_is_passed_over(code: str) -> None:
    facts = facts_of(coded({"code": code}))
    assert (facts.readings, facts.unread) == ((), ())


def test_a_code_with_its_system_beside_counts() -> None:
    assert only_reading(coded({"code": "718-7"}, loinc("4544-3"))).analyte == "hematocrit"


def test_a_code_for_another_specimen_beside_ours_contradicts_it() -> None:
    testosterone = coded(loinc("2984-3"), loinc("2986-8"), valueQuantity={"value": 500, "unit": "ng/dL"})
    unread = only_unread(testosterone)
    assert (unread.reason, unread.analyte) == (UnreadReason.CODE_CONFLICT, "testosterone_total")


def test_a_deprecated_code_beside_a_current_one_does_no_harm() -> None:
    testosterone = coded(loinc("2993-4"), loinc("2986-8"), valueQuantity={"value": 500, "unit": "ng/dL"})
    assert only_reading(testosterone).code == "2986-8"


def test_two_codes_that_cannot_be_judged_are_told_as_one() -> None:
    unread = only_unread(coded(loinc("2993-4"), loinc("2984-3"), valueQuantity={"value": 500, "unit": "ng/dL"}))
    assert (unread.reason, unread.analyte) == (UnreadReason.CODE_NOT_USABLE, "testosterone_total")


@pytest.mark.parametrize(
    ("code", "analyte", "says"),
    [
        ("2984-3", "testosterone_total", "specimen"),
        ("2993-4", "testosterone_total", "deprecated"),
        ("34611-4", "psa_total", "specimen"),
    ],
)
def test_a_known_code_that_cannot_be_judged_is_told_with_the_reason(code: str, analyte: str, says: str) -> None:
    unread = only_unread(observation(code, 5, "ng/mL"))
    assert (unread.reason, unread.analyte) == (UnreadReason.CODE_NOT_USABLE, analyte)
    assert says in unread.detail


@pytest.mark.parametrize(
    "code",
    [
        {"coding": [loinc("5792-7", display="Glucose [Mass/volume] in Urine by Test strip")]},
        {"coding": [loinc("5811-5", display="Specific gravity of Urine by Test strip")]},
        {"coding": [loinc("58410-2")]},
        {"text": "Hematocrit of the donor"},
        {"coding": [{"system": "urn:lab", "code": "4544-3"}]},
        {},
    ],
)
def test_other_results_are_left_without_a_word(code: Json) -> None:
    facts = facts_of(observation(code=code))
    assert (facts.readings, facts.unread) == ((), ())


@pytest.mark.parametrize(
    "code",
    [
        {"text": "Hematocrit"},
        {"text": "HEMATOCRIT, automated"},
        {"text": "Hematocrit\u200b (Blood)"},
        {"coding": [{"system": "urn:lab", "code": "1", "display": "Hematocrit"}]},
        {"coding": [{"code": "4544-3", "display": "Hematocrit"}]},
        {"coding": [loinc("99999-9", display="Hematocrit [Volume Fraction] of Blood")]},
    ],
)
def test_an_uncoded_result_with_the_name_of_an_analyte_is_told(code: Json) -> None:
    unread = only_unread(observation(code=code))
    assert (unread.reason, unread.analyte) == (UnreadReason.CODE_UNKNOWN, "hematocrit")
    assert unread.value == Decimal(47)


# Components


def test_the_components_of_an_observation_are_read_with_its_time_and_reference() -> None:
    component = {"code": {"coding": [loinc("4544-3")]}, "valueQuantity": {"value": 47, "unit": "%"}}
    panel = coded(loinc("58410-2"), valueQuantity=None, component=[component, {"code": {"text": "remark"}}])
    reading = only_reading(panel)
    assert (reading.analyte, reading.reference, reading.effective.clock) == ("hematocrit", "Observation/o1", time(20))


def test_both_blood_pressures_of_a_panel_are_read() -> None:
    def part(code: str, value: int) -> Json:
        quantity = {"value": value, "unit": "mmHg", "system": UCUM, "code": "mm[Hg]"}
        return {"code": {"coding": [loinc(code)]}, "valueQuantity": quantity}

    panel = coded(loinc("85354-9"), valueQuantity=None, component=[part("8480-6", 128), part("8462-4", 82)])
    assert [reading.value for reading in facts_of(panel).readings] == [Decimal(128), Decimal(82)]


def test_a_component_without_value_is_told() -> None:
    component = {"code": {"coding": [loinc("4544-3")]}, "dataAbsentReason": {"text": "clotted"}}
    unread = only_unread(coded(loinc("58410-2"), valueQuantity=None, component=[component]))
    assert unread.reason is UnreadReason.VALUE_MISSING


def test_a_result_without_id_is_named_by_its_place() -> None:
    unread: Unread = only_unread(observation(id=None, valueQuantity=None))
    assert unread.reference == "Bundle.entry[1]"


def test_codes_that_are_no_results_of_a_laboratory_are_left_alone() -> None:
    pregnant = {"coding": [{"system": SNOMED, "code": "77386006"}]}
    facts = facts_of(coded(loinc("82810-3"), valueQuantity=None, valueCodeableConcept=pregnant))
    assert (facts.readings, facts.unread) == ((), ())
