"""What reading one chart has worked out serves the next, tells nothing of the first, and never fills memory."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest

from cds_hooks.record.drugs.regimens import wording_of
from cds_hooks.record.fhir.elements import Resource
from cds_hooks.record.recalled import Recalled
from tests.record.charts import CYPIONATE, LOINC, Json, bundle, observation, patient, read_json, request, resource

WEEKLY = {"frequency": 1, "period": 1, "periodUnit": "wk"}


def decoded(written: Json) -> Resource:
    return msgspec.json.decode(json.dumps(written), type=Resource)


def test_what_was_kept_is_found_again() -> None:
    known: Recalled[int] = Recalled()
    assert known.keep(("a", None), 1) == 1
    assert known.get(("a", None)) == 1


@pytest.mark.parametrize("long", ["x" * 5000, b"x" * 5000])
def test_what_is_long_is_answered_and_not_kept(long: str | bytes) -> None:
    known: Recalled[int] = Recalled()
    assert known.keep(("a", long), 1) == 1
    assert not known


def test_a_full_memory_begins_anew() -> None:
    known: Recalled[int] = Recalled()
    for number in range(10_000):
        known.keep((str(number),), number)
        assert len(known) <= 4096
    assert known.get(("9999",)) == 9999
    assert known.get(("0",)) is None


def test_many_letters_fill_it_too() -> None:
    known: Recalled[int] = Recalled()
    for number in range(1_000):
        known.keep((str(number), "x" * 4000), number)
        assert sum(len(part) for asked in known for part in asked if isinstance(part, str)) <= 2_000_000
    assert known


def order(**repeat: Any) -> Json:
    return request(dosageInstruction=[{"text": "100 mg weekly", "timing": {"repeat": {**WEEKLY, **repeat}}}])


def test_the_words_of_an_order_are_the_same_whatever_its_dates() -> None:
    dated = order(boundsPeriod={"start": "2026-01-01", "end": "2026-09-01"})
    assert wording_of(decoded(dated)) == wording_of(decoded(order()))
    assert wording_of(decoded(order(period=2))) != wording_of(decoded(order()))


def test_orders_in_the_same_words_keep_their_own_dates() -> None:
    for end in ("2026-08-01", "2026-08-02"):
        (therapy,) = read_json(bundle(patient(), order(boundsPeriod={"end": end}))).therapies
        assert therapy.end is not None
        assert (therapy.end.text, therapy.interval_hours, therapy.dose) == (end, 168, "100 mg")


def test_an_order_that_refers_to_a_medication_is_of_what_its_own_chart_holds_there() -> None:
    told = request(medicationCodeableConcept=None, medicationReference={"reference": "Medication/x"})
    assert wording_of(decoded(told)) is None
    for name in ("testosterone cypionate", "estradiol"):
        medication = resource("Medication", id="x", code={"text": name}, subject=None)
        (therapy,) = read_json(bundle(patient(), told, medication)).therapies
        assert therapy.drug == name.split()[0]


def test_a_code_means_the_same_only_with_the_same_words_beside_it() -> None:
    named = {"coding": [{"system": LOINC, "code": "2986-8"}], "text": "Testosterone"}
    other = {"coding": [{"system": LOINC, "code": "2986-8"}], "text": "Testosterone, Free"}
    for code, readings in ((named, 1), (other, 0), (named, 1)):
        facts = read_json(bundle(patient(), observation("2986-8", 500, "ng/dL", code=code)))
        assert (len(facts.readings), len(facts.unread)) == (readings, 1 - readings)


def test_a_range_of_one_result_is_not_that_of_another_in_another_unit() -> None:
    ranges = [{"low": {"value": 8}, "high": {"value": 30}}]
    limits = []
    for value, unit in ((15, "nmol/L"), (450, "ng/dL"), (15, "nmol/L")):
        result = observation("14913-8", value, unit, referenceRange=ranges)
        limits += [(one.lower, one.upper) for one in read_json(bundle(patient(), result)).readings]
    assert limits[1] == (8, 30)
    assert limits[0] == limits[2] != limits[1]


def test_administrations_in_the_same_words_are_of_their_own_days() -> None:
    given = [
        resource(
            "MedicationAdministration",
            id=f"a{day}",
            status="completed",
            medicationCodeableConcept=CYPIONATE,
            effectiveDateTime=f"2026-08-0{day}",
        )
        for day in (1, 8)
    ]
    assert [dose.at.text for dose in read_json(bundle(patient(), *given)).doses] == ["2026-08-01", "2026-08-08"]
