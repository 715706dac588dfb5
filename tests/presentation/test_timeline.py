"""The timeline of a chart: every number in the unit asked for, every mark as it was judged, nothing judged anew."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from msgspec.structs import replace

from cds_hooks.facts import Goal
from cds_hooks.judged import Judged
from cds_hooks.judgement.evaluate import evaluate
from cds_hooks.judgement.stories import moment
from cds_hooks.presentation.cards.cards import present_cards
from cds_hooks.presentation.timeline.timeline import timeline
from cds_hooks.presentation.timeline.units import SYSTEMS, System, printed, shown_in
from cds_hooks.presentation.timeline.values import Row, Timeline
from cds_hooks.wire.app_context import Opened, read_context
from service.evaluation import facts_of
from service.examples.chart import DEMO_DAY, chart_json
from tests.engine import site
from tests.presentation.cases import NAMESPACE

TODAY = moment(DEMO_DAY)


def judged_of(sample: str, profiles: tuple[str, ...] = ()) -> tuple[Judged, Any]:
    """What is judged of a sample on the day it was written for."""
    facts = facts_of(site(), chart_json(sample).encode(), TODAY)
    return evaluate(facts, site().knowledge, TODAY, profiles), facts


def drawn(sample: str, system: System = "conventional", *profiles: str) -> Timeline:
    """A sample's timeline."""
    judged, facts = judged_of(sample, profiles)
    return timeline(judged, facts, site().knowledge, TODAY, system)


def row(line: Timeline, analyte: str) -> Row:
    """One of its rows."""
    return next(one for one in line.rows if one.analyte == analyte)


SI = {
    "testosterone_total": "nmol/L",
    "estradiol": "pmol/L",
    "hematocrit": "L/L",
    "hemoglobin": "g/L",
    "shbg": "nmol/L",
    "tsh": "mIU/L",
    "ft4": "pmol/L",
    "hba1c": "mmol/mol",
    "prolactin": "µg/L",
    "wbc": "10⁹/L",
    "psa_total": "µg/L",
    "potassium": "mmol/L",
    "egfr": "mL/min/1.73 m²",
}


@pytest.mark.parametrize(("analyte", "unit"), SI.items())
def test_the_other_unit_of_an_analyte(analyte: str, unit: str) -> None:
    assert shown_in(site().knowledge.vocabulary, analyte, "si").printed == unit


def test_every_analyte_converts_exactly_there_and_back() -> None:
    vocabulary = site().knowledge.vocabulary
    for name in vocabulary.analytes:
        shown = shown_in(vocabulary, name, "si")
        back = shown.conversion.apply(shown.value(Decimal("7.3"))) if shown.conversion else Decimal("7.3")
        assert abs(back - Decimal("7.3")) < Decimal("1e-40"), name


@pytest.mark.parametrize(
    ("unit", "text"),
    [("m[IU]/mL", "mIU/mL"), ("ug/dL", "µg/dL"), ("10*3/uL", "10³/µL"), ("mm[Hg]", "mmHg"), ("U/L", "U/L")],
)
def test_units_are_printed_as_laboratories_print_them(unit: str, text: str) -> None:
    assert printed(unit) == text


def test_a_result_keeps_its_digits_in_its_own_unit_and_is_rounded_in_the_other() -> None:
    conventional, si = (row(drawn("years", system), "testosterone_total") for system in SYSTEMS)
    assert [one.text for one in conventional.points] == ["214", "486", "352", "1040", "695", "742", "781"]
    assert [one.text for one in si.points] == ["7.42", "16.8", "12.2", "36.1", "24.1", "25.7", "27.1"]
    assert conventional.points[4].reported == "24.1 nmol/L"
    assert si.points[4].value == Decimal("24.1")


def test_target_and_limits_follow_the_unit_and_the_profile() -> None:
    own = row(drawn("years"), "testosterone_total")
    british = row(drawn("years", "si", "bssm2017"), "testosterone_total")
    assert (own.bands[0].text, own.bands[0].kind, own.bands[0].profile) == ("450–700", "target", "optimization")
    assert (british.bands[0].text, british.bands[0].written) == ("15–30", "15–30 nmol/L")
    assert [(one.text, one.urgency) for one in british.lines] == [("> 34.7", "warning"), ("> 52.0", "warning")]
    red = row(drawn("years", "si"), "hematocrit")
    assert (red.lines[0].text, red.lines[0].urgency, red.lines[0].check) == ("≥ 0.54", "critical", "MT-HCT-01")


def test_a_limit_that_two_results_have_to_reach_is_none() -> None:
    lines = row(drawn("years"), "psa_total").lines
    assert [(one.text, one.check) for one in lines] == [("> 4.0", "MT-PSA-03")]


def test_only_limits_that_would_act_for_this_patient_are_there() -> None:
    potassium = row(drawn("potassium"), "potassium")
    assert [one.text for one in potassium.lines] == ["≥ 5.5", "≥ 6.0", "> 5.0"]
    assert potassium.newest is not None
    assert potassium.newest.urgency == "critical"


def test_each_draw_tells_where_in_the_interval_it_fell() -> None:
    points = row(drawn("years"), "testosterone_total").points
    assert [one.phase for one in points] == ["unknown", "mid", "trough", "peak", "mid", "mid", "mid"]
    assert [one.hours for one in points][1:] == ["97", "168", "26", "96", "96", "96"]
    assert points[6].phase_words == "mid-interval"
    assert all(one.phase == "" for one in row(drawn("years"), "hematocrit").points)


def test_marks_say_what_was_not_simply_judged() -> None:
    years = drawn("years")
    assert row(years, "ldl").points[-1].mark == "preliminary"
    assert (row(years, "estradiol").points[0].mark, row(years, "estradiol").points[0].text) == ("bound", "<10")
    unread = row(drawn("unit"), "hematocrit").points[-1]
    assert (unread.mark, unread.value, unread.reported) == ("unread", None, "52 mmol/L")
    assert "not measured in 'mmol/L'" in unread.why
    misleading = row(drawn("biotin"), "tsh").points[-1]
    assert (misleading.mark, misleading.text, misleading.why) == ("bound", "≥0.06", "PRE-BIOTIN")


def test_verdicts_are_those_that_were_judged_with_what_chance_explains() -> None:
    judged, _ = judged_of("years")
    line = drawn("years")
    assert {one.analyte: one.verdict for one in judged.changes} == {
        one.analyte: one.moved.verdict for one in line.rows if one.moved is not None
    }
    moved = row(line, "hemoglobin").moved
    assert moved is not None
    assert (moved.verdict, moved.percent) == ("true-change", "+13.4")
    assert moved.noise is not None
    assert moved.noise[0] < Decimal("15.7") < moved.noise[1] < Decimal("17.8")


def test_therapies_and_doses_are_there_with_their_days() -> None:
    line = drawn("years")
    assert [(one.dose, one.start, one.end) for one in line.bars[:2]] == [
        ("100 mg", date(2025, 1, 10), date(2025, 9, 5)),
        ("160 mg", date(2025, 9, 5), None),
    ]
    assert len(line.doses) == 12


def test_the_next_draw_is_the_first_that_asks_for_it() -> None:
    judged, _ = judged_of("years")
    asked = min((one for one in judged.draws if "hematocrit" in one.analytes), key=lambda one: one.due)
    found = row(drawn("years"), "hematocrit").next
    assert found is not None
    assert (found.earliest, found.latest) == (asked.earliest, asked.latest)


def test_what_is_raised_comes_first_and_a_goal_replaces_the_target() -> None:
    assert drawn("potassium").rows[0].analyte == "potassium"
    judged, facts = judged_of("stable")
    assert judged.gauges.targets
    goal = Goal("testosterone_total", "Goal/1", Decimal(300), Decimal(500), "300–500 ng/dL")
    with_goal = replace(facts, goals=(goal,))
    found = timeline(evaluate(with_goal, site().knowledge, TODAY), with_goal, site().knowledge, TODAY)
    assert row(found, "testosterone_total").bands[0].kind == "goal"
    assert row(found, "testosterone_total").bands[0].text == "300–500"


def test_a_chart_of_which_nothing_is_judged_still_has_its_results() -> None:
    line = drawn("nothing")
    assert [one.analyte for one in line.rows]
    assert not any(one.bands or one.lines or one.next for one in line.rows)


def test_a_card_opens_the_app_where_there_is_one() -> None:
    judged, facts = judged_of("hematocrit")
    told = {"public_url": "https://cds.example", "namespace": NAMESPACE}
    without = present_cards(judged, facts, site().knowledge, **told)
    cards = present_cards(judged, facts, site().knowledge, has_app=True, **told)
    assert {link.type for card in without for link in card.links} == {"absolute"}
    (how, app) = cards[0].links
    assert (how.type, app.type, app.url) == ("absolute", "smart", "https://cds.example/launch")
    assert read_context(app.appContext) == Opened("MT-HCT-01", ("hematocrit",))


@pytest.mark.parametrize("text", [None, 5, "", "x", "[]", '{"check": 1}', '{"analytes": "x"}', "x" * 3_000])
def test_what_another_app_was_told_is_nothing(text: object) -> None:
    assert read_context(text) == Opened()


BY_AGE = [
    ({"sex": "female", "born": "1968-01-25", "code": "2191-5", "unit": "ug/dL"}, "dhea_s", "26–200", "women of 50–59"),
    (
        {
            "sex": "male",
            "born": "1968-01-25",
            "code": "2484-4",
            "unit": "ng/mL",
            "own": (71, 263),
            "drug": "somatropin",
        },
        "igf1",
        "71–263",
        "laboratory's range",
    ),
]


@pytest.mark.parametrize(("told", "analyte", "span", "basis"), BY_AGE)
def test_a_range_of_the_patients_age_is_a_band(told: dict[str, Any], analyte: str, span: str, basis: str) -> None:
    line = aged(**told)
    (band,) = row(line, analyte).bands
    assert (band.kind, band.text) == ("in-range", span)
    assert basis in band.written


def test_without_an_age_there_is_no_such_band() -> None:
    assert not row(aged("female", None, "2191-5", "ug/dL"), "dhea_s").bands


def aged(
    sex: str, born: str | None, code: str, unit: str, own: tuple[int, int] | None = None, drug: str = ""
) -> Timeline:
    """A timeline of somebody with one result, its laboratory's own range, and a drug."""
    person = {"resourceType": "Patient", "id": "p", "gender": sex} | ({"birthDate": born} if born else {})
    whose = {"subject": {"reference": "Patient/p"}}
    coded = {"coding": [{"system": "http://loinc.org", "code": code}]}
    given = {"effectiveDateTime": "2026-09-01", "valueQuantity": {"value": 150, "unit": unit}, "status": "final"}
    edges = {"low": {"value": own[0], "unit": unit}, "high": {"value": own[1], "unit": unit}} if own else None
    own_range = {"referenceRange": [edges]} if edges else {}
    result = {"resourceType": "Observation", "id": "o", "code": coded} | whose | given | own_range
    dosed = {"dosageInstruction": [{"text": "0.3 mg subcutaneous daily"}], "authoredOn": "2026-03-01"}
    order = {"resourceType": "MedicationRequest", "id": "m", "status": "active", "intent": "order"} | whose | dosed
    taken = [order | {"medicationCodeableConcept": {"text": drug}}] if drug else []
    entries = [{"resource": one} for one in (person, result, *taken)]
    bundle = json.dumps({"resourceType": "Bundle", "type": "collection", "entry": entries}).encode()
    facts = facts_of(site(), bundle, TODAY)
    return timeline(evaluate(facts, site().knowledge, TODAY), facts, site().knowledge, TODAY)
