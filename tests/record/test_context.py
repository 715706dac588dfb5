"""Circumstances, scores, fasting, pregnancy and stays in hospital are read from a chart; silence is never an answer."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from cds_hooks.facts import Condition, Facts, UnreadReason
from cds_hooks.presentation.canonical import BASE
from terminology.context_factors import CODES, FACTORS, FLAGGED, STATES
from terminology.organs import ORGANS
from tests.record.charts import ICD10, LOINC, SNOMED, Json, bundle, facts_of, read_json, resource

DAY = "2026-08-01"


def coded(system: str, code: str) -> Json:
    return {"valueCodeableConcept": {"coding": [{"system": system, "code": code}]}}


def told(code: str, system: str = FACTORS, identity: str = "o1", **changes: Any) -> Json:
    written = {"id": identity, "status": "final", "code": {"coding": [{"system": system, "code": code}]}}
    return resource("Observation", **{"effectiveDateTime": DAY, **written, **changes})


def measured(code: str, value: Any, unit: str | None, system: str = LOINC, **changes: Any) -> Json:
    quantity = {"value": value} | ({"unit": unit, "code": unit, "system": "http://unitsofmeasure.org"} if unit else {})
    return told(code, system, **{"valueQuantity": quantity, **changes})


def concepts(facts: Facts) -> list[str]:
    return [condition.concept for condition in facts.conditions]


# ── Context factors ──


def test_context_factors_are_one_of_the_projects_own_code_systems_and_share_no_code_with_the_organ_inventory() -> None:
    assert f"{BASE}/CodeSystem/context-factor" == FACTORS
    assert set(CODES).isdisjoint(ORGANS)


@pytest.mark.parametrize(
    ("code", "value", "unit", "analyte", "read"),
    [
        ("dietary-fibre", 18, "g/d", "dietary_fibre", "18"),
        ("dietary-fibre", 18, "g", "dietary_fibre", "18"),
        ("dietary-fat-percent", 17.5, "%", "dietary_fat_pct", "17.5"),
    ],
)
def test_a_quantity_is_a_reading(code: str, value: Any, unit: str, analyte: str, read: str) -> None:
    facts = facts_of(measured(code, value, unit, FACTORS))
    (reading,) = facts.readings
    assert (reading.analyte, reading.value, reading.code) == (analyte, Decimal(read), code)
    assert (facts.unread, facts.unmapped) == ((), ())


def test_a_quantity_without_unit_is_named_with_its_own_code_system() -> None:
    (unread,) = facts_of(measured("dietary-fibre", 18, None, FACTORS)).unread
    assert (unread.code, unread.reason) == (f"{FACTORS}|dietary-fibre", UnreadReason.UNIT_MISSING)


@pytest.mark.parametrize(
    ("answered", "expected"),
    [
        ({"interpretation": [{"coding": [{"code": "H"}]}]}, ["measured", "high"]),
        ({"interpretation": [{"coding": [{"code": "HH"}]}]}, ["measured", "high"]),
        ({"interpretation": {"coding": [{"code": "L"}]}}, ["measured", "low"]),
        ({"interpretation": [{"coding": [{"code": "N"}]}]}, ["measured"]),
        ({"interpretation": [{"coding": [{"code": "H"}]}, {"coding": [{"code": "L"}]}]}, ["measured"]),
        ({"interpretation": "high"}, ["measured"]),
        ({"interpretation": None}, ["measured"]),
        (coded(FACTORS, "low"), ["measured", "low"]),
        ({"valueQuantity": {"value": 3500, "unit": "U/g"}}, ["measured"]),
    ],
)
@pytest.mark.parametrize("code", FLAGGED)
def test_a_test_without_a_common_scale_is_heard_by_the_laboratorys_flag_only(
    code: str, answered: Json, expected: list[str]
) -> None:
    facts = facts_of(told(code, **answered))
    assert concepts(facts) == [f"{code}-{one}" for one in expected]
    assert (facts.readings, facts.unread, facts.unmapped) == ((), (), ())


@pytest.mark.parametrize("code", STATES)
@pytest.mark.parametrize(
    ("answer", "present"),
    [
        (coded(FACTORS, "present"), True),
        (coded(FACTORS, "absent"), False),
        (coded(SNOMED, "52101004"), True),
        ({"valueBoolean": True}, True),
        ({"valueBoolean": False}, False),
    ],
)
def test_a_state_is_present_or_absent(code: str, answer: Json, present: bool) -> None:
    assert concepts(facts_of(told(code, **answer))) == ([code] if present else [])


def test_a_state_whose_answer_says_neither_is_named() -> None:
    facts = facts_of(told("fodmap-sensitivity", **coded(FACTORS, "unsure")))
    assert concepts(facts) == []
    assert [one.reason for one in facts.unread] == [UnreadReason.VALUE_MISSING]


def test_the_newest_answer_counts() -> None:
    old = told("dysbiosis", identity="o1", effectiveDateTime="2026-01-01", **coded(FACTORS, "present"))
    assert concepts(facts_of(old, told("dysbiosis", identity="o2", **coded(FACTORS, "absent")))) == []


def test_beta_glucuronidase_in_urine_is_never_taken_for_that_in_stool() -> None:
    facts = facts_of(measured("1945-5", 12, "U/L", interpretation=[{"coding": [{"code": "H"}]}]))
    assert (facts.conditions, facts.readings) == ((), ())


# ── Sleep, exercise, alcohol, stress ──


@pytest.mark.parametrize(
    ("code", "value", "unit", "analyte", "read"),
    [
        ("93832-4", 6.5, "h", "sleep_duration", "6.5"),
        ("93832-4", 390, "min", "sleep_duration", "6.5"),
        ("93832-4", 23400, "s", "sleep_duration", "6.5"),
        ("93832-4", 23400, "seconds", "sleep_duration", "6.5"),
        ("89555-7", 3, "d/wk", "evs_days_per_week", "3"),
        ("89555-7", 3, "days per week", "evs_days_per_week", "3"),
        ("68516-4", 40, "min", "evs_min_per_day", "40"),
        ("82291-6", 1, "d/wk", "strength_freq", "1"),
        ("74013-4", 2, "drinks/day", "alcoholic_drinks", "2"),
        ("39156-5", 31.2, "kg/m2", "bmi", "31.2"),
        ("8280-0", 40, "[in_i]", "waist_circumference", "101.6"),
        ("106860-0", 28, "{score}", "pss10_total", "28"),
        ("75626-2", 5, None, "audit_c_total", "5"),
        ("16500-1", 10, "mmol/L", "butyrate_stool", "881.06"),
        ("18185-9", 63, "d", "gestational_age", "9"),
        ("4548-4", 39, "mmol/mol", "hba1c", "5.71972"),
        ("59261-8", 48, "mmol/mol", "hba1c", "6.54304"),
    ],
)
def test_lifestyle_is_read_in_every_unit_it_is_sent_in(
    code: str, value: Any, unit: str | None, analyte: str, read: str
) -> None:
    (reading,) = facts_of(measured(code, value, unit)).readings
    assert (reading.analyte, reading.value) == (analyte, Decimal(read))


def test_the_score_of_a_questionnaire_may_be_a_whole_number() -> None:
    (reading,) = facts_of(told("75626-2", LOINC, valueInteger=5)).readings
    assert (reading.analyte, reading.value, reading.unit) == ("audit_c_total", Decimal(5), "{score}")


def test_a_laboratory_result_is_no_score() -> None:
    (unread,) = facts_of(told("3016-3", LOINC, valueInteger=5)).unread
    assert unread.reason is UnreadReason.VALUE_NOT_NUMERIC


@pytest.mark.parametrize(
    ("answer", "high"), [("LA6568-5", False), ("LA13909-9", False), ("LA13902-4", True), ("LA13914-9", True)]
)
def test_stress_is_high_from_quite_a_bit_on(answer: str, high: bool) -> None:
    assert concepts(facts_of(told("76542-0", LOINC, **coded(LOINC, answer)))) == (["stress-high"] if high else [])


# ── Pregnancy ──


def pregnancy(answer: Json, day: str = DAY, identity: str = "p1") -> Json:
    return told("82810-3", LOINC, identity, effectiveDateTime=day, **answer)


YES, NO = coded(SNOMED, "77386006"), coded(SNOMED, "60001007")


@pytest.mark.parametrize("answer", [YES, coded(LOINC, "LA15173-0")])
def test_a_pregnancy_status_is_a_pregnancy_of_its_day(answer: Json) -> None:
    (read,) = facts_of(pregnancy(answer)).conditions
    assert (read.concept, read.active) == ("pregnancy", True)
    assert read.onset is not None
    assert read.onset.text == DAY


@pytest.mark.parametrize(
    "answer", [NO, coded(LOINC, "LA26683-5"), coded(SNOMED, "102874004"), coded(LOINC, "LA4489-6")]
)
def test_not_pregnant_or_possibly_pregnant_is_no_pregnancy(answer: Json) -> None:
    assert facts_of(pregnancy(answer)).conditions == ()


@pytest.mark.parametrize(
    ("dates", "active"),
    [
        ({"recordedDate": "2026-05-01"}, False),
        ({"onsetDateTime": "2026-05-01"}, False),
        ({"recordedDate": DAY}, True),
        ({"recordedDate": "2026-08-15"}, True),
        ({}, True),
    ],
)
def test_a_newer_no_ends_a_pregnancy_and_nothing_else(dates: Json, active: bool) -> None:
    diagnosis = resource("Condition", code={"coding": [{"system": ICD10, "code": "Z33.1"}]}, **dates)
    other = resource("Condition", id="c2", code={"coding": [{"system": ICD10, "code": "E11.9"}]}, **dates)
    read = {one.concept: one.active for one in facts_of(diagnosis, other, pregnancy(NO)).conditions}
    assert read == {"pregnancy": active, "diabetes": True}


def test_of_two_answers_the_newer_counts() -> None:
    assert concepts(facts_of(pregnancy(YES, "2026-05-01"), pregnancy(NO, identity="p2"))) == []
    assert concepts(facts_of(pregnancy(NO, "2026-05-01"), pregnancy(YES, identity="p2"))) == ["pregnancy"]


def doubts(*resources: Json) -> list[tuple[str, UnreadReason, tuple[str, ...]]]:
    return [(one.reference, one.reason, one.concepts) for one in facts_of(*resources).unread]


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        ({"valueCodeableConcept": {"text": "Pregnant"}}, UnreadReason.VALUE_MISSING),
        ({"valueString": "Pregnant"}, UnreadReason.VALUE_MISSING),
        ({"valueBoolean": True}, UnreadReason.VALUE_MISSING),
        (coded(SNOMED, "102874004"), UnreadReason.VALUE_MISSING),  # possible pregnancy
        (coded("http://lab.example", "P"), UnreadReason.VALUE_MISSING),
        (YES | {"status": "preliminary"}, UnreadReason.STATUS),
        (YES | {"effectiveDateTime": "2026-08"}, UnreadReason.EFFECTIVE_IMPRECISE),
        (YES | {"effectiveDateTime": None}, UnreadReason.EFFECTIVE_MISSING),
    ],
)
def test_an_answer_that_cannot_be_used_leaves_a_pregnancy_in_doubt(answer: Json, reason: UnreadReason) -> None:
    assert doubts(told("82810-3", LOINC, "p1", **answer)) == [("Observation/p1", reason, ("pregnancy",))]


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (coded(LOINC, "LA4489-6"), UnreadReason.VALUE_MISSING),  # unknown
        (coded(SNOMED, "261665006"), UnreadReason.VALUE_MISSING),
        (coded("http://terminology.hl7.org/CodeSystem/v3-NullFlavor", "UNK"), UnreadReason.VALUE_MISSING),
        ({"dataAbsentReason": {"text": "asked, not known"}}, UnreadReason.VALUE_MISSING),
        ({}, UnreadReason.VALUE_MISSING),
        (YES | {"status": "entered-in-error"}, UnreadReason.STATUS),
        (NO | {"status": "preliminary"}, UnreadReason.STATUS),
        (NO | {"effectiveDateTime": "2026-08"}, UnreadReason.EFFECTIVE_IMPRECISE),
    ],
)
def test_no_answer_is_said_and_casts_no_doubt(answer: Json, reason: UnreadReason) -> None:
    assert doubts(told("82810-3", LOINC, "p1", **answer)) == [("Observation/p1", reason, ())]


def test_a_newer_answer_ends_the_doubt() -> None:
    unclear = {"valueCodeableConcept": {"text": "maybe"}}
    assert doubts(pregnancy(unclear, "2026-05-01"), pregnancy(NO, identity="p2"))[0][2] == ()
    assert doubts(pregnancy(unclear), pregnancy(NO, identity="p2"))[0][2] == ("pregnancy",)


def test_two_answers_of_one_moment_that_contradict_each_other_leave_a_pregnancy_in_doubt() -> None:
    conflict, pregnant = UnreadReason.VERSION_CONFLICT, ("pregnancy",)
    facts = (pregnancy(YES), pregnancy(NO, identity="p2"))
    assert doubts(*facts) == [("Observation/p1", conflict, pregnant), ("Observation/p2", conflict, pregnant)]
    assert concepts(facts_of(*facts)) == []


POSITIVE, NEGATIVE = coded(SNOMED, "10828004"), coded(SNOMED, "260385009")


@pytest.mark.parametrize("code", ["2106-3", "2118-8", "80384-1"])
@pytest.mark.parametrize(
    ("answer", "found"),
    [
        (POSITIVE, ["pregnancy-test-positive"]),
        (coded(LOINC, "LA6576-8"), ["pregnancy-test-positive"]),
        (coded(SNOMED, "250423000"), ["pregnancy-test-positive"]),
        ({"valueString": " Positive "}, ["pregnancy-test-positive"]),
        ({"valueCodeableConcept": {"text": "POSITIVE"}}, ["pregnancy-test-positive"]),
        ({"valueBoolean": True}, ["pregnancy-test-positive"]),
        (NEGATIVE, []),
        (coded(SNOMED, "250425007"), []),
        ({"valueString": "negative"}, []),
        ({"valueString": "NEG"}, []),
        ({"valueString": "Negative."}, []),
        ({"valueCodeableConcept": {"text": "Not detected"}}, []),
        ({"valueCodeableConcept": {"text": "Non-reactive"}}, []),
        (coded(SNOMED, "260415000"), []),
        (coded(LOINC, "LA11883-8"), []),
        ({"valueString": "Pos"}, ["pregnancy-test-positive"]),
        ({"valueCodeableConcept": {"text": "Detected"}}, ["pregnancy-test-positive"]),
        ({"valueCodeableConcept": {"text": "reactive"}}, ["pregnancy-test-positive"]),
        (coded(SNOMED, "260373001"), ["pregnancy-test-positive"]),
        (coded(LOINC, "LA11882-0"), ["pregnancy-test-positive"]),
        ({"valueBoolean": False}, []),
    ],
)
def test_a_pregnancy_test_is_positive_or_not(code: str, answer: Json, found: list[str]) -> None:
    facts = facts_of(told(code, LOINC, "t1", **answer))
    assert concepts(facts) == found
    assert facts.unread == ()


def test_a_pregnancy_denied_in_words_is_none() -> None:
    facts = facts_of(pregnancy({"valueCodeableConcept": {"text": "Not pregnant"}}))
    assert (facts.conditions, facts.unread) == ((), ())


@pytest.mark.parametrize("word", ["Unknown", "not known", "Not asked", "N/A"])
def test_a_word_for_no_answer_leaves_no_doubt(word: str) -> None:
    unanswered = {"valueCodeableConcept": {"text": word}}
    assert [one[2] for one in doubts(pregnancy(unanswered), told("2106-3", LOINC, "t1", **unanswered))] == [(), ()]


@pytest.mark.parametrize(
    ("answer", "reason", "concepts"),
    [
        ({"valueString": "see report"}, UnreadReason.VALUE_MISSING, ("pregnancy-test-positive",)),
        (coded(SNOMED, "82334004"), UnreadReason.VALUE_MISSING, ("pregnancy-test-positive",)),  # indeterminate
        (POSITIVE | {"status": "preliminary"}, UnreadReason.STATUS, ("pregnancy-test-positive",)),
        (POSITIVE | {"status": "entered-in-error"}, UnreadReason.STATUS, ()),
    ],
)
def test_a_pregnancy_test_that_cannot_be_used_is_said(answer: Json, reason: UnreadReason, concepts: Any) -> None:
    assert doubts(told("2106-3", LOINC, "t1", **answer)) == [("Observation/t1", reason, concepts)]


def test_of_two_pregnancy_tests_the_newer_counts() -> None:
    older = told("2106-3", LOINC, "t1", **POSITIVE, effectiveDateTime="2026-05-01")
    assert concepts(facts_of(older, told("2118-8", LOINC, "t2", **NEGATIVE))) == []


# ── Fasting ──


def specimen(status: str | None = None, hours: Any = None, **changes: Any) -> Json:
    taken: Json = {}
    if status is not None:
        system = "http://terminology.hl7.org/CodeSystem/v2-0916"
        taken["fastingStatusCodeableConcept"] = {"coding": [{"system": system, "code": status}]}
    if hours is not None:
        taken["fastingStatusDuration"] = {"value": hours, "unit": "h", "code": "h"}
    return resource("Specimen", **{"id": "s1", "collection": taken, **changes})


def ctx(**changes: Any) -> Json:
    return measured("41171-0", 300, "ng/L", **changes)


def notes(*resources: Json) -> tuple[str, ...]:
    (reading,) = facts_of(*resources).readings
    return reading.notes


@pytest.mark.parametrize(
    ("taken", "note"),
    [
        (specimen("F"), ("fasting",)),
        (specimen("NF"), ("not-fasting",)),
        (specimen("NG"), ()),
        (specimen("FNA"), ()),
        (specimen(hours=8), ("fasting",)),
        (specimen(hours=7.5), ("not-fasting",)),
        (specimen("NF", hours=12), ("not-fasting",)),
        (specimen(), ()),
        (specimen(collection="fasting"), ()),
        (specimen(collection=None), ()),
    ],
)
def test_a_specimen_says_whether_it_was_drawn_fasting(taken: Json, note: tuple[str, ...]) -> None:
    result = ctx(specimen={"reference": "Specimen/s1"})
    assert notes(taken, result) == notes(result, taken) == note
    held = {key: value for key, value in taken.items() if key != "subject"}
    assert notes(ctx(contained=[held], specimen={"reference": "#s1"})) == note


@pytest.mark.parametrize("reference", ["Specimen/s2", "#s1", None])
def test_another_specimen_says_nothing(reference: str | None) -> None:
    assert notes(specimen("F"), ctx(specimen={"reference": reference})) == ()


@pytest.mark.parametrize(
    ("answer", "note"),
    [
        (coded(LOINC, "LA33-6"), ("fasting",)),
        (coded("http://terminology.hl7.org/CodeSystem/v2-0136", "Y"), ("fasting",)),
        (coded("http://terminology.hl7.org/CodeSystem/v2-0136", "N"), ("not-fasting",)),
        ({"valueBoolean": True}, ("fasting",)),
        (coded(LOINC, "LA4489-6"), ()),
    ],
)
def test_fasting_may_be_said_in_the_result_or_of_its_day(answer: Json, note: tuple[str, ...]) -> None:
    asked = {"code": {"coding": [{"system": LOINC, "code": "49541-6"}]}, **answer}
    assert notes(ctx(component=[asked])) == note
    assert notes(ctx(), told("49541-6", LOINC, "f1", **answer)) == note
    assert notes(ctx(), told("49541-6", LOINC, "f1", effectiveDateTime="2026-07-31", **answer)) == ()


def test_a_day_that_is_answered_both_ways_says_nothing() -> None:
    answers = [told("49541-6", LOINC, f"f{place}", valueBoolean=value) for place, value in enumerate((True, False))]
    assert notes(ctx(), *answers) == ()


# ── Stays in hospital ──


def encounter(kind: Any = "IMP", status: str = "finished", **changes: Any) -> Json:
    named = {"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": kind}
    written = {"id": "e1", "status": status, "class": named if isinstance(kind, str) else kind}
    return resource("Encounter", **{**written, "period": {"start": "2026-07-01", "end": "2026-07-09"}, **changes})


def stays(*resources: Json) -> list[Condition]:
    return [one for one in facts_of(*resources).conditions if one.concept == "inpatient-stay"]


@pytest.mark.parametrize("kind", ["IMP", "ACUTE", "NONAC", "EMER", [{"coding": [{"code": "IMP"}]}]])
def test_a_stay_is_dated_by_its_end(kind: Any) -> None:
    (read,) = stays(encounter(kind))
    assert read.onset is not None
    assert (read.onset.text, read.active) == ("2026-07-09", True)


def test_a_stay_that_lasts_is_dated_by_its_begin() -> None:
    for period in ({"start": "2026-07-01"}, {"start": "2026-07-01", "end": "2030-01-01"}):
        (read,) = stays(encounter(period=period))
        assert read.onset is not None
        assert (read.onset.text, read.active) == ("2026-07-01", True)


@pytest.mark.parametrize(
    "other",
    [encounter("AMB"), encounter("VR"), encounter(status="planned"), encounter(status="cancelled"), encounter([])],
)
def test_a_visit_or_what_never_was_is_no_stay(other: Json) -> None:
    assert stays(other) == []


def test_the_stay_of_another_patient_is_left() -> None:
    facts = read_json(bundle(resource("Patient", id="p"), encounter(subject={"reference": "Patient/other"})))
    assert facts.conditions == ()
    assert [one.reason for one in facts.unread] == [UnreadReason.OTHER_PATIENT]


# ── Biotin and other supplements ──


@pytest.mark.parametrize(
    ("text", "dosage", "dose", "hours"),
    [
        ("Biotin 10 mg tablet daily", None, "10 mg", 24),
        ("biotin", "5000 mcg daily", "5 mg", 24),
        ("Biotin 10,000 mcg capsule", "1 capsule daily", "10 mg", 24),
        ("Biotin 10,000 mcg", "once daily", None, 24),
        ("biotin", None, None, None),
    ],
)
def test_the_dose_of_a_supplement_is_read_where_it_is_plain(
    text: str, dosage: str | None, dose: str | None, hours: int | None
) -> None:
    said = {"dosage": [{"text": dosage}]} if dosage is not None else {}
    statement = resource(
        "MedicationStatement", id="s1", status="active", medicationCodeableConcept={"text": text}, **said
    )
    (therapy,) = facts_of(statement).therapies
    assert (therapy.drug, therapy.dose, therapy.interval_hours) == ("biotin", dose, hours)


def test_a_statement_tells_when_a_supplement_was_last_taken() -> None:
    statement = resource(
        "MedicationStatement",
        id="s1",
        status="active",
        medicationCodeableConcept={"text": "Biotin 10 mg"},
        effectiveDateTime="2026-08-01T07:00:00-05:00",
    )
    (dose,) = facts_of(statement).doses
    assert (dose.drug, dose.at.text) == ("biotin", "2026-08-01T07:00")
