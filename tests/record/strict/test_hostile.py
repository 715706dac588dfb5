"""Whatever is posted: an answer in bounded time, or a refusal that says why, and never a fault."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cds_hooks.record.strict.check import MOST, check
from cds_hooks.refusal import Refusal
from tests.asking import vocabulary
from tests.record.strict.cases import SOUND, bytes_of

LARGE = 2_000_000  # characters: a tenth of what is tried by hand, since time grows with length alone
REFUSED = {
    "nothing": (b"", "not JSON at line 1"),
    "no JSON": (b'{"resourceType": "Patient",\n "id" 1}', "line 2, column 7"),
    "NaN": (b'{"resourceType": "Patient", "multipleBirthInteger": NaN}', "dataAbsentReason"),
    "infinity": (b'{"resourceType": "Patient", "multipleBirthInteger": -Infinity}', "dataAbsentReason"),
    "another encoding": (b'{"resourceType": "Patient", "id": "\xff"}', "UTF-8"),
    "a byte order mark": (b'\xef\xbb\xbf{"resourceType": "Patient"}', "not JSON"),
    "no end": (b"[" * LARGE, "nested"),
    "a deep object": (b'{"a":' * LARGE, "nested"),
}
PATIENT = b'{"resourceType": "Patient", "id": "1"'
OBSERVATION = b'{"resourceType": "Observation", "status": "final", "code": {"text": "x"}'
TOLD = {
    "many nothings": PATIENT + b', "name": [' + b"0," * (LARGE // 2) + b"0]}",
    "many nulls": PATIENT + b', "name": [{"given": [' + b"null," * (LARGE // 5) + b"null]}]}",
    "many unknown names": PATIENT + b"".join(b',"k%d":0' % number for number in range(LARGE // 12)) + b"}",
    "one name many times": PATIENT + b', "gender": "male"' * (LARGE // 18) + b"}",
    "many names twice": PATIENT + b"".join(b',"k%d":0,"k%d":0' % (n, n) for n in range(LARGE // 24)) + b"}",
    "a long type": b'{"resourceType": "' + b"A" * LARGE + b'"}',
    "a long id": PATIENT.replace(b'"1"', b'"' + b"a " * (LARGE // 2) + b'"') + b"}",
    "a long code": OBSERVATION.replace(b"final", b"a " * (LARGE // 2)) + b"}",
    "a long number": OBSERVATION + b', "valueQuantity": {"value": ' + b"9" * LARGE + b"}}",
    "a large exponent": OBSERVATION + b', "valueQuantity": {"value": 1E999999999}}',
    "half a character": PATIENT.replace(b'"1"', b'"\\ud800"') + b"}",
    "400 levels": OBSERVATION + b', "extension": ' + b'[{"extension":' * 200 + b"1" + b"}]" * 200 + b"}",
    "40 levels": OBSERVATION + b', "extension": ' + b'[{"url": "x", "extension":' * 40 + b"[]" + b"}]" * 40 + b"}",
    "one resource many times": b'{"resourceType": "Bundle", "type": "collection", "entry": ['
    + b'{"resource": {"resourceType": "Patient", "id": "1"}},' * (LARGE // 55)
    + b"0]}",
    "no resource": b"3",
    "a list": b"[]",
    "a type that is none": b'{"resourceType": ["Patient"]}',
    "an entry that is none": b'{"resourceType": "Bundle", "type": "collection", "entry": [1, {"resource": 2}]}',
}


def contained(number: int) -> dict[str, Any]:
    """A resource that refers to its neighbor."""
    link = {"other": {"reference": "#0"}, "type": "seealso"}
    return {"resourceType": "Patient", "id": str(number), "link": [link]}


def component(number: int) -> dict[str, Any]:
    """A part with a code of its own."""
    return {"code": {"coding": [{"system": "http://lab.example", "code": f"{number}"}]}, "valueString": "a"}


CODES = [{"system": "http://lab.example", "code": f"c{number}"} for number in range(LARGE // 400)]
RIGHT = {
    "many contained": {"resourceType": "Patient", "contained": [contained(number) for number in range(LARGE // 200)]},
    "many components": SOUND
    | {"code": {"coding": CODES}, "component": [component(number) for number in range(LARGE // 200)]},
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_no_json_is_refused_with_the_reason(name: str) -> None:
    body, said = REFUSED[name]
    with pytest.raises(Refusal) as refused:
        check(body, vocabulary())
    assert refused.value.status == 400
    assert said in refused.value.diagnostics


@pytest.mark.parametrize("levels", range(800, 1000, 7))
def test_two_resources_that_are_deep_and_alike_are_no_fault(levels: int) -> None:
    deep = b'{"resource": {"resourceType": "Patient", "id": "1", "a": ' + b"[" * levels + b"]" * levels + b"}}"
    whole = b'{"resourceType": "Bundle", "type": "collection", "entry": [' + deep + b", " + deep + b"]}"
    with suppress(Refusal):
        assert check(whole, vocabulary())


@pytest.mark.parametrize("name", TOLD)
def test_what_is_wrong_is_told_in_bounded_number(name: str) -> None:
    told = check(TOLD[name], vocabulary())
    assert 0 < len(told) <= 2 * MOST + 1


@pytest.mark.parametrize("name", RIGHT)
def test_what_is_large_and_right_is_passed(name: str) -> None:
    """Large enough that work by the square of its length would not end."""
    assert check(json.dumps(RIGHT[name]).encode(), vocabulary()) == ()


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.sampled_from(["Patient/1", "#a", "final"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from([*SOUND, "coding", "_id"]), inner),
    max_leaves=6,
)
PATHS = st.lists(st.sampled_from([*SOUND, "coding", "value", "reference", "low", 0, 1]), min_size=1, max_size=4)


@given(path=PATHS, value=ANYTHING, contained=st.booleans())
@settings(max_examples=300, deadline=None)
def test_anything_anywhere_in_a_result_is_no_fault(path: list[str | int], value: Any, contained: bool) -> None:
    broken = json.loads(json.dumps(SOUND))
    within: Any = broken
    for key in path[:-1]:
        try:
            within = within[key]
        except (KeyError, IndexError, TypeError):
            break
    if isinstance(within, dict):
        within[str(path[-1])] = value
    elif isinstance(within, list):
        within.append(value)
    whole = {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": broken}, {"resource": value}]}
    for text in (bytes_of(broken), bytes_of(whole if not contained else SOUND | {"contained": [value, broken]})):
        for told in check(text, vocabulary()):
            assert told.line >= 1
            assert told.column >= 1
            assert told.expression
            assert told.said.endswith(".") or told.said.endswith("?")


def test_many_warnings_hide_no_error_and_are_none() -> None:
    codings = [{"code": str(number)} for number in range(MOST + 100)]
    warned = SOUND | {"method": {"coding": codings}}
    told = check(bytes_of(warned), vocabulary())
    assert len(told) == MOST + 1
    assert {one.severity for one in told} == {"warning"}
    refused = check(bytes_of(warned | {"interpretation": [{"coding": "H"}]}), vocabulary())
    assert [one.expression for one in refused if one.severity == "error"] == ["Observation.interpretation[0].coding"]
