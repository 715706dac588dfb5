"""Interval, route and dose, however a chart writes them."""

from __future__ import annotations

from decimal import Decimal

import pytest

from cds_hooks.facts import Therapy
from cds_hooks.record.dosage import interval_in
from tests.record.charts import SNOMED, Json, facts_of, request


def therapy(*dosages: Json, text: str = "testosterone", **changes: object) -> Therapy:
    (read,) = facts_of(
        request(medicationCodeableConcept={"text": text}, dosageInstruction=list(dosages), **changes)
    ).therapies
    return read


@pytest.mark.parametrize(
    ("text", "hours"),
    [
        ("100 mg IM weekly", 168),
        ("inject every week", 168),
        ("once a week on Monday", 168),
        ("once weekly", 168),
        ("100 mg per week", 168),
        ("q7d", 168),
        ("q1w", 168),
        ("qw", 168),
        ("200 mg every 2 weeks", 336),
        ("every two weeks", 336),
        ("every other week", 336),
        ("q2w", 336),
        ("q 2 wks", 336),
        ("q14d", 336),
        ("every 14 days", 336),
        ("once every 10 weeks", 1680),
        ("every 10-14 weeks", 1680),
        ("twice weekly", 84),
        ("1 mg twice a week", 84),
        ("2x/week", 84),
        ("2 times per week", 84),
        ("three times a week", 56),
        ("every 3.5 days", 84),
        ("1 tab po qd", 24),
        ("1 capsule po qd, 30 min. before a meal", 24),
        ("Take 1 tablet daily", 24),
        ("once daily", 24),
        ("every morning", 24),
        ("every day", 24),
        ("twice daily", 12),
        ("1 cap po bid x 10 days", 12),
        ("b.i.d.", 12),
        ("tid", 8),
        ("every 8 hours", 8),
        ("q8h", 8),
        ("every other day", 48),
        ("monthly", Decimal("730.5")),
        ("every 3 months", Decimal("2191.5")),
        ("estradiol patch 0.1 mg/24h twice weekly", 84),
        ("biweekly", None),
        ("bi-weekly", None),
        ("as directed", None),
        ("", None),
        ("every 0 days", 24),
        ("WEEKLY\u200b", 168),
    ],
)
def test_intervals_in_words(text: str, hours: int | Decimal | None) -> None:
    assert interval_in(text) == hours


@pytest.mark.parametrize(
    ("repeat", "hours"),
    [
        ({"frequency": 1, "period": 1, "periodUnit": "wk"}, 168),
        ({"frequency": 1, "period": 2, "periodUnit": "wk"}, 336),
        ({"frequency": 2, "period": 1, "periodUnit": "wk"}, 84),
        ({"period": 7, "periodUnit": "d"}, 168),
        ({"period": 3.5, "periodUnit": "d"}, 84),
        ({"frequency": 3, "period": 1, "periodUnit": "d"}, 8),
        ({"frequency": 1, "period": 90, "periodUnit": "min"}, Decimal("1.5")),
        ({"frequency": 1, "period": 6, "periodUnit": "mo"}, 4383),
        ({"frequency": 1, "period": 1, "periodUnit": "a"}, 8766),
        ({"period": 1, "periodUnit": "d", "timeOfDay": ["08:00:00", "20:00:00"]}, 12),
        ({"dayOfWeek": ["mon"]}, 168),
        ({"dayOfWeek": ["mon", "thu"]}, 84),
        ({"timeOfDay": ["08:00:00"]}, 24),
        ({"frequency": "1", "period": "1", "periodUnit": "wk"}, None),
        ({"period": 0, "periodUnit": "wk"}, None),
        ({"period": 1, "periodUnit": "fortnight"}, None),
        ({}, None),
    ],
)
def test_structured_intervals(repeat: Json, hours: int | Decimal | None) -> None:
    assert therapy({"timing": {"repeat": repeat}}).interval_hours == hours


@pytest.mark.parametrize(
    ("code", "hours"),
    [
        ("QD", 24),
        ("BID", 12),
        ("QW", 168),
        ("WK", 168),
        ("q2w", 336),
        ("Q14D", 336),
        ("Q8H", 8),
        ("Q0D", None),
        ("?", None),
    ],
)
def test_coded_intervals(code: str, hours: int | None) -> None:
    timing = {
        "code": {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/v3-GTSAbbreviation", "code": code}]}
    }
    assert therapy({"timing": timing}).interval_hours == hours


def test_structure_wins_over_words_and_words_of_the_dosage_over_those_of_the_drug() -> None:
    structured = {"timing": {"repeat": {"frequency": 1, "period": 2, "periodUnit": "wk"}}, "text": "weekly"}
    assert therapy(structured, text="testosterone 100 mg daily").interval_hours == 336
    assert therapy({"text": "weekly"}, text="testosterone 100 mg daily").interval_hours == 168
    assert therapy(text="testosterone 100 mg IM weekly").interval_hours == 168


@pytest.mark.parametrize(
    ("dosage", "route"),
    [
        ({"route": {"coding": [{"system": SNOMED, "code": "78421000"}]}}, "injection"),
        ({"route": {"coding": [{"system": SNOMED, "code": "34206005"}]}}, "injection"),
        ({"route": {"coding": [{"system": SNOMED, "code": "6064005"}]}}, "topical"),
        ({"route": {"coding": [{"system": SNOMED, "code": "45890007"}]}}, "topical"),
        ({"route": {"coding": [{"system": SNOMED, "code": "37839007"}]}}, "sublingual"),
        ({"route": {"text": "Intramuscular"}}, "injection"),
        ({"route": {"text": "SC"}}, "injection"),
        ({"route": {"text": "by mouth"}}, "oral"),
        ({"route": {"coding": [{"system": "urn:x", "code": "1", "display": "Vaginal"}]}}, "vaginal"),
        ({"text": "100 mg IM weekly"}, "injection"),
        ({"text": "1 tab po qd"}, "oral"),
        ({"text": "apply 2 pumps of gel"}, "topical"),
        ({"text": "one patch, transdermal"}, "patch"),
        ({"route": {"coding": [{"system": SNOMED, "code": "45890007"}]}, "text": "apply one patch"}, "patch"),
        ({"route": {"coding": [{"system": SNOMED, "code": "34206005"}]}, "text": "10 pellets"}, "implant"),
        ({"text": "1 spray in each nostril"}, "nasal"),
        ({"text": "as directed"}, None),
    ],
)
def test_routes(dosage: Json, route: str | None) -> None:
    assert therapy(dosage).route == route


def test_the_product_tells_the_route_when_the_dosage_does_not() -> None:
    (read,) = facts_of(request(dosageInstruction=[{"text": "as directed"}])).therapies
    assert read.route == "injection"


def test_the_product_makes_the_route_of_the_dosage_precise() -> None:
    transdermal = {"route": {"coding": [{"system": SNOMED, "code": "45890007"}]}}
    assert therapy(transdermal, text="estradiol 0.05 mg/24h patch").route == "patch"
    assert therapy(transdermal, text="testosterone gel").route == "topical"
    assert therapy({"route": {"text": "oral"}}, text="estradiol patch").route == "oral"


@pytest.mark.parametrize(
    ("dosage", "dose"),
    [
        ({"doseAndRate": [{"doseQuantity": {"value": 100, "unit": "mg"}}]}, "100 mg"),
        ({"doseAndRate": [{"doseQuantity": {"value": 20.25, "code": "mg"}}]}, "20.25 mg"),
        ({"doseAndRate": [{"doseQuantity": {"value": 1}}]}, "1"),
        ({"doseAndRate": [{"rateQuantity": {"value": 50, "code": "ug/(24.h)"}}]}, "50 ug/(24.h)"),
        (
            {"doseAndRate": [{"doseRange": {"low": {"value": 1, "unit": "mg"}, "high": {"value": 2, "unit": "mg"}}}]},
            "1 mg to 2 mg",
        ),
        ({"doseQuantity": {"value": 100, "unit": "mg"}}, "100 mg"),
        ({"doseAndRate": [{"doseQuantity": {"value": "100", "unit": "mg"}}]}, None),
        ({}, None),
    ],
)
def test_the_dose_is_kept_as_written(dosage: Json, dose: str | None) -> None:
    assert therapy(dosage).dose == dose
