"""A laboratory's HL7 v2 message becomes the facts that the same results have as FHIR."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from fhir.resources.R4B.bundle import Bundle
from hypothesis import given
from hypothesis import strategies as st

from cds_hooks.facts import Facts, Moment, UnreadReason
from cds_hooks.record.hl7v2.bundle import NOT_TOLD, bundle_of, is_message
from cds_hooks.refusal import Refusal
from service.evaluation import facts_of
from tests.engine import site

HEAD = r"MSH|^~\&|LIS|LAB-7|CDS|CLINIC|20260903101500+0200||ORU^R01^ORU_R01|77|P|2.5.1"
PATIENT = "PID|1||4711^^^CLINIC^MR||Doe^Jo||19750505|M"
ORDER = "OBR|1|P9|F9|24360-0^Hemogram^LN|||202609030810"


def message(*lines: str, head: str = HEAD) -> bytes:
    return "\r".join((head, PATIENT, ORDER, *lines)).encode()


def resources(content: bytes, kind: str = "Observation") -> list[dict[str, Any]]:
    written = bundle_of(content)
    Bundle.model_validate_json(written)  # what we make is FHIR
    found = [entry["resource"] for entry in json.loads(written, parse_float=Decimal)["entry"]]
    return [one for one in found if one["resourceType"] == kind]


def result(line: str, **more: str) -> dict[str, Any]:
    (found,) = resources(message(line, **more))
    return found


def facts(content: bytes) -> Facts:
    return facts_of(site(), bundle_of(content), Moment(date(2026, 9, 4)), NOT_TOLD)


HEMATOCRIT = "OBX|1|NM|4544-3^Hematocrit^LN||0.545|L/L^^UCUM|0.38-0.52|H|||F"


def test_a_result_is_read_with_its_unit_range_time_and_patient() -> None:
    read = facts(message(HEMATOCRIT))
    (reading,) = read.readings
    assert (reading.analyte, reading.value, reading.unit) == ("hematocrit", Decimal("54.5"), "%")
    assert (reading.lower, reading.upper) == (Decimal(38), Decimal(52))
    assert (reading.effective.text, reading.status) == ("2026-09-03T08:10", "final")
    assert (read.patient.birth_date, read.patient.sex) == (date(1975, 5, 5), "male")
    assert read.absent == NOT_TOLD


def test_neither_name_nor_number_of_the_patient_is_passed_on() -> None:
    written = bundle_of(message(HEMATOCRIT))
    assert b"Doe" not in written
    assert b"4711" not in written


@pytest.mark.parametrize(
    ("kind", "written", "value"),
    [
        ("NM", "520", {"valueQuantity": {"value": 520, "unit": "ng/dL"}}),
        ("NM", "+0520.50", {"valueQuantity": {"value": Decimal("520.50"), "unit": "ng/dL"}}),
        ("NM", "<7", {"valueQuantity": {"value": 7, "comparator": "<", "unit": "ng/dL"}}),
        ("NM", "pending", {"valueString": "pending"}),
        ("NM", "1e3", {"valueString": "1e3"}),
        ("NM", '""', {}),
        ("NM", "", {}),
        ("ST", "<= 7.5", {"valueQuantity": {"value": Decimal("7.5"), "comparator": "<=", "unit": "ng/dL"}}),
        ("ST", "see note", {"valueString": "see note"}),
        ("SN", ">=^10", {"valueQuantity": {"value": 10, "comparator": ">=", "unit": "ng/dL"}}),
        ("SN", "^10", {"valueQuantity": {"value": 10, "unit": "ng/dL"}}),
        ("SN", "^1^-^3", {"valueRange": {"low": {"value": 1, "unit": "ng/dL"}, "high": {"value": 3, "unit": "ng/dL"}}}),
        ("SN", "^1^:^128", {"valueString": "1 : 128"}),
        ("SN", "?^10", {"valueString": "? 10"}),
        ("TX", r"a \T\ b~second", {"valueString": "a & b\nsecond"}),
        ("DT", "20260801", {"valueDateTime": "2026-08-01"}),
    ],
)
def test_a_value_is_what_its_type_says(kind: str, written: str, value: dict[str, Any]) -> None:
    found = result(f"OBX|1|{kind}|2986-8^T^LN||{written}|ng/dL|||||F")
    assert {name: part for name, part in found.items() if name.startswith("value")} == value


def test_a_coded_value_keeps_its_codes() -> None:
    found = result("OBX|1|CWE|82810-3^Pregnancy status^LN||77386006^Pregnant^SCT^P^Pregnant^L||||||F")
    assert [(one["system"], one["code"]) for one in found["valueCodeableConcept"]["coding"]] == [
        ("http://snomed.info/sct", "77386006"),
        ("urn:hl7v2:LAB-7:L", "P"),
    ]


def test_a_code_of_the_laboratorys_own_is_named_after_the_laboratory() -> None:
    found = result("OBX|1|NM|TESTO^Testosterone^99LAB^2986-8^Testosterone^LN||520|ng/dL|||||F")
    assert [(one["system"], one["code"]) for one in found["code"]["coding"]] == [
        ("urn:hl7v2:LAB-7:99LAB", "TESTO"),
        ("http://loinc.org", "2986-8"),
    ]
    assert (
        facts(message("OBX|1|NM|TESTO^^99LAB^2986-8^^LN||520|ng/dL|||||F")).readings[0].analyte == "testosterone_total"
    )


@pytest.mark.parametrize(
    ("code", "status"),
    [
        *(
            ("F", "final"),
            ("C", "corrected"),
            ("P", "preliminary"),
            ("D", "entered-in-error"),
            ("W", "entered-in-error"),
        ),
        *(("X", "cancelled"), ("I", "registered"), ("", "unknown"), ("?", "unknown")),
    ],
)
def test_a_status_is_that_of_the_table(code: str, status: str) -> None:
    assert result(f"OBX|1|NM|2986-8^T^LN||520|ng/dL|||||{code}")["status"] == status


def test_a_result_entered_in_error_is_not_judged() -> None:
    read = facts(message("OBX|1|NM|2986-8^T^LN||520|ng/dL|||||W"))
    assert not read.readings
    assert [one.reason for one in read.unread] == [UnreadReason.STATUS]


def test_an_order_without_a_result_is_none() -> None:
    assert resources(message("OBX|1|NM|2986-8^T^LN||520|ng/dL|||||O")) == []


@pytest.mark.parametrize(
    ("written", "moment"),
    [
        ("2026", "2026"),
        ("202609", "2026-09"),
        ("20260903", "2026-09-03"),
        ("2026090308", "2026-09-03"),
        ("202609030810", "2026-09-03T08:10:00+02:00"),  # the offset of MSH-7
        ("20260903081030.5-0500", "2026-09-03T08:10:30-05:00"),
    ],
)
def test_a_time_is_as_exact_as_it_is_written(written: str, moment: str) -> None:
    assert result(f"OBX|1|NM|2986-8^T^LN||520|ng/dL|||||F|||{written}")["effectiveDateTime"] == moment


def test_a_time_of_no_known_zone_stays_so() -> None:
    content = message(HEMATOCRIT, head=HEAD.replace("+0200", ""))
    assert b'"effectiveDateTime":"2026-09-03T08:10:00"' in bundle_of(content)
    (reading,) = facts(content).readings
    assert (reading.effective.text, reading.effective.instant) == ("2026-09-03T08:10", None)


@pytest.mark.parametrize(
    ("written", "range_"),
    [
        ("300-1000", {"low": 300, "high": 1000}),
        ("0.4 - 4.0", {"low": Decimal("0.4"), "high": Decimal("4.0")}),
        ("<4.0", {"high": Decimal("4.0")}),
        (">=60", {"low": 60}),
        ("negative", {}),
    ],
)
def test_a_range_is_the_laboratorys_own(written: str, range_: dict[str, Any]) -> None:
    (found,) = result(f"OBX|1|NM|2986-8^T^LN||520|ng/dL|{written}||||F")["referenceRange"]
    assert {side: found[side]["value"] for side in ("low", "high") if side in found} == range_
    assert found["text"] == written


def test_of_a_result_sent_again_the_last_message_counts() -> None:
    late = HEAD.replace("20260903101500", "20260904090000")
    corrected = "OBX|1|NM|4544-3^Hematocrit^LN||0.445|L/L^^UCUM||||C".replace("||||C", "|||||C")
    for first, second in (
        ((HEAD, HEMATOCRIT), (late, corrected)),
        ((late, corrected), (HEAD, HEMATOCRIT)),
    ):
        both = b"\n".join(message(line, head=head) for head, line in (first, second))
        (reading,) = facts(both).readings
        assert (reading.value, reading.status) == (Decimal("44.5"), "corrected")


def test_results_of_two_patients_in_one_file_are_refused() -> None:
    other = message(HEMATOCRIT).replace(b"4711", b"4712")
    with pytest.raises(Refusal):
        facts(message(HEMATOCRIT) + b"\r" + other)


def test_batches_frames_and_line_ends_make_no_difference() -> None:
    plain = bundle_of(message(HEMATOCRIT))
    framed = b"\x0b" + message(HEMATOCRIT) + b"\r\x1c\r"
    batch = rb"FHS|^~\&|" + b"\nBHS|x\n" + message(HEMATOCRIT).replace(b"\r", b"\r\n") + b"\nBTS|1\nFTS|1\n"
    assert bundle_of(framed) == bundle_of(batch) == plain
    assert all(map(is_message, (message(HEMATOCRIT), framed, batch)))
    assert not is_message(b'{"resourceType": "Bundle"}')


def test_letters_are_of_the_set_that_the_message_names() -> None:
    line = "OBX|1|ST|X^Größe^L||müde||||||F"
    named = HEAD + "||||||8859/1"
    latin = "\r".join((named, PATIENT, ORDER, line)).encode("latin-1")
    (found,) = resources(latin)
    assert (found["code"]["text"], found["valueString"]) == ("Größe", "müde")
    with pytest.raises(Refusal, match="MSH-18"):
        bundle_of(latin.replace(b"||||||8859/1", b""))
    with pytest.raises(Refusal, match="character set"):
        bundle_of(latin.replace(b"8859/1", b"ISO IR87"))


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (message(HEMATOCRIT, head=HEAD.replace("ORU^R01^ORU_R01", "ADT^A01")), "MSH-9"),
        (PATIENT.encode(), "does not begin with an MSH segment"),
        (b"BHS|x\rBTS|0", "between one and"),
        *((content, "MSH-") for content in (b"MSH", b"MSH|", b"MSH|^", b"MSH|^~\\", b"MSH|^^^^|a")),
        ("\r".join((HEAD, ORDER, HEMATOCRIT)).encode(), "no PID segment"),
    ],
)
def test_what_is_no_laboratory_message_is_refused(content: bytes, says: str) -> None:
    with pytest.raises(Refusal) as refused:
        bundle_of(content)
    assert says in str(refused.value.diagnostics)


@given(st.binary(max_size=200), st.text(max_size=80))
def test_any_bytes_are_read_or_refused(noise: bytes, text: str) -> None:
    for content in (b"MSH" + noise, message(f"OBX|1|{text}"), message(text)):
        try:
            json.loads(bundle_of(content))
        except Refusal as refusal:
            assert refusal.diagnostics  # noqa: PT017


def test_one_number_of_two_people_is_refused_and_so_are_results_of_nobody_in_particular() -> None:
    nameless = message(HEMATOCRIT).replace(b"4711^^^CLINIC^MR", b"")
    assert len(facts(nameless).readings) == 1
    with pytest.raises(Refusal, match="no patient by number"):
        bundle_of(message(HEMATOCRIT) + b"\r" + nameless)
    other = message(HEMATOCRIT).replace(b"19750505|M", b"19800505|F")
    with pytest.raises(Refusal, match="two people"):
        bundle_of(message(HEMATOCRIT) + b"\r" + other)


def test_numbers_of_two_hospitals_are_two_patients() -> None:
    other = message(HEMATOCRIT).replace(b"^^^CLINIC", b"^^^OTHER")
    assert len(resources(message(HEMATOCRIT) + b"\r" + other, "Patient")) == 2


def test_no_result_of_a_message_stands_for_another() -> None:
    lines = ("OBX|1|NM|^Hematocrit||56|%|||||F", "OBX|2|NM|^Testosterone||300|ng/dL|||||F")
    assert len(resources(message(*lines))) == 2
    assert len(resources(message(HEMATOCRIT, HEMATOCRIT.replace("0.545", "0.46")))) == 2


def test_a_correction_replaces_what_was_drawn_at_the_same_time_however_it_is_written() -> None:
    first = message(f"{HEMATOCRIT}|||202609030810+0200", head=HEAD)
    late = HEAD.replace("20260903101500+0200", "20260903090000+0000")  # later, by its offset
    withdrawn = message(f"{HEMATOCRIT[:-1]}W|||20260903081000+0200", head=late)
    for content in (first + b"\r" + withdrawn, withdrawn + b"\r" + first):
        read = facts(content)
        assert not read.readings
        assert [one.reason for one in read.unread] == [UnreadReason.STATUS]


def test_escapes_that_are_none_are_left_out_and_cost_nothing() -> None:
    found = result(r"OBX|1|ST|X^a||x\.sp9999999999\y\Xzz\z\X41\\.br\b||||||F")
    assert found["valueString"] == "xyzA\nb"
    assert len(result("OBX|1|ST|X^a||" + "\\" * 200_000 + "||||||F")) > 0


def test_digits_of_other_scripts_are_no_number_and_powers_stay_whole() -> None:
    assert result("OBX|1|NM|X^a||\u0665\u0666|%|||||F")["valueString"] == "\u0665\u0666"
    assert result("OBX|1|NM|777-3^PLT^LN||250|10^9/L|||||F")["valueQuantity"]["unit"] == "10*9/L"


def test_a_day_of_death_is_a_death() -> None:
    content = message(HEMATOCRIT).replace(b"19750505|M", b"19750505|M" + b"|" * 21 + b"20260101")
    (person,) = resources(content, "Patient")
    assert person["deceasedBoolean"] is True
