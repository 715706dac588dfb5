"""A result under a site's own code is read as the map says, shows that it was, and is never passed over in silence."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from cds_hooks.facts import Facts, Mapped, Unmapped
from cds_hooks.record.fhir.resources import decode_bundle
from cds_hooks.record.read import read
from terminology.local.code_map import CodeMap, Entry
from tests.record.charts import LOINC, RXNORM, TODAY, bundle, observation, patient, request, resource, vocabulary

LAB, PHARMACY = "http://lab.example", "http://pharmacy.example"
LOCAL_X = {"coding": [{"system": LAB, "code": "X"}]}
HCT = Entry("laboratory", "HK", "4544-3", "equivalent", LAB)


def facts_of(entries: list[Entry], *resources: dict[str, Any]) -> Facts:
    _, located, unread = decode_bundle(json.dumps(bundle(patient(), *resources)).encode())
    words = vocabulary().with_map(CodeMap(3, "Ann Lee", date(2026, 9, 1), tuple(entries)))
    return read(located, words, today=TODAY, zone=None, unread=unread)


def local(code: str = "HK", system: str | None = LAB, **changes: Any) -> dict[str, Any]:
    coding = {"system": system, "code": code, "display": "Hämatokrit"}
    coding = {key: value for key, value in coding.items() if value is not None}
    return observation(**{"code": {"coding": [coding]}, **changes})


def test_a_mapped_result_is_read_and_says_by_which_map() -> None:
    (reading,) = facts_of([HCT], local()).readings
    assert (reading.analyte, reading.value, reading.code) == ("hematocrit", 47, "4544-3")
    assert reading.mapped == (Mapped("laboratory", 3, "HK", LAB),)


def test_without_the_map_the_same_result_is_named_as_unread() -> None:
    facts = facts_of([], local())
    assert not facts.readings
    assert [(item.reason, item.code) for item in facts.unread] == [("code-unknown", f"{LAB}|HK")]


@pytest.mark.parametrize("system", ["http://lab.example/", "http://other.example", None])
def test_the_same_code_of_another_system_is_another_code(system: str | None) -> None:
    facts = facts_of([HCT], local(system=system))
    assert not facts.readings
    assert [item.reason for item in facts.unread] == ["code-unknown"]


def test_a_loinc_code_beside_a_mapped_one_counts_and_the_map_is_not_named() -> None:
    codings = [{"system": LOINC, "code": "4544-3"}, {"system": LAB, "code": "HK"}]
    (reading,) = facts_of([HCT], observation(code={"coding": codings})).readings
    assert reading.mapped == ()


def test_a_mapped_code_that_contradicts_the_loinc_code_leaves_the_result_unread() -> None:
    codings = [{"system": LOINC, "code": "718-7"}, {"system": LAB, "code": "HK"}]
    facts = facts_of([HCT], observation(code={"coding": codings}))
    assert [item.reason for item in facts.unread] == ["code-conflict"]


@pytest.mark.parametrize("equivalence", ["wider", "narrower", "inexact", "relatedto"])
def test_a_row_that_does_not_decide_is_named_with_its_equivalence(equivalence: str) -> None:
    facts = facts_of([Entry("laboratory", "HK", "4544-3", equivalence, LAB)], local())
    assert not facts.readings
    (unread,) = facts.unread
    assert unread.analyte == "hematocrit"
    assert f"is '{equivalence}', which does not decide (map version 3)" in unread.detail


@pytest.mark.parametrize(
    ("effective", "analyte"),
    [
        ("2025-12-31", "hematocrit"),
        ("2026-01-01", "hemoglobin"),
        ("2026-06-30", "hemoglobin"),
        ("2026-07-01", None),
    ],
)
def test_a_code_that_changed_its_meaning_is_read_by_the_day_of_the_result(effective: str, analyte: str | None) -> None:
    entries = [
        Entry("laboratory", "X", "4544-3", "equal", LAB, valid_to=date(2025, 12, 31), unit="%"),
        Entry(
            "laboratory",
            "X",
            "718-7",
            "equal",
            LAB,
            valid_from=date(2026, 1, 1),
            valid_to=date(2026, 6, 30),
            unit="g/dL",
        ),
    ]
    facts = facts_of(entries, local("X", effectiveDateTime=effective, value=14, unit=None))
    assert [reading.analyte for reading in facts.readings] == ([analyte] if analyte else [])
    if analyte is None:
        assert "is for certain days only (map version 3)" in facts.unread[0].detail


@pytest.mark.parametrize(
    ("local_unit", "unit", "written", "value", "canonical"),
    [
        ("", "L/L", None, 0.47, 47),
        ("Anteil", "L/L", "Anteil", 0.47, 47),
        ("", "L/L", "%", 47, 47),  # a unit that is written goes before the map
        ("Anteil", "L/L", "%", 47, 47),
    ],
)
def test_the_map_states_the_unit_of_results_that_name_none_or_the_local_one(
    local_unit: str, unit: str, written: str | None, value: Any, canonical: int
) -> None:
    entry = Entry("laboratory", "HK", "4544-3", "equal", LAB, local_unit=local_unit, unit=unit)
    (reading,) = facts_of([entry], local(value=value, unit=written)).readings
    assert reading.value == canonical
    by_map = written in (None, "Anteil")
    assert (Mapped("unit", 3, written or "") in reading.mapped) is by_map


@pytest.mark.parametrize("written", [None, "g/dL"])
def test_a_local_unit_is_not_the_unit_of_results_written_otherwise(written: str | None) -> None:
    entry = Entry("laboratory", "HK", "4544-3", "equal", LAB, local_unit="Anteil", unit="L/L")
    facts = facts_of([entry], local(unit=written))
    (unread,) = facts.unread
    assert unread.reason == ("unit-dimension" if written else "unit-missing")
    assert unread.mapped == (Mapped("laboratory", 3, "HK", LAB),)


def test_rows_for_different_days_never_share_a_unit() -> None:
    entries = [
        Entry("laboratory", "T", "2986-8", "equal", LAB, valid_to=date(2026, 6, 30), unit="ng/dL"),
        Entry("laboratory", "T", "2986-8", "equal", LAB, valid_from=date(2026, 7, 1), unit="nmol/L"),
    ]
    results = [
        local("T", id=f"o{month}", value=22, unit=None, effectiveDateTime=f"2026-0{month}-01") for month in (5, 8, 6)
    ]
    values = {reading.effective.day.month: reading.value for reading in facts_of(entries, *results).readings}
    assert values == {5: 22, 6: 22, 8: Decimal("634.5482")}


def test_a_code_with_blanks_around_it_is_read_by_its_own_day() -> None:
    entries = [
        Entry("laboratory", "X", "4544-3", "equal", LAB, valid_to=date(2026, 6, 30)),
        Entry("laboratory", "X", "718-7", "equal", LAB, valid_from=date(2026, 7, 1)),
    ]
    early = local("X ", effectiveDateTime="2026-06-01")
    late = local("X ", id="o2", value=16, unit="g/dL", effectiveDateTime="2026-09-01")
    assert [reading.analyte for reading in facts_of(entries, early, late).readings] == ["hematocrit", "hemoglobin"]


@pytest.mark.parametrize("effective", [None, "2026"])
def test_a_result_of_an_unknown_day_is_not_given_to_either_meaning(effective: str | None) -> None:
    entries = [
        Entry("laboratory", "X", "4544-3", "equal", LAB, valid_to=date(2026, 6, 30)),
        Entry("laboratory", "X", "718-7", "equal", LAB, valid_from=date(2026, 7, 1)),
    ]
    (unread,) = facts_of(entries, local("X", effectiveDateTime=effective)).unread
    assert (unread.reason, unread.analyte) == ("code-unknown", None)


@pytest.mark.parametrize(("authored", "analyte"), [("2026-06-01", "hematocrit"), ("2026-09-01", "hemoglobin")])
def test_an_order_is_for_what_its_code_meant_on_its_day(authored: str, analyte: str) -> None:
    entries = [
        Entry("laboratory", "X", "4544-3", "equal", LAB, valid_to=date(2026, 6, 30)),
        Entry("laboratory", "X", "718-7", "equal", LAB, valid_from=date(2026, 7, 1)),
    ]
    order = resource("ServiceRequest", status="active", intent="order", authoredOn=authored, code=LOCAL_X)
    assert [found.analytes for found in facts_of(entries, order).orders] == [(analyte,)]


def test_a_result_whose_code_is_mapped_to_a_panel_is_said_to_be_wrongly_coded() -> None:
    facts = facts_of([Entry("laboratory", "HK", "58410-2", "equal", LAB)], local(value=56))
    assert [(item.reason, item.analyte) for item in facts.unread] == [("code-unknown", "hematocrit")]
    assert facts.unmapped


def test_a_unit_that_is_ucum_means_what_it_means_whatever_the_map_says() -> None:
    spelt = Entry("unit", "ng/cL", "nmol/L", "equal", analytes=("testosterone_total",))
    stated = Entry("laboratory", "T", "2986-8", "equal", LAB, local_unit="ng/cL", unit="ug/L")
    (by_unit,) = facts_of([spelt], observation("2986-8", 48, "ng/cL")).readings
    (by_code,) = facts_of([stated], local("T", value=48, unit="ng/cL")).readings
    assert (by_unit.value, by_code.value) == (480, 480)


def test_a_mapped_unit_is_read_under_a_loinc_code_too() -> None:
    entry = Entry("unit", "Vol.-%", "%", "equal", analytes=("hematocrit",))
    (reading,) = facts_of([entry], observation(unit="Vol.-%")).readings
    assert (reading.value, reading.mapped) == (47, (Mapped("unit", 3, "Vol.-%"),))


def test_a_mapped_drug_is_a_therapy_whose_basis_names_the_map() -> None:
    concept = {"coding": [{"system": PHARMACY, "code": "4711"}]}
    entry = Entry("drug", "4711", "testosterone", "equal", PHARMACY)
    (therapy,) = facts_of([entry], request(medicationCodeableConcept=concept)).therapies
    assert (therapy.drug, therapy.basis, therapy.by_map) == ("testosterone", "local code 4711 (map version 3)", True)


@pytest.mark.parametrize("turned", [False, True])
def test_a_public_code_goes_before_the_map_and_another_drug_by_it_is_a_conflict(turned: bool) -> None:
    mapped, public = {"system": PHARMACY, "code": "4711"}, {"system": RXNORM, "code": "10582"}
    codings = [public, mapped] if turned else [mapped, public]
    entry = Entry("drug", "4711", "testosterone", "equal", PHARMACY)
    facts = facts_of([entry], request(medicationCodeableConcept={"coding": codings}))
    assert facts.therapies == ()
    assert [item.reason for item in facts.unread] == ["drug-conflict"]


def test_a_mapped_drug_whose_name_is_of_another_is_a_conflict() -> None:
    concept = {"coding": [{"system": PHARMACY, "code": "4711"}], "text": "Levothyroxine 50 mcg tablet"}
    entry = Entry("drug", "4711", "testosterone", "equal", PHARMACY)
    facts = facts_of([entry], request(medicationCodeableConcept=concept))
    assert [item.reason for item in facts.unread] == ["drug-conflict"]


def test_a_dose_of_a_mapped_drug_says_by_which_map() -> None:
    concept = {"coding": [{"system": PHARMACY, "code": "4711"}]}
    entry = Entry("drug", "4711", "testosterone", "equal", PHARMACY)
    given = resource(
        "MedicationAdministration",
        status="completed",
        effectiveDateTime="2026-09-01",
        medicationCodeableConcept=concept,
    )
    (dose,) = facts_of([entry], given).doses
    assert dose.basis == "local code 4711 (map version 3)"


def test_a_mapped_order_code_counts_as_the_order_it_stands_for() -> None:
    order = {
        "resourceType": "ServiceRequest",
        "id": "s1",
        "status": "active",
        "intent": "order",
        "subject": {"reference": "Patient/1"},
        "authoredOn": "2026-09-01",
        "code": {"coding": [{"system": LAB, "code": "HK"}]},
    }
    assert [order.analytes for order in facts_of([HCT], order).orders] == [("hematocrit",)]


def test_codes_that_nobody_understands_are_noted_with_their_unit_once_for_each_result() -> None:
    other = local("UREA", id="o2", unit="mg/dL")
    known_name = local("HK", id="o3")
    spelt = observation(unit="Anteile", id="o4")
    drug = {"coding": [{"system": PHARMACY, "code": "4711"}]}
    facts = facts_of([], other, known_name, spelt, request(medicationCodeableConcept=drug))
    assert facts.unmapped == (
        Unmapped("laboratory", LAB, "UREA", None, "mg/dL", "Hämatokrit"),
        Unmapped("laboratory", LAB, "HK", None, "%", "Hämatokrit"),
        Unmapped("unit", "", "Anteile", "hematocrit"),
        Unmapped("drug", PHARMACY, "4711"),
    )


def test_results_without_a_number_and_other_peoples_results_are_not_noted() -> None:
    words = local("X", valueQuantity=None, valueString="positive")
    other = local("Y", id="o2", subject={"reference": "Patient/2"})
    assert facts_of([], words, other).unmapped == ()
