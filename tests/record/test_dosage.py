"""Interval, route and dose, however a chart writes them."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from cds_hooks.facts import Therapy
from cds_hooks.record.drugs.intervals import only
from cds_hooks.record.drugs.spoken_intervals import in_words
from tests.record.charts import SNOMED, Json, facts_of, request, vocabulary


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
        ("every 10 weeks", 1680),
        ("q10w", 1680),
        ("every 12 weeks", 2016),
        ("every 10 days", 240),
        ("fortnightly", 336),
        ("every fortnight", 336),
        ("every second week", 336),
        ("every other Monday", 336),
        ("every Monday", 168),
        ("12-weekly", 2016),
        ("750 mg at start, after 4 weeks, then every 10 weeks", 1680),
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
        ("EOD", 48),
        ("qod", 48),
        ("on alternate days", 48),
        ("Monday and Thursday", 84),
        ("50 mg Mon/Thu", 84),
        ("Mondays & Thursdays", 84),
        ("every Monday morning and Thursday evening", 84),
        ("Mon, Wed, and Fri", 56),
        ("Monday, Wednesday, Friday", 56),
        ("twice weekly (Mon and Thu)", 84),
        ("twice-weekly", 84),
        ("every 7 days (weekly)", 168),
        ("1 tab twice daily, morning and at bedtime", 12),
        ("1 tab qhs", 24),
        ("alle 3 Wochen i.m.", 504),
        ("alle 7 Tage", 168),
        ("1x wöchentlich", 168),
        ("2x wöchentlich", 84),
        ("2x pro Woche", 84),
        ("3 mal täglich", 8),
        ("toutes les 12 semaines", 2016),
        ("cada 12 semanas", 2016),
        ("cada 3 meses", Decimal("2191.5")),
        ("alle 10 bis 14 Wochen", None),
        ("60 mg M/Th", 84),
        ("M/W/F", 56),
        ("50 mg E3.5D", 84),
        ("20 mg ED", 24),
        ("5 mg as needed for ED", None),
        ("E0D", None),
        ("1 tab nightly", 24),
        ("nightly x 2 weeks, then twice weekly", 84),
        ("monthly", Decimal("730.5")),
        ("every 3 months", Decimal("2191.5")),
        ("estradiol patch 0.1 mg/24h twice weekly", 84),
        ("biweekly", None),
        ("bi-weekly", None),
        ("semi-weekly", None),
        ("bimonthly", None),
        ("every 10-14 weeks", None),
        ("every 1-2 weeks", None),
        ("every 1 to 2 weeks", None),
        ("every one or two weeks", None),
        ("every 1–2 weeks", None),
        ("every week or 2", None),
        ("q2-3w", None),
        ("1-2 times weekly", None),
        ("once or twice a week", None),
        ("weekly or every other week", None),
        ("100 mg a week in 2 divided doses", None),
        ("100 mg weekly in 2 divided doses", None),
        ("2 weekly", None),
        ("every other Monday and Thursday", None),
        ("Monday or Thursday", None),
        ("avoid sun on Saturday", None),
        ("weekly; blood test every 3 months", None),
        ("as directed", None),
        ("", None),
        ("every 0 days", None),
        ("WEEKLY\u200b", 168),
    ],
)
def test_intervals_in_words(text: str, hours: int | Decimal | None) -> None:
    assert only(in_words(text)) == hours


def test_a_range_in_the_dosage_is_not_overruled_by_the_name_of_the_drug() -> None:
    assert therapy({"text": "every 1-2 weeks"}, text="testosterone 100 mg IM weekly").interval_hours is None
    assert therapy({"text": "as directed"}, text="testosterone 100 mg IM weekly").interval_hours == 168


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
        ({"frequency": 1, "period": 1, "periodUnit": "wk", "dayOfWeek": ["mon", "thu"]}, 84),
        ({"frequency": 2, "period": 1, "periodUnit": "wk", "dayOfWeek": ["mon", "thu"]}, 84),
        ({"frequency": 1, "period": 1, "periodUnit": "d", "dayOfWeek": ["mon", "thu"]}, 84),
        ({"frequency": 1, "period": 2, "periodUnit": "wk", "dayOfWeek": ["mon"]}, 336),
        ({"frequency": 3, "period": 1, "periodUnit": "wk", "dayOfWeek": ["mon", "thu"]}, None),
        ({"period": 2, "periodUnit": "d", "dayOfWeek": ["mon", "thu"]}, None),
        ({"frequency": 1, "period": 1, "periodMax": 2, "periodUnit": "wk"}, None),
        ({"frequency": 1, "frequencyMax": 2, "period": 1, "periodUnit": "wk"}, None),
        ({"frequency": 1, "frequencyMax": 1, "period": 1, "periodMax": 1, "periodUnit": "wk"}, 168),
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
        ({"text": "insert 1 pv"}, "vaginal"),
        ({"text": "dissolve under the tongue"}, "sublingual"),
        ({"text": "1 rectally"}, "rectal"),
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
    assert therapy({"route": {"text": "oral"}}, text="estradiol patch").route == "patch"  # nobody eats one


def dose(value: object, unit: str | None = "mg", **more: object) -> Json:
    quantity = {"value": value, **({"unit": unit} if unit else {})}
    return {"doseAndRate": [{"doseQuantity": quantity}], **more}


@pytest.mark.parametrize(
    ("dosage", "expected"),
    [
        (dose(100), "100 mg"),
        (dose(100.0), "100 mg"),
        (dose(100, "MG"), "100 mg"),
        (dose(100, "milligrams"), "100 mg"),
        (dose(0.05), "50 ug"),
        (dose(50, "mcg"), "50 ug"),
        (dose(50, "\u00b5g"), "50 ug"),
        (dose(20.25, None, doseQuantity={"value": 20.25, "code": "mg"}), "20.25 mg"),
        (dose(0.5, "mL"), "0.5 mL"),
        (dose(1, "tablet"), "1 tab"),
        (dose(1, "{tbl}"), "1 tab"),
        (dose(500, "[iU]"), "500 IU"),
        (dose(2, "puff"), "2 puff"),
        ({"doseAndRate": [{"rateQuantity": {"value": 50, "code": "ug/(24.h)"}}]}, "50 ug/24h"),
        ({"doseAndRate": [{"rateQuantity": {"value": 0.05, "unit": "mg/24 h"}}]}, "50 ug/24h"),
        ({"doseQuantity": {"value": 100, "unit": "mg"}}, "100 mg"),
        (dose(100, text="200 mg weekly"), "100 mg"),
        (dose(1, None, text="100 mg weekly"), "100 mg"),
        (dose(1, None), None),
        (dose(0), None),
        (dose("100"), None),
        (
            {"doseAndRate": [{"doseRange": {"low": {"value": 1, "unit": "mg"}, "high": {"value": 2, "unit": "mg"}}}]},
            None,
        ),
        ({}, None),
    ],
)
def test_equal_doses_read_the_same(dosage: Json, expected: str | None) -> None:
    assert therapy(dosage).dose == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("100 mg IM weekly", "100 mg"),
        ("inject 0.5 mL (100 mg) weekly", "100 mg"),
        ("0.5 mL of 200 mg/mL weekly", "0.5 mL"),
        ("inject 0.5mL weekly", "0.5 mL"),
        ("1 tab po qd", "1 tab"),
        ("Take one tablet daily", "1 tab"),
        ("take 1 tablet (5 mg) daily", "5 mg"),
        ("1.000 mg every 10 weeks", None),
        ("10,000 mcg daily", "10 mg"),
        ("1,000 mg every 10 weeks", "1000 mg"),
        ("apply 2 pumps each morning", "2 pump"),
        ("apply 5 g of gel (50 mg) daily", "50 mg"),
        ("patch 50 mcg/24 h, change twice weekly", "50 ug/24h"),
        ("patch 0.05 mg/day", "50 ug/24h"),
        ("take 2 tablets of 5 mg daily", None),
        ("50-100 mg weekly", None),
        ("1 to 2 tabs daily", None),
        ("1/2 tab daily", None),
        ("half a tablet daily", None),
        ("100 mg, then 150 mg weekly", None),
        ("1 tab qam and 2 tabs qpm", None),
        ("0,5 mL weekly", None),
        ("100 mg per week in 2 doses", None),
        ("200 mg/mL weekly", None),
        ("as directed", None),
        ("every 7 days", None),
    ],
)
def test_the_dose_is_read_from_words_that_plainly_state_one_amount(text: str, expected: str | None) -> None:
    assert therapy({"text": text}).dose == expected


@pytest.mark.parametrize(
    ("dosage", "name", "expected"),
    [
        ({"text": "as directed"}, "testosterone 40 MG Oral Capsule", "40 mg"),
        ({}, "estradiol 0.1 mg/24h patch", "100 ug/24h"),
        ({}, "24 HR testosterone 0.1 MG/HR Transdermal Patch", "2.4 mg/24h"),
        ({}, "testosterone enanthate 75 MG/0.5 ML Auto-Injector", "75 mg"),
        ({}, "0.5 ML testosterone enanthate 150 MG/ML Auto-Injector", "75 mg"),
        ({}, "testosterone enanthate 150 MG/ML Auto-Injector", None),
        ({}, "testosterone cypionate 100 mg IM weekly", "100 mg"),
        ({}, "testosterone cypionate 200 MG/ML Injectable Solution", None),
        ({}, "testosterone cypionate 200 MG/ML weekly", None),
        ({}, "testosterone 12.5 MG/ACTUAT gel", None),
        ({}, "testosterone 50 mg", None),
        ({}, "esterified estrogens 1.25 MG / methyltestosterone 2.5 MG Oral Tablet", None),
        ({"text": "half a capsule daily"}, "testosterone 40 MG Oral Capsule", None),
        ({"text": "take every 7 days"}, "testosterone 40 MG Oral Capsule", None),
        ({"text": "inject 0.5 mL weekly"}, "testosterone cypionate 200 MG/ML Injectable Solution", "100 mg"),
        (dose(0.5, "mL"), "testosterone cypionate 100 MG/ML Injectable Solution", "50 mg"),
        (dose(0.5, "mL"), "testosterone cypionate", "0.5 mL"),
        (dose(2, "tablet"), "estradiol 1 MG Oral Tablet", "2 mg"),
        (dose(1, "tablet"), "estradiol 2 MG Oral Tablet", "2 mg"),
        (dose(1, "patch"), "estradiol 0.1 mg/24h patch", "100 ug/24h"),
        (dose(2, "pump"), "testosterone 12.5 MG/ACTUAT gel", "2 pump"),
    ],
)
def test_the_text_of_the_drug_tells_the_dose_only_where_it_is_a_strength_per_dose(
    dosage: Json, name: str, expected: str | None
) -> None:
    assert therapy(dosage, text=name).dose == expected


FRAGMENTS = (
    *("100", "0", "1/2", "0.5", "1,000", ".5", "-", "–", "to", "or", "and", "/", "(", ")", "every", "q", "x", "times"),
    *("mg", "mcg", "ml", "mg/0 ml", "mg/ml", "mg/24h", "mg/(0.h)", "g", "tab", "patch", "auto-injector", "one", "half"),
    *("week", "weekly", "daily", "fortnight", "Monday", "Thu", "other", "biweekly", "divided", "qhs", " ", "\u0663"),
)


@given(st.lists(st.sampled_from(FRAGMENTS) | st.text(max_size=4), max_size=12).map(" ".join), st.booleans())
def test_whatever_is_written_is_an_interval_and_a_dose_or_none(text: str, is_name: bool) -> None:
    match = vocabulary().drug((), (f"testosterone {text}",))
    assume(not is_name or (match is not None and not match.denied))  # "testosterone LAB" is no drug
    read = (
        therapy({"text": text}, text="testosterone 200 MG/ML")
        if not is_name
        else therapy({}, text=f"testosterone {text}")
    )
    assert read.interval_hours is None or read.interval_hours > 0
    assert read.dose is None or not read.dose.startswith(("0 ", "-"))


def test_dosages_that_differ_leave_the_dose_open() -> None:
    assert therapy({"text": "50 mg Monday"}, {"text": "60 mg Thursday"}).dose is None
    assert therapy({"text": "50 mg Monday"}, {"text": "50 mg Thursday"}).dose == "50 mg"
    assert therapy({"text": "as directed"}, {"text": "50 mg Thursday"}).dose == "50 mg"
