"""What the models of fhir.resources refuse, the strict check refuses too, whatever else it knows."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from fhir.resources.R4B import get_fhir_model_class
from hypothesis import given, settings
from hypothesis import strategies as st

from cds_hooks.record.strict.check import check
from service.examples.chart import chart_json
from tests.asking import vocabulary
from tests.record.strict.cases import SOUND, bytes_of

CHART = json.loads(chart_json("hematocrit"))
RESOURCES = [SOUND, *(entry["resource"] for entry in CHART["entry"])]
OTHER: list[Any] = [
    None,
    "",
    "x",
    "a b ",
    0,
    -1,
    2.5,
    True,
    [],
    {},
    ["x"],
    [{}],
    {"x": 1},
    "2026-13-01",
    "2026-09-03T08",
]


def places(value: Any, way: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """The ways to every value."""
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in pairs:
        yield (*way, key)
        yield from places(inner, (*way, key))


def changed(value: Any, way: tuple[str | int, ...], other: Any) -> Any:
    """The same with another value at the end of a way; … takes it away."""
    copy = json.loads(json.dumps(value))
    within = copy
    for key in way[:-1]:
        within = within[key]
    if other is ...:
        del within[way[-1]]
    else:
        within[way[-1]] = other
    return copy


@given(data=st.data())
@settings(max_examples=400, deadline=None)
def test_what_the_models_refuse_is_refused(data: st.DataObject) -> None:
    resource = data.draw(st.sampled_from(RESOURCES))
    way = data.draw(st.sampled_from([way for way in places(resource) if way != ("resourceType",)]))
    broken = changed(resource, way, data.draw(st.sampled_from([..., *OTHER])))
    try:
        get_fhir_model_class(resource["resourceType"]).model_validate(json.loads(json.dumps(broken)))
    except ValueError:
        assert any(told.severity == "error" for told in check(bytes_of(broken), vocabulary()))


def test_a_whole_chart_is_sound() -> None:
    assert check(bytes_of(CHART), vocabulary()) == ()
