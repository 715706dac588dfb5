"""Results of a chart as rows, and the chart with some of them changed."""

from __future__ import annotations

import json
from typing import Any

import pytest

from service.pages.trying.readings import Change, changed, parse, rows_of


def observation(value: Any, **more: Any) -> dict[str, Any]:
    """One result."""
    quantity = {"value": value, "unit": "%", "system": "http://unitsofmeasure.org", "code": "%"}
    return {
        "resourceType": "Observation",
        "code": {"coding": [{"code": "4544-3", "display": "Hematocrit"}]},
        "effectiveDateTime": "2026-09-03",
        "valueQuantity": quantity,
    } | more


def bundle(*resources: Any) -> bytes:
    """A chart."""
    return json.dumps({"resourceType": "Bundle", "entry": [{"resource": one} for one in resources]}).encode()


CHART = bundle(observation(54.5))


def quantity_after(change: Change, chart: bytes = CHART) -> dict[str, Any]:
    """The first result's quantity after a change of it."""
    found: dict[str, Any] = parse(changed(chart, {0: change}))["entry"][0]["resource"]["valueQuantity"]
    return found


def test_rows_are_the_newest_first_with_what_the_chart_says() -> None:
    older = observation(41, effectiveDateTime="2025-01-01", code={"text": "Hct"})
    rows = rows_of(bundle(older, {"resourceType": "Patient"}, observation(54.5)), {})
    assert [(row.place, row.name, *row.was) for row in rows] == [
        (1, "Hematocrit", "54.5", "%", "2026-09-03"),
        (0, "Hct", "41", "%", "2025-01-01"),
    ]
    assert not any(row.is_changed for row in rows)


@pytest.mark.parametrize(
    ("value", "told"),
    [
        ("53.90", {"value": 53.9}),
        ("<0.1", {"value": 0.1, "comparator": "<"}),
        (">= 60", {"value": 60, "comparator": ">="}),
        ("many", {"value": "many"}),
        ("1e400", {"value": "1e400"}),
        ("NaN", {"value": "NaN"}),
    ],
)
def test_a_value_is_a_number_where_it_reads_like_one(value: str, told: dict[str, Any]) -> None:
    after = json.loads(changed(CHART, {0: Change(value, "%", "2026-09-03")}))
    quantity = after["entry"][0]["resource"]["valueQuantity"]
    assert {name: quantity[name] for name in quantity.keys() - {"unit", "system", "code"}} == told


def test_digits_stay_as_they_are_written() -> None:
    chart = CHART.replace(b"54.5", b"54.50")
    assert b'"value":54.50' in changed(chart, {0: Change("54.50", "%", "2026-09-04")})
    assert b'"value":53.90' in changed(chart, {0: Change("53.90", "%", "2026-09-03")})


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("1e150000000", "1E+150000000"),
        ("-1e-150000000", "-1E-150000000"),
        ("0e150000000", "0E+150000000"),
        ("1e30", f"1{'0' * 30}"),
        ("1e31", "1E+31"),
        ("1e-30", f"0.{'0' * 29}1"),
        ("1.5e3", "1500"),
        ("0.00000001", "0.00000001"),
        (f"1.{'3' * 5000}", f"1.{'3' * 62}…"),
        ("7" * 4000, f"{'7' * 64}…"),
        (f'"{"x" * 5000}"', f"{'x' * 64}…"),
    ],
    ids=lambda one: one[:12],
)
def test_a_number_takes_no_more_room_than_it_was_written_in(written: str, shown: str) -> None:
    chart = CHART.replace(b"54.5", written.encode())
    (row,) = rows_of(chart, {})
    assert row.was.value == shown
    assert changed(chart, {0: row.was}) is chart
    after = changed(chart, {0: Change(shown, "%", "2026-09-04")})
    assert parse(after)["entry"][0]["resource"]["valueQuantity"]["value"] == parse(written.encode())


@pytest.mark.parametrize("written", ["1e9999999999999999999", "1e-9999999999999999999", "9" * 5000])
def test_a_number_beyond_all_numbers_is_no_json_that_can_be_changed(written: str) -> None:
    with pytest.raises(ValueError, match=r"number|digits"):
        parse(CHART.replace(b"54.5", written.encode()))


def test_a_new_comparator_takes_the_place_of_the_old() -> None:
    chart = CHART.replace(b'"value": 54.5', b'"value": 54.5, "comparator": ">"')
    assert rows_of(chart, {})[0].was.value == ">54.5"
    assert "comparator" not in quantity_after(Change("54.5", "%", "2026-09-03"), chart)
    assert quantity_after(Change(">54.5", "L/L", "2026-09-03"), chart)["comparator"] == ">"


def test_a_unit_is_said_in_text_and_code() -> None:
    after = quantity_after(Change("0.545", "L/L", "2026-09-03"))
    assert (after["unit"], after["code"]) == ("L/L", "L/L")


def test_an_emptied_result_is_left_out_and_the_others_stay() -> None:
    chart = bundle(observation(54.5), observation(41))
    entries = parse(changed(chart, {0: Change("", "%", "2026-09-03")}))["entry"]
    assert [entry["resource"]["valueQuantity"]["value"] for entry in entries] == [41]


def test_a_chart_without_a_change_is_the_same_bytes() -> None:
    assert changed(CHART, {0: Change("54.5", "%", "2026-09-03"), 7: Change("1", "%", "")}) is CHART


@pytest.mark.parametrize(
    "odd",
    [
        {"resourceType": "Observation"},
        {"resourceType": "Observation", "valueQuantity": 5},
        {"resourceType": "Observation", "valueQuantity": {"value": None}},
        {"resourceType": "Observation", "valueQuantity": {"value": [1]}},
        {"resourceType": "Observation", "valueString": "5"},
        [],
        None,
        "Observation",
    ],
)
def test_what_is_no_number_is_no_row(odd: Any) -> None:
    assert rows_of(bundle(odd), {}) == []
    assert parse(changed(bundle(odd, observation(1)), {0: Change("2", "%", ""), 1: Change("2", "%", "")}))


@pytest.mark.parametrize("code", [None, 5, [], {"coding": 5}, {"coding": [5]}, {"text": 5}, {"coding": [{"code": 5}]}])
def test_an_odd_code_is_a_row_without_name(code: Any) -> None:
    assert rows_of(bundle(observation(1, code=code)), {})[0].name == ""
