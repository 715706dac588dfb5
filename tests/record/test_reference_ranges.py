"""The laboratory's own range: read where it is plain which one holds, and in the unit of the result."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from cds_hooks.facts import Reading
from tests.record.charts import UCUM, Json, facts_of, observation

ALT = "1742-6"


def end(value: Any, unit: str | None = "U/L") -> Json:
    return {"value": value, **({"unit": unit, "system": UCUM, "code": unit} if unit else {})}


def reading(*ranges: Json, loinc: str = ALT, value: Any = 20, unit: str = "U/L") -> Reading:
    (found,) = facts_of(observation(loinc, value, unit, referenceRange=list(ranges))).readings
    return found


def limits(*ranges: Json) -> tuple[Decimal | None, Decimal | None]:
    found = reading(*ranges)
    return found.lower, found.upper


def kind(code: str) -> Json:
    return {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/referencerange-meaning", "code": code}]}


RANGE = {"low": end(10), "high": end(40)}
NONE = (None, None)


@pytest.mark.parametrize(
    ("ranges", "found"),
    [
        ([RANGE], (10, 40)),
        ([{**RANGE, "type": kind("normal")}], (10, 40)),
        ([{**RANGE, "type": {"text": "Normal Range"}}], (10, 40)),
        ([{**RANGE, "type": kind("normal")}, {**RANGE, "type": kind("critical")}], (10, 40)),
        ([{"high": end(40)}], (None, 40)),
        ([{"low": end(10)}], (10, None)),
        ([{"low": end(0), "high": end(40)}], (0, 40)),
        ([{"low": end(10, None), "high": end(40, None)}], (10, 40)),
        ([{**RANGE, "appliesTo": []}], (10, 40)),
        ([], NONE),
        ([{**RANGE, "type": kind("critical")}], NONE),
        ([{**RANGE, "type": kind("therapeutic")}], NONE),
        ([RANGE, {"high": end(50)}], NONE),
        ([{**RANGE, "age": {"low": {"value": 18}}}], NONE),
        ([{**RANGE, "appliesTo": [{"text": "female"}]}], NONE),
        ([{"low": end(0), "high": end(0)}], NONE),
        ([{"high": end(0)}], NONE),
        ([{"low": end(40), "high": end(40)}], NONE),
        ([{"low": end(50), "high": end(40)}], NONE),
        ([{"low": end(0.2, "ukat/L"), "high": end(0.7, "ukat/L")}], NONE),
        ([{"low": end("10"), "high": end(40)}], (None, 40)),
        ([{"text": "10-40"}], NONE),
    ],
)
def test_the_range_that_plainly_holds_is_read(ranges: list[Json], found: tuple[int | None, int | None]) -> None:
    assert limits(*ranges) == found


def test_a_range_that_is_none_costs_no_result() -> None:
    for odd in ("10-40", [1], {"low": 1}):
        (found,) = facts_of(observation(ALT, 20, "U/L", referenceRange=odd)).readings
        assert (found.lower, found.upper) == NONE


def test_a_range_is_converted_as_its_result_is() -> None:
    found = reading({"low": end(10, "nmol/L"), "high": end(30, "nmol/L")}, loinc="14913-8", value=15, unit="nmol/L")
    assert found.unit == "ng/dL"
    assert (found.lower, found.upper) == (found.conversion.apply(Decimal(10)), found.conversion.apply(Decimal(30)))


def test_a_component_has_a_range_of_its_own() -> None:
    part = {
        "code": {"coding": [{"system": "http://loinc.org", "code": ALT}]},
        "valueQuantity": end(20),
        "referenceRange": [RANGE],
    }
    panel = observation("24323-8", component=[part], valueQuantity=None, referenceRange=[{"high": end(99)}])
    (found,) = facts_of(panel).readings
    assert (found.lower, found.upper) == (10, 40)
