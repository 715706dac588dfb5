"""Where a value stands in a text, for any text and any value in it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from cds_hooks.record.strict.check import check
from cds_hooks.record.strict.flaws import Pointer
from cds_hooks.record.strict.positions import Position, positions
from tests.record.charts import vocabulary

NAMES = st.text(max_size=6) | st.sampled_from(["a", "b", '"', "\\", "[", "}", "\n", ":"])
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(NAMES, inner, max_size=4),
    max_leaves=25,
)


def inside(value: Any, pointer: Pointer = ()) -> Iterator[tuple[Pointer, Any]]:
    """Every value, with the pointer that leads to it."""
    yield pointer, value
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in pairs:
        yield from inside(inner, (*pointer, key))


def offset(text: str, position: Position) -> int:
    """The place of a line and column in a text."""
    lines = text.split("\n")
    return sum(len(line) + 1 for line in lines[: position.line - 1]) + position.column - 1


@given(value=VALUES, indent=st.sampled_from([None, 0, 2]), ascii=st.booleans(), blanks=st.text(" \n\t\r", max_size=3))
def test_at_the_place_of_every_pointer_its_value_is_written(
    value: Any, indent: int | None, ascii: bool, blanks: str
) -> None:
    text = blanks + json.dumps(value, indent=indent, ensure_ascii=ascii) + blanks
    known = dict(inside(value))
    found = positions(text, known)
    assert found.keys() == known.keys()
    for pointer, position in found.items():
        written, _ = json.JSONDecoder().raw_decode(text, offset(text, position))
        assert written == known[pointer]


@given(value=VALUES, data=st.data())
def test_only_what_is_asked_for_is_told(value: Any, data: st.DataObject) -> None:
    every = [pointer for pointer, _ in inside(value)]
    asked = data.draw(st.lists(st.sampled_from(every), unique=True))
    assert positions(json.dumps(value), asked).keys() == set(asked)


def test_of_a_name_that_is_written_twice_the_last_is_meant() -> None:
    assert positions('{"a": 1,\n "a": [2]}', [("a",), ("a", 0)]) == {("a",): (2, 7), ("a", 0): (2, 8)}


def test_what_is_not_there_has_no_place() -> None:
    assert positions('{"a": [1]}', [("b",), ("a", 1), ("a", "b"), ("a", 0, 0)]) == {}


def test_lines_and_columns_are_those_an_editor_shows() -> None:
    assert positions('{\r\n  "é": "ö",\n  "b": 1\n}', [(), ("é",), ("b",)]) == {
        (): (1, 1),
        ("é",): (2, 8),
        ("b",): (3, 8),
    }


def test_of_two_values_of_which_one_is_an_extension_alone_the_place_is_told() -> None:
    body = b'{"resourceType": "Observation",\n "valueQuantity": {"value": 1},\n "_valueString": {"id": "x"}}'
    (told,) = (one for one in check(body, vocabulary()) if one.said.startswith("Of value[x]"))
    assert (told.expression, told.line) == ("Observation.value", 3)
