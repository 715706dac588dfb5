"""The report says everything once, holds no null, and keeps to its published schema."""

import json
from datetime import date, time
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from jsonschema import Draft202012Validator, ValidationError
from msgspec.structs import replace

from cds_hooks.facts import Facts, Moment, Patient, Reading, Therapy, Unread, UnreadReason
from cds_hooks.findings import Because, Considered, Derived, Held, Silenced
from cds_hooks.judged import Judged
from cds_hooks.judgement.timing.age import age
from cds_hooks.presentation.report import Report, encode_report, report, report_schema
from terminology.units.conversion import Conversion
from tests.presentation.cases import (
    GUIDELINE,
    HCT,
    PROTOCOL,
    TESTOSTERONE,
    chart,
    draw,
    evidence,
    finding,
    judged,
    knowledge,
    present,
    stranger,
    unknown,
)
from tests.presentation.test_card_standard import CHART, JUDGED

TODAY = Moment(date(2026, 9, 4), time(15))
VALIDATOR = Draft202012Validator(report_schema(), format_checker=Draft202012Validator.FORMAT_CHECKER)
FULL = judged(
    finding(
        "MT-HCT-01",
        urgency="critical",
        because=(Because("above the limit", "latest", "true", "54.5 %", "54 %"),),
        evidence=(HCT,),
        sources=(GUIDELINE,),
    ),
    finding("MT-LVL-02", "clear", topic="testosterone", evidence=(TESTOSTERONE,)),
    unknown("MT-PSA-01", "psa", "no PSA result found here", "Observation?code=2857-1"),
    draws=(draw("hematocrit", "estradiol", slot=True, reasons=("MT-HCT-01",)),),
    silenced=(Silenced("MT-LVL-01", PROTOCOL, "no increase", ("MT-HCT-01",)),),
    derive=lambda: (Derived("calculated_free_testosterone", Decimal("273.5"), "pmol/L", ("Observation/1",)),),
    considered=(Considered(PROTOCOL, True, "testosterone is taken"),),
)


def written(judgement: Judged, facts: Facts | None = None, today: Moment = TODAY) -> dict[str, Any]:
    facts = facts or chart()
    cards = present(judgement, facts)
    answer: dict[str, Any] = json.loads(
        encode_report(report(judgement, facts, knowledge(), today, cards, "0.1.0")), parse_float=Decimal
    )
    return answer


def nulls(node: Any) -> int:
    if isinstance(node, dict):
        return sum(map(nulls, node.values()))
    return sum(map(nulls, node)) if isinstance(node, list) else node is None


def test_the_fields_stand_in_the_order_promised() -> None:
    assert list(written(FULL)) == [
        "schemaVersion",
        "engine",
        "patient",
        "today",
        "therapies",
        "protocols",
        "findings",
        "derived",
        "changes",
        "draws",
        "unread",
        "considered",
        "silenced",
        "discordances",
        "differential",
        "cards",
    ]


def test_every_list_is_there_even_when_empty() -> None:
    answer = written(judged(protocols=()))
    empty = [name for name, value in answer.items() if value == []]
    assert empty == [
        "therapies",
        "protocols",
        "findings",
        "derived",
        "changes",
        "draws",
        "unread",
        "considered",
        "silenced",
        "discordances",
        "differential",
        "cards",
    ]


def test_the_report_says_what_judged() -> None:
    assert written(FULL)["engine"] == {
        "version": "0.1.0",
        "knowledge": knowledge().digest,
        "terminology": "LOINC codes of 2.67 and later",
    }
    assert written(FULL)["schemaVersion"] == "1"


@pytest.mark.parametrize(
    ("patient", "shown"),
    [
        (
            Patient("Patient/1", date(1981, 9, 4), "male", "gender (assumed)"),
            {"reference": "Patient/1", "sexBasis": "gender (assumed)", "age": 45, "sex": "male"},
        ),
        (Patient("Patient/1"), {"reference": "Patient/1", "sexBasis": "not recorded"}),
        (Patient("Patient/1", date(2030, 1, 1)), {"reference": "Patient/1", "sexBasis": "not recorded"}),
    ],
    ids=["known", "nothing recorded", "born in the future"],
)
def test_the_patient_is_shown_without_name_or_birth_date(patient: Patient, shown: dict[str, object]) -> None:
    assert written(FULL, Facts(patient))["patient"] == shown


@pytest.mark.parametrize(
    ("born", "on", "years"),
    [
        (date(2008, 9, 5), date(2026, 9, 4), 17),
        (date(2008, 9, 4), date(2026, 9, 4), 18),
        (date(2008, 2, 29), date(2026, 2, 28), 17),
        (date(2008, 2, 29), date(2026, 3, 1), 18),
    ],
)
def test_an_age_counts_completed_years(born: date, on: date, years: int) -> None:
    assert age(born, on) == years


def test_draws_carry_all_orders_also_those_already_placed() -> None:
    answer = written(replace(FULL, placed=frozenset({"hematocrit"})))
    assert answer["draws"][0]["orders"] == ["2243-4", "58410-2"]
    assert answer["draws"][0]["slot"] == {"start": "2026-12-03T07:00:00", "end": "2026-12-03T11:00:00"}


def test_today_keeps_the_precision_it_was_given() -> None:
    assert written(FULL)["today"] == "2026-09-04T15:00"
    assert written(FULL, today=Moment(date(2026, 9, 4)))["today"] == "2026-09-04"


def test_values_are_numbers_with_the_digits_of_the_chart() -> None:
    result = finding("A", "clear", evidence=(evidence("psa_total", "1.10", "ng/mL"),))
    body = encode_report(report(judged(result), chart(), knowledge(), TODAY, (), "0.1.0"))
    assert b'"value":1.10,' in body


def test_unread_resources_are_listed_with_their_reason() -> None:
    bad_unit = Unread("Observation/9", "http://loinc.org|4544-3", UnreadReason.UNIT_UNKNOWN, "'54 g/dL' is no unit")
    assert written(FULL, chart(bad_unit))["unread"] == [
        {
            "reference": "Observation/9",
            "reason": "unit-unknown",
            "detail": "'54 g/dL' is no unit",
            "code": "http://loinc.org|4544-3",
        }
    ]


def test_held_readings_are_listed_as_unread_with_the_check_that_holds_them() -> None:
    conversion = Conversion(Decimal(1), Decimal(1), "%", "ucum", crosses=False)
    reading = Reading(
        "hematocrit", Decimal("0.52"), "%", Decimal("0.52"), "%", conversion, TODAY, "Observation/1", "final", "4544-3"
    )
    facts = msgspec.structs.replace(chart(), readings=(reading,))
    held = judged(
        finding("DQ-UNIT-02", topic="unit"),
        held=(Held("Observation/1", "hematocrit", "DQ-UNIT-02", "0.52 % is too low"),),
    )
    assert written(held, facts)["unread"] == [
        {
            "reference": "Observation/1",
            "reason": "held",
            "detail": "DQ-UNIT-02: 0.52 % is too low",
            "code": "http://loinc.org|4544-3",
        }
    ]


def test_a_full_report_keeps_to_its_schema() -> None:
    VALIDATOR.validate(written(replace(FULL, placed=frozenset({"hematocrit"})), chart(stranger())))


@settings(max_examples=40, deadline=None)
@given(JUDGED, CHART)
def test_any_report_keeps_to_its_schema_and_holds_no_null(judgement: Judged, facts: Facts) -> None:
    answer = written(judgement, facts)
    VALIDATOR.validate(answer)
    assert nulls(answer) == 0


def test_the_schema_is_versioned_and_valid_and_allows_no_null() -> None:
    schema = report_schema()
    Draft202012Validator.check_schema(schema)
    assert schema["$id"].endswith("/report/1")
    assert '"null"' not in json.dumps(schema)
    assert json.dumps(schema) == json.dumps(report_schema())


def test_the_schema_describes_every_part() -> None:
    schema = report_schema()
    root = schema["$defs"]["Report"]
    assert all(part.get("description") for name, part in root["properties"].items() if name not in REFERENCED)
    assert all(part.get("description") or "enum" in part for part in schema["$defs"].values())


REFERENCED = {"engine", "patient"}  # described where they are defined


@pytest.mark.parametrize(
    ("place", "value"),
    [
        (("schemaVersion",), "2"),
        (("findings", 0, "state"), "maybe"),
        (("findings", 0, "summary"), None),
        (("findings", 0, "evidence", 0, "value"), "0.545"),
        (("unread", 0, "reason"), "bored"),
        (("draws", 0, "due"), 20261201),
        (("cards", 0, "indicator"), "hard-stop"),
        (("patient", "age"), None),
    ],
)
def test_the_schema_refuses_what_is_not_promised(place: tuple[str | int, ...], value: object) -> None:
    answer = written(FULL, chart(stranger()))
    node: Any = answer
    for step in place[:-1]:
        node = node[step]
    node[place[-1]] = value
    with pytest.raises(ValidationError):
        VALIDATOR.validate(answer)


def test_the_report_keeps_findings_as_judged() -> None:
    answer = report(FULL, chart(), knowledge(), TODAY, (), "0.1.0")
    assert isinstance(answer, Report)
    assert answer.findings is FULL.findings


CYPIONATE = Therapy(
    "testosterone",
    "MedicationRequest/1",
    "testosterone cypionate 200 mg/mL",
    "RxNorm 835840",
    "active",
    ("androgen",),
    product="cypionate",
    route="injection",
    interval_hours=Decimal(168) / 9,
    dose="100 mg",
    start=Moment(date(2026, 6, 1)),
    form="injectable solution",
    strength="200 mg/mL",
    systemic=True,
)


def test_what_was_understood_of_each_therapy_is_told_with_its_basis() -> None:
    (therapy,) = written(FULL, replace(chart(), therapies=(CYPIONATE,)))["therapies"]
    assert therapy == {
        "reference": "MedicationRequest/1",
        "name": "testosterone cypionate 200 mg/mL",
        "drug": "testosterone",
        "basis": "RxNorm 835840",
        "status": "active",
        "planned": False,
        "product": "cypionate",
        "route": "injection",
        "form": "injectable solution",
        "strength": "200 mg/mL",
        "systemic": True,
        "dose": "100 mg",
        "intervalHours": Decimal("18.67"),
        "start": "2026-06-01",
    }


def test_what_is_not_known_of_a_therapy_is_left_out() -> None:
    bare = Therapy("estradiol", "MedicationStatement/1", "Bijuva", "name in text", "unknown", others=("progesterone",))
    (therapy,) = written(FULL, replace(chart(), therapies=(bare,)))["therapies"]
    assert therapy == {
        "reference": "MedicationStatement/1",
        "name": "Bijuva",
        "drug": "estradiol",
        "basis": "name in text",
        "status": "unknown",
        "planned": False,
        "others": ["progesterone"],
    }
