"""What Observations tell that is no quantity: the last period, smoking, scans and semen analyses; blood pressure."""

from __future__ import annotations

from typing import Any

import pytest

from cds_hooks.facts import UnreadReason
from tests.optional_tables import needs_snomed
from tests.record.charts import ICD10, LOINC, SNOMED, Json, facts_of, observation, resource


def told(code: str, identity: str = "o1", **changes: Any) -> Json:
    written = {
        "id": identity,
        "status": "final",
        "code": {"coding": [{"system": LOINC, "code": code}]},
        "effectiveDateTime": "2026-08-20",
        **changes,
    }
    return resource("Observation", **{key: item for key, item in written.items() if item is not None})


def smokes(code: str, system: str = LOINC, **changes: Any) -> Json:
    return told("72166-2", valueCodeableConcept={"coding": [{"system": system, "code": code}]}, **changes)


def concepts(*resources: Json) -> list[tuple[str, str | None]]:
    return [(one.concept, one.onset.text if one.onset else None) for one in facts_of(*resources).conditions]


def last_period(*resources: Json) -> str | None:
    found = facts_of(*resources).last_period
    return found.text if found is not None else None


@pytest.mark.parametrize(
    ("changes", "day"),
    [
        ({"valueDateTime": "2026-08-10"}, "2026-08-10"),
        ({"valueDateTime": "2026-09-04"}, "2026-09-04"),
        ({"valueDateTime": "2026-09-05"}, None),
        ({"valueDateTime": "2026-08"}, None),
        ({"valueDateTime": None}, None),
        ({"valueDateTime": "2026-08-10", "status": "entered-in-error"}, None),
        ({"valueDateTime": "2026-08-10", "subject": {"reference": "Patient/2"}}, None),
        ({"valueDateTime": "2026-08-10", "effectiveDateTime": None}, "2026-08-10"),
    ],
)
def test_the_last_period_is_a_past_day_of_the_patient(changes: Json, day: str | None) -> None:
    assert last_period(told("8665-2", **changes)) == day


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"valueDateTime": "2027-09-05"}, UnreadReason.EFFECTIVE_INVALID),
        ({"valueDateTime": "2026-08"}, UnreadReason.EFFECTIVE_INVALID),
        ({"valueDateTime": "2026-08-10", "status": "entered-in-error"}, UnreadReason.STATUS),
    ],
)
def test_a_last_period_that_cannot_be_used_is_told(changes: Json, reason: UnreadReason) -> None:
    assert [one.reason for one in facts_of(told("8665-2", **changes)).unread] == [reason]


def test_the_last_of_several_periods_counts() -> None:
    one, other = told("8665-2", valueDateTime="2026-08-10"), told("8665-2", "o2", valueDateTime="2026-07-12")
    assert last_period(one, other) == last_period(other, one) == "2026-08-10"


@pytest.mark.parametrize("code", ["LA18976-3", "LA18977-1", "LA18981-3", "LA18982-1"])
def test_who_smokes_now_is_a_smoker(code: str) -> None:
    assert concepts(smokes(code)) == [("smoking", "2026-08-20")]


@needs_snomed
@pytest.mark.parametrize("code", ["449868002", "428041000124106", "428071000124103", "428061000124105", "230063004"])
def test_a_smoker_may_be_coded_in_snomed(code: str) -> None:
    assert concepts(smokes(code, SNOMED)) == [("smoking", "2026-08-20")]


@pytest.mark.parametrize(
    "chart",
    [
        smokes("LA18978-9"),
        smokes("LA15920-4"),
        smokes("LA18980-5"),
        smokes("8517006", SNOMED),
        smokes("266919005", SNOMED),
        smokes("LA18976-3", status="entered-in-error"),
        smokes("LA18976-3", subject={"reference": "Patient/2"}),
        smokes("LA18976-3", effectiveDateTime=None),
        told("72166-2"),
    ],
)
def test_who_does_not_is_none(chart: Json) -> None:
    assert concepts(chart) == []


def test_the_newest_answer_tells_whether_somebody_smokes() -> None:
    before = smokes("LA18976-3", identity="o2", effectiveDateTime="2020-01-01")
    assert concepts(before, smokes("LA15920-4")) == concepts(smokes("LA15920-4"), before) == []
    assert concepts({**before, "effectiveDateTime": "2026-09-01"}, smokes("LA15920-4")) == [("smoking", "2026-09-01")]


@pytest.mark.parametrize(
    ("code", "smoker"),
    [("F17.210", True), ("F17.211", False), ("F17.220", False), ("Z72.0", True), ("Z87.891", False)],
)
def test_a_diagnosis_of_smoking(code: str, smoker: bool) -> None:
    diagnosis = resource("Condition", code={"coding": [{"system": ICD10, "code": code}]})
    assert concepts(diagnosis) == ([("smoking", None)] if smoker else [])


def test_a_bone_scan_is_known_by_any_of_its_scores() -> None:
    assert concepts(observation("80948-3", -1.5, "{T-score}")) == [("dxa", "2026-09-03T20:00")]
    assert concepts(told("38267-1", valueQuantity={"value": -2.1, "unit": "1"})) == [("dxa", "2026-08-20")]
    assert concepts(told("38267-1", status="cancelled")) == []


@needs_snomed
@pytest.mark.parametrize(("status", "done"), [("completed", True), ("not-done", False), ("entered-in-error", False)])
def test_a_bone_scan_may_be_a_procedure(status: str, done: bool) -> None:
    scan = resource(
        "Procedure",
        status=status,
        code={"coding": [{"system": SNOMED, "code": "312681000"}]},
        performedDateTime="2025-01-01",
    )
    assert concepts(scan) == ([("dxa", "2025-01-01")] if done else [])


def test_a_sperm_count_tells_that_semen_was_analysed() -> None:
    count = {"value": 12, "unit": "10*6/mL"}
    assert concepts(told("9780-8", valueQuantity=count)) == [("semen-analysis", "2026-08-20")]
    assert concepts(told("9780-8", dataAbsentReason={"text": "not performed"})) == []
    assert concepts(told("9780-8", valueQuantity=count, subject={"reference": "Patient/2"})) == []


def test_both_numbers_of_a_blood_pressure_panel_are_read() -> None:
    parts = [
        {
            "code": {"coding": [{"system": LOINC, "code": code}]},
            "valueQuantity": {"value": value, "unit": "mmHg", "code": "mm[Hg]"},
        }
        for code, value in (("8480-6", 142), ("8462-4", 91))
    ]
    facts = facts_of(told("85354-9", component=parts))
    assert [(one.analyte, one.value) for one in facts.readings] == [("sbp", 142), ("dbp", 91)]
    assert facts.unread == ()
