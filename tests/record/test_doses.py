"""When doses were taken, from the best source a chart has."""

from __future__ import annotations

from typing import Any

import pytest

from cds_hooks.facts import UnreadReason
from tests.record.charts import CYPIONATE, LOINC, Json, facts_of, observation, request, resource


def administration(**changes: Any) -> Json:
    written = {
        "id": "a1",
        "status": "completed",
        "medicationCodeableConcept": CYPIONATE,
        "effectiveDateTime": "2026-08-31T08:00:00+02:00",
        **changes,
    }
    return resource("MedicationAdministration", **{key: item for key, item in written.items() if item is not None})


def statement(identity: str = "s1", **changes: Any) -> Json:
    return request(
        **{"resourceType": "MedicationStatement", "id": identity, "intent": None, "authoredOn": None, **changes}
    )


def doses(*resources: Json) -> list[tuple[str, str, str]]:
    return [(dose.drug, dose.at.text, dose.reference) for dose in facts_of(*resources).doses]


def mark(code: str, **value: Any) -> Json:
    return {"code": {"coding": [{"system": LOINC, "code": code}]}, **value}


def test_a_completed_administration_is_a_dose_and_no_therapy() -> None:
    facts = facts_of(administration(dosage={"dose": {"value": 100, "unit": "mg"}}))
    assert [(d.drug, d.at.text, d.reference) for d in facts.doses] == [
        ("testosterone", "2026-08-31T08:00", "MedicationAdministration/a1")
    ]
    assert (facts.therapies, facts.unread) == ((), ())


def test_an_administration_over_a_period_counts_from_its_start() -> None:
    period = {"start": "2026-08-31T08:00:00+02:00", "end": "2026-08-31T09:00:00+02:00"}
    assert doses(administration(effectiveDateTime=None, effectivePeriod=period))[0][1] == "2026-08-31T08:00"


@pytest.mark.parametrize("status", ["not-done", "entered-in-error", "stopped", "on-hold", "unknown", None])
def test_an_administration_not_known_to_be_given_is_told(status: str | None) -> None:
    facts = facts_of(administration(status=status))
    assert facts.doses == ()
    assert [one.reason for one in facts.unread] == [UnreadReason.STATUS]


@pytest.mark.parametrize(
    ("effective", "reason"),
    [
        (None, UnreadReason.EFFECTIVE_MISSING),
        ("2026-08", UnreadReason.EFFECTIVE_IMPRECISE),
        ("2026-02-30", UnreadReason.EFFECTIVE_INVALID),
        ("2026-09-05", UnreadReason.EFFECTIVE_FUTURE),
    ],
)
def test_an_administration_without_a_usable_day_is_told(effective: str | None, reason: UnreadReason) -> None:
    facts = facts_of(administration(effectiveDateTime=effective))
    assert facts.doses == ()
    assert [one.reason for one in facts.unread] == [reason]


def test_other_drugs_given_are_left_without_a_word() -> None:
    facts = facts_of(administration(medicationCodeableConcept={"text": "paracetamol 1 g"}))
    assert (facts.doses, facts.unread) == ((), ())


def test_a_statement_tells_of_its_last_dose() -> None:
    assert doses(statement(effectiveDateTime="2026-08-31T08:00:00+02:00")) == [
        ("testosterone", "2026-08-31T08:00", "MedicationStatement/s1")
    ]
    assert doses(statement(effectivePeriod={"start": "2026-06-01", "end": "2026-08-31"}))[0][1] == "2026-08-31"
    assert doses(statement(effectivePeriod={"start": "2026-06-01"})) == []


def test_a_statement_counts_only_before_the_first_administration() -> None:
    """A draw after an administration is timed by administrations, a draw before all of them by the statement."""
    early = statement("early", effectiveDateTime="2026-08-01")
    same_day = statement("same", effectiveDateTime="2026-08-31")
    later = statement("later", effectiveDateTime="2026-09-02")
    found = doses(later, same_day, early, administration())
    assert [reference for _, _, reference in found] == ["MedicationAdministration/a1", "MedicationStatement/early"]


def test_a_draw_may_carry_the_date_and_time_of_the_last_dose() -> None:
    date = mark("29742-4", valueDateTime="2026-08-31")
    hour = mark("29637-6", valueTime="08:00:00")
    level = observation("2986-8", 500, "ng/dL", component=[date, hour])
    assert doses(request(), level) == [("testosterone", "2026-08-31T08:00", "Observation/o1")]
    assert doses(request(), observation("2986-8", 500, "ng/dL", component=[date]))[0][1] == "2026-08-31"


def test_a_draw_may_carry_the_hours_since_the_last_dose() -> None:
    span = mark("45359-7", valueQuantity={"value": 84, "unit": "h", "code": "h"})
    assert doses(request(), observation("2986-8", 500, "ng/dL", component=[span])) == [
        ("testosterone", "2026-08-31T08:00", "Observation/o1")
    ]


def test_hours_before_a_draw_of_unknown_hour_tell_nothing() -> None:
    span = mark("45359-7", valueQuantity={"value": 84, "code": "h"})
    level = observation("2986-8", 500, "ng/dL", component=[span], effectiveDateTime="2026-09-03")
    assert doses(request(), level) == []


@pytest.mark.parametrize(
    "component",
    [
        mark("45359-7", valueQuantity={"value": 84, "code": "fortnight"}),
        mark("45359-7", valueQuantity={"value": "84", "code": "h"}),
        mark("45359-7", valueQuantity={"value": 9e20, "code": "h"}),
        mark("45359-7"),
        mark("29637-6", valueTime="08:00:00"),
        mark("29742-4", valueDateTime="2026-08"),
        mark("29742-4", valueDateTime="2026-12-01"),
        mark("90369-0", valueCodeableConcept={"text": "trough"}),
    ],
)
def test_draw_timing_that_names_no_past_day_tells_nothing(component: Json) -> None:
    level = observation("2986-8", 500, "ng/dL", component=[component])
    assert doses(request(), level) == []
    assert len(facts_of(request(), level).readings) == 1


def test_an_impossible_hour_leaves_the_day_of_the_last_dose() -> None:
    parts = [mark("29742-4", valueDateTime="2026-08-31"), mark("29637-6", valueTime="8 am")]
    assert doses(request(), observation("2986-8", 500, "ng/dL", component=parts))[0][1] == "2026-08-31"


def test_hours_before_the_first_day_of_the_calendar_tell_nothing() -> None:
    span = mark("45359-7", valueQuantity={"value": 84, "code": "h"})
    level = observation("2986-8", 500, "ng/dL", component=[span], effectiveDateTime="0001-01-02T00:00:00")
    assert doses(request(), level) == []


def test_hours_before_a_draw_in_utc_are_counted_from_the_instant() -> None:
    span = mark("45359-7", valueQuantity={"value": 84, "code": "h"})
    level = observation("2986-8", 500, "ng/dL", component=[span], effectiveDateTime="2026-09-03T20:00:00Z")
    assert doses(request(), level)[0][1] == "2026-08-31T08:00Z"


def test_draw_timing_of_its_own_is_about_the_only_drug() -> None:
    noted = observation("29742-4", valueQuantity=None, valueDateTime="2026-08-31T08:00:00+02:00")
    assert doses(request(), noted)[0][:2] == ("testosterone", "2026-08-31T08:00")
    second = request(id="m2", medicationCodeableConcept={"text": "estradiol"})
    assert doses(request(), second, noted) == []
    assert doses(noted) == []


def test_draw_timing_is_never_a_result() -> None:
    noted = observation("29742-4", valueQuantity=None, valueDateTime="2026-08-31")
    facts = facts_of(request(), noted)
    assert (facts.readings, facts.unread) == ((), ())
