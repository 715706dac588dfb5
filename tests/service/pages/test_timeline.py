"""The page of a timeline without any browser: what is drawn lies in its picture, and nothing of the chart stays."""

from __future__ import annotations

import json
import re
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import cache
from html import unescape
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as some

from cds_hooks.judgement.evaluate import evaluate
from cds_hooks.judgement.stories import moment
from cds_hooks.presentation.timeline.timeline import timeline
from cds_hooks.presentation.timeline.units import SYSTEMS, System
from cds_hooks.presentation.timeline.values import Timeline
from service.evaluation import facts_of
from service.examples.chart import DEMO_DAY, SAMPLES, chart_json
from service.pages.timeline.picture import BOTTOM, LEFT, RIGHT, TOP, picture_of
from service.pages.timeline.room import MOST_RESULTS, MOST_THERAPIES
from service.pages.timeline.scale import Days, Scale, firsts, room_for, ticks
from service.pages.timeline.span import PERIODS, span_of
from service.pages.timeline.therapies import LENGTH, rails_of
from tests.engine import site

ROUND = [
    (0, 1, 4, "0.0 0.2 0.4 0.6 0.8 1.0"),
    (0, 100, 4, "0 20 40 60 80 100"),
    (0.36, 0.56, 4, "0.40 0.45 0.50 0.55"),
    (36, 56, 4, "40 45 50 55"),
    (0, 1700, 4, "0 500 1000 1500"),
    (-3, 2, 4, "-3 -2 -1 0 1 2"),
    (6.5, 6.9, 4, "6.5 6.6 6.7 6.8 6.9"),
]


@pytest.mark.parametrize(("low", "high", "count", "written"), ROUND)
def test_ticks_are_the_round_numbers_of_d3(low: float, high: float, count: int, written: str) -> None:
    assert " ".join(f"{one:f}" for one in ticks(low, high, count)) == written


@given(some.decimals(0, 10**6, places=4), some.decimals(0, 10**6, places=4))
def test_a_scale_holds_all_it_was_made_for_and_has_ticks(one: Decimal, other: Decimal) -> None:
    low, high = room_for([one, other])
    assert low <= min(one, other) <= max(one, other) <= high
    assert 0 <= low < high
    assert 2 <= len(ticks(low, high, 4)) <= 10


def test_values_and_days_stand_where_they_belong() -> None:
    assert [Scale(0, 10, 100, 0).at(value) for value in (0, 5, 10)] == [100, 50, 0]
    days = Days(date(2026, 1, 1), date(2026, 1, 11), 0, 100)
    assert [days.at(date(2026, 1, 1)), days.at(date(2026, 1, 6)), days.at(date(2026, 1, 10), 0.5)] == [0, 50, 95]


DATES = [
    (date(2026, 1, 15), date(2026, 12, 20), "2026-04 2026-07 2026-10"),
    (date(2019, 5, 1), date(2026, 5, 1), "2020 2022 2024 2026"),
    (date(2026, 1, 1), date(2026, 1, 25), "01-01 01-08 01-15 01-22"),
]


@pytest.mark.parametrize(("first", "last", "written"), DATES)
def test_dates_below_a_picture(first: date, last: date, written: str) -> None:
    assert " ".join(text for _, text in firsts(first, last, 5)) == written


@cache
def line_of(sample: str, system: System = "conventional") -> Timeline:
    """A sample's timeline on its own day."""
    today = moment(DEMO_DAY)
    facts = facts_of(site(), chart_json(sample).encode(), today)
    return timeline(evaluate(facts, site().knowledge, today), facts, site().knowledge, today, system)


@pytest.mark.parametrize("period", PERIODS)
@pytest.mark.parametrize("system", SYSTEMS)
@pytest.mark.parametrize("sample", SAMPLES)
def test_all_that_is_drawn_lies_in_its_picture(sample: str, system: System, period: str) -> None:
    line = line_of(sample, system)
    span = span_of(line, period)
    for row in line.rows:
        picture = picture_of(row, line, span)
        assert all(LEFT <= dot.x <= RIGHT and TOP <= dot.y <= BOTTOM for dot in picture.dots), row.analyte
        assert all(TOP <= level.y <= BOTTOM for level in picture.levels)
        assert len(picture.levels) + len(picture.others) == len(row.lines)
        assert picture.band is None or (picture.band[1] >= TOP and 0 <= picture.band[2] <= BOTTOM - TOP)
        assert all(TOP <= y <= BOTTOM for y, _ in picture.numbers)
        assert LEFT <= picture.today <= RIGHT
    for rail in rails_of(line, span).rails:
        assert 0 <= rail.start <= rail.start + rail.width <= LENGTH + 3


def test_a_limit_that_a_result_has_reached_is_never_out_of_sight() -> None:
    line = line_of("potassium")
    potassium = picture_of(line.rows[0], line, span_of(line, "all"))
    assert {level.line.text for level in potassium.levels} == {"≥ 5.5", "> 5.0", "≥ 6.0"}


def test_everything_is_in_the_whole_period_and_less_in_a_short_one() -> None:
    line = line_of("years")
    counts = [len(picture_of(row, line, span_of(line, "6")).dots) for row in line.rows]
    assert [len(picture_of(row, line, span_of(line, "all")).dots) for row in line.rows] == [
        len(row.points) for row in line.rows
    ]
    assert sum(counts) < sum(len(row.points) for row in line.rows)


def asked(client: httpx.Client, query: str = "", **fields: str) -> httpx.Response:
    """The page, as a browser asks for it."""
    return client.post(f"/timeline{query}", files=[(name, (None, value)) for name, value in fields.items()])


@pytest.mark.parametrize("sample", SAMPLES)
def test_every_sample_has_its_page(client: httpx.Client, sample: str) -> None:
    answer = asked(client, sample=sample)
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"
    assert answer.text.count("<figure") == len(line_of(sample).rows)
    assert "'unsafe" not in answer.headers["content-security-policy"]
    assert not re.search(r"<style|<script(?! src)|\sstyle=|\son\w+=", answer.text)
    assert len(answer.content) < 300_000


def test_unit_profile_and_period_are_chosen(client: httpx.Client) -> None:
    page = asked(client, sample="years", units="si", profile="bssm2017", period="12", day="2026-11-27").text
    assert "<strong>15–30</strong>" in page
    assert 'value="si" aria-pressed="true"' in page
    assert '<option value="bssm2017" selected>' in page
    assert '<option value="12" selected>' in page
    assert "450–700" not in page


def test_what_cannot_be_asked_for_is_as_if_nothing_was_asked(client: httpx.Client) -> None:
    page = asked(client, sample="stable", units="stones", period="x").text
    assert 'value="conventional" aria-pressed="true"' in page


def test_changed_values_are_drawn(client: httpx.Client) -> None:
    fields = {"value-0": "61", "unit-0": "%", "day-0": "2026-08-30"}
    page = asked(client, content=chart_json("hematocrit"), day="2026-09-04", **fields).text
    assert "<strong>61</strong>" in page


def test_a_chart_has_no_power_over_the_page(client: httpx.Client) -> None:
    poison = "<img src=x onerror=alert(1)>\\\"'"
    chart = chart_json("hematocrit").replace("testosterone cypionate 200 mg/mL injection", f"testosterone {poison}")
    page = asked(client, content=chart, day="2026-09-04").text
    assert "testosterone &lt;img" in page
    assert "<img src=x" not in page


def test_what_cannot_be_drawn_is_said_on_the_start_page(client: httpx.Client) -> None:
    answer = asked(client, content='{"resourceType": "Bundle"')
    assert answer.status_code == 400
    assert 'role="alert"' in answer.text
    assert client.get("/timeline").status_code == 200


def chart_of(*resources: dict[str, Any]) -> str:
    """A man's chart with these too."""
    man = {"resourceType": "Patient", "id": "p", "gender": "male", "birthDate": "1968-01-25"}
    entries = [{"resource": one} for one in (man, *resources)]
    return json.dumps({"resourceType": "Bundle", "type": "collection", "entry": entries})


def result(place: int, day: str | None, code: str = "4544-3", **value: Any) -> dict[str, Any]:
    """A hematocrit, or something else."""
    told = {"valueQuantity": {"value": 45, "unit": "%"}} | value | ({"effectiveDateTime": day} if day else {})
    coded = {"coding": [{"system": "http://loinc.org", "code": code}]}
    whose = {"subject": {"reference": "Patient/p"}, "code": coded, "status": "final"}
    return {"resourceType": "Observation", "id": f"o{place}"} | whose | told


def order(place: int, day: str = "2025-09-01") -> dict[str, Any]:
    """An order of testosterone."""
    whose = {"subject": {"reference": "Patient/p"}, "status": "active", "intent": "order"}
    drug = {"medicationCodeableConcept": {"text": "testosterone cypionate 200 mg/mL"}}
    dose = {"dosageInstruction": [{"text": f"{100 + place % 97} mg IM every {1 + place % 9} weeks"}]}
    return {"resourceType": "MedicationRequest", "id": f"m{place}", "authoredOn": day} | whose | drug | dose


def dose(place: int) -> dict[str, Any]:
    """A dose that was given."""
    at = datetime(2026, 9, 1, 8) - timedelta(hours=7 * place)
    whose = {"subject": {"reference": "Patient/p"}, "status": "completed", "effectiveDateTime": f"{at.isoformat()}Z"}
    drug = {"medicationCodeableConcept": {"text": "testosterone cypionate 200 mg/mL"}}
    return {"resourceType": "MedicationAdministration", "id": f"a{place}"} | whose | drug


def figure(page: str, name: str) -> str:
    """The picture of one analyte, as words."""
    return next(one for one in re.findall(r"<figure.*?</figure>", page, re.DOTALL) if f">{name}</span>" in one)


def said(page: str, name: str) -> str:
    """What stands below a picture, on paper too."""
    told = re.search(r'<ul class="said.*?</ul>', figure(page, name), re.DOTALL)
    assert told is not None
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", told[0])).split())


def test_a_newer_result_that_was_not_read_is_told_beside_the_newest_number(client: httpx.Client) -> None:
    assert " 52 mmol/L" in said(asked(client, sample="unit").text, "hematocrit")
    text = {"valueQuantity": None, "valueString": "hemolyzed"}
    chart = chart_of(order(1), result(1, "2026-09-03", "718-7", **text))
    page = asked(client, content=chart, day="2026-09-04").text
    assert "Not read: 2026-09-03" in said(page, "hemoglobin")
    assert 'text-anchor="end"' not in figure(page, "hemoglobin")  # no scale where there is no number


def test_a_newest_number_that_is_preliminary_says_so_and_whose_verdict_it_is_not(client: httpx.Client) -> None:
    told = said(asked(client, sample="years").text, "LDL")
    assert "preliminary" in told
    assert re.search(r"Noise −12.3 % \d{4}-\d\d-\d\d", told)


def test_what_is_in_no_picture_is_named(client: httpx.Client) -> None:
    chart = chart_of(order(1), result(1, "2026-09-03"), result(2, None))
    page = asked(client, content=chart, day="2026-09-04").text
    assert "Not read, and in no picture: 1" in page
    assert "Observation/o2" in page


def test_that_nothing_is_raised_is_said(client: httpx.Client) -> None:
    assert "No protocol applies to this chart" in asked(client, sample="nothing").text
    assert "Nothing is raised." not in asked(client, sample="years").text


def test_a_date_far_ahead_does_not_squeeze_the_rest(client: httpx.Client) -> None:
    chart = chart_of(order(1), order(2, "2126-09-01"), result(1, "2026-09-03"))
    page = asked(client, content=chart, day="2026-09-04").text
    assert ">2030<" not in page
    assert "only planned" in page


def test_of_a_long_chart_the_newest_is_shown_and_the_rest_counted(client: httpx.Client) -> None:
    days = [(date(2026, 9, 3) - timedelta(days=place)).isoformat() for place in range(320)]
    results = [result(place, day) for place, day in enumerate(days)]
    page = asked(client, content=chart_of(*map(order, range(60)), *map(dose, range(60)), *results), day="2026-09-04")
    assert page.status_code == 200, page.text
    assert figure(page.text, "hematocrit").count('<g class="dot') == MOST_RESULTS
    assert "And 20 older results" in page.text
    assert page.text.count('class="therapy') == MOST_THERAPIES
    assert "And 20 more therapies" in page.text
    assert days[0] in page.text
    assert days[-1] not in figure(page.text, "hematocrit")


@pytest.mark.parametrize(("path", "form"), [("/timeline", "again"), ("/try", "again")])
def test_another_language_keeps_the_chart_and_puts_nothing_of_it_in_the_address(
    client: httpx.Client, path: str, form: str
) -> None:
    page = client.post(path, files=[("sample", (None, "stable"))]).text
    assert f'<button form="{form}" formaction=".{path}?lang=es" lang="es"' in page
    assert 'href="?lang' not in page


def test_a_chart_with_a_mistake_is_kept_in_another_language(client: httpx.Client) -> None:
    assert 'formaction="./try?lang=es"' in asked(client, content="{").text
    assert 'href="?lang=es"' in client.get("/").text
