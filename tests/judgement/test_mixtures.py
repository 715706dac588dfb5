"""A drug counts as taken wherever it stands in a mixture; when levels under one can be read is unknown."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from tests.engine import report_of, states
from tests.record.charts import RXNORM, Json, bundle, observation, patient, request, resource

TODAY = date(2026, 9, 4)
HALF_AND_HALF: Json = {"text": "estradiol valerate/testosterone enanthate 4/90"}
MIXTURES = [
    {"text": "estradiol/testosterone pellet"},
    HALF_AND_HALF,
    {"coding": [{"system": RXNORM, "code": "1010082"}]},
    {"text": "Biest/progesterone/testosterone cream"},
]
HIGH = observation(value=54.5)


def weekly(**changes: Any) -> Json:
    """An order of an injection once a week."""
    repeat = {"repeat": {"frequency": 1, "period": 7, "periodUnit": "d"}}
    return request(dosageInstruction=[{"timing": repeat, "route": {"text": "intramuscular"}}], **changes)


def administration(**changes: Any) -> Json:
    return resource(
        "MedicationAdministration", status="completed", effectiveDateTime="2026-09-01T08:00:00-05:00", **changes
    )


def report(*resources: Json) -> dict[str, Any]:
    return report_of(bundle(patient(), *resources), TODAY)


def why(found: dict[str, Any], protocol: str) -> str:
    return next(str(line["because"]) for line in found["considered"] if line["protocol"] == protocol)


@pytest.mark.parametrize("mixture", MIXTURES, ids=str)
def test_safety_is_judged_whichever_ingredient_is_named_first(mixture: Json) -> None:
    found = report(request(medicationCodeableConcept=mixture), HIGH)
    assert states(found)["MT-HCT-01"] == "raised"
    assert "testosterone (mixed with" in why(found, "testosterone-safety")
    assert any("Hematocrit" in card["summary"] for card in found["cards"])


def test_a_mixture_without_the_drug_is_no_reason_to_judge_it() -> None:
    found = report(request(medicationCodeableConcept={"text": "estradiol/norethindrone acetate tablet"}), HIGH)
    assert found["findings"] == []


LEVEL = observation("2986-8", 900, "ng/dL", id="o2", effectiveDateTime="2026-09-04T20:00:00-05:00")


def is_timed(found: dict[str, Any]) -> bool:
    return "mid-interval" in str(found["findings"])


def test_a_level_under_the_drug_alone_is_judged_by_its_timing() -> None:
    given = administration(medicationCodeableConcept={"text": "testosterone cypionate"})
    assert is_timed(report(weekly(), given, LEVEL))


@pytest.mark.parametrize("beside", [(), (weekly(id="m2"),)], ids=["alone", "beside an injection"])
@pytest.mark.parametrize("text", [HALF_AND_HALF["text"], "testosterone enanthate/estradiol valerate 90/4"])
def test_a_level_under_a_mixture_has_no_timing(text: str, beside: tuple[Json, ...]) -> None:
    """No source says when a level under a mixture can be read, so it is judged as one of unknown timing."""
    given = administration(medicationCodeableConcept={"text": text})
    found = report(weekly(medicationCodeableConcept={"text": text}), *beside, given, LEVEL)
    assert not is_timed(found)
    assert states(found)["MT-LVL-01"] == "unknown"
    assert states(found)["DQ-TIME-01"] == "raised"


def test_a_mixture_that_was_stopped_lately_is_still_watched() -> None:
    stopped = request(
        medicationCodeableConcept=HALF_AND_HALF,
        status="stopped",
        dosageInstruction=[{"timing": {"repeat": {"boundsPeriod": {"start": "2026-03-01", "end": "2026-08-20"}}}}],
    )
    found = report(stopped, HIGH)
    assert "testosterone (mixed with estradiol) stopped recently" in why(found, "testosterone-safety")
    assert "MT-HCT-01" in states(found)


def test_a_dose_of_a_mixture_is_a_dose_of_each_ingredient() -> None:
    found = report(administration(medicationCodeableConcept=HALF_AND_HALF), HIGH)
    assert "testosterone given on 2026-09-01" in why(found, "testosterone-safety")


def test_a_class_is_taken_as_part_of_a_mixture() -> None:
    pellet = {"text": "testosterone/anastrozole pellet"}
    found = report(request(medicationCodeableConcept=pellet), observation("2243-4", 15, "pg/mL", id="o2"))
    told = [step["text"] for one in found["findings"] for step in one["because"]]
    assert any("on the medication list" in text for text in told)
