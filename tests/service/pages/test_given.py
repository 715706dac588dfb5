"""What is pasted or dropped: told apart by its content, and one patient of several chosen."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from types import FrameType
from typing import Any

import pytest

from cds_hooks.refusal import Refusal
from service.pages.trying import given as sorting
from service.pages.trying.given import Choice, Given, bundle_with, given_in, resources_of

ANNA = {"resourceType": "Patient", "id": "anna", "gender": "female", "birthDate": "1970-01-01"}
CARL = {"resourceType": "Patient", "id": "carl"}
HL7 = (
    "MSH|^~\\&|LAB|CENTRAL|||20260903||ORU^R01|1|P|2.5.1\rPID|1||77^^^LAB||DOE||19680125|M\r"
    "OBX|1|NM|4544-3^Hct^LN||54.5|%|||||F|||20260903\r"
)


MOST = 20_000


def sorted_in(content: bytes, patient: int | None, most: int = MOST, *, is_laboratory: bool = False) -> Given | Choice:
    """What is found in a form's content."""
    return given_in(content, patient, most, is_laboratory)


def result(of: str) -> dict[str, Any]:
    """A result of somebody."""
    return {"resourceType": "Observation", "id": f"of-{of}", "subject": {"reference": f"Patient/{of}"}}


def bundle(*resources: Any) -> dict[str, Any]:
    """A chart."""
    return {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": one} for one in resources]}


def lines(*nodes: Any) -> bytes:
    """NDJSON."""
    return "\n".join(json.dumps(node) for node in nodes).encode()


def ids(given: Given | Choice) -> list[str]:
    """The ids of a chart's resources."""
    assert isinstance(given, Given)
    return [one["id"] for one in resources_of(given.node)]


def test_a_bundle_stays_as_it_was_sent() -> None:
    sent = json.dumps(bundle(ANNA), indent=3).encode()
    given = sorted_in(b"\xef\xbb\xbf" + sent + b"\n", None)
    assert isinstance(given, Given)
    assert (given.kind, given.body) == ("bundle", sent)


def test_a_hook_call_is_known_by_its_hook() -> None:
    given = sorted_in(b'{"hook": "patient-view", "context": {}}', None)
    assert isinstance(given, Given)
    assert given.kind == "hook"


def test_lines_of_bundles_are_a_patient_each() -> None:
    sent = lines(bundle(ANNA), bundle(CARL, result("carl")))
    found = sorted_in(sent, None)
    assert found == Choice(("anna, female, 1970-01-01 (1)", "carl (2)"))
    assert ids(sorted_in(sent, 1)) == ["carl", "of-carl"]


@pytest.mark.parametrize("patient", [None, 2, 999])
def test_whoever_is_not_there_is_asked_for_again(patient: int | None) -> None:
    assert isinstance(sorted_in(lines(bundle(ANNA), bundle(CARL)), patient), Choice)


def test_lines_of_resources_are_sorted_by_patient() -> None:
    organization = {"resourceType": "Organization", "id": "of-nobody"}
    sent = lines(ANNA, CARL, result("carl"), result("anna"), organization)
    assert ids(sorted_in(sent, 0)) == ["anna", "of-anna", "of-nobody"]
    assert ids(sorted_in(sent, 1)) == ["carl", "of-carl", "of-nobody"]


def test_a_patient_who_is_sent_twice_is_one() -> None:
    sent = lines(ANNA, CARL, ANNA, result("anna"))
    assert sorted_in(sent, None) == Choice(("anna, female, 1970-01-01 (2)", "carl (1)"))
    assert ids(sorted_in(sent, 0)) == ["anna", "of-anna"]


def test_what_is_of_nobody_counts_for_everybody() -> None:
    place = {"resourceType": "Location", "id": "ward"}
    assert sorted_in(lines(ANNA, place, CARL, place), None) == Choice(("anna, female, 1970-01-01 (2)", "carl (2)"))


def people(count: int) -> bytes:
    """Lines of so many patients with a result each, and as many places."""
    named = [str(number) for number in range(count)]
    persons = [{"resourceType": "Patient", "id": name} for name in named]
    return lines(*persons, *map(result, named), *({"resourceType": "Location", "id": name} for name in named))


def steps_of(work: Callable[[], object]) -> int:
    """How many lines of our own code it takes: the same on every machine."""
    steps = 0

    def trace(frame: FrameType, what: str, about: object) -> Any:
        nonlocal steps
        steps += what == "line"
        return trace if frame.f_code.co_filename == sorting.__file__ else None

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        work()
    finally:
        sys.settrace(before)
    return steps


@pytest.mark.parametrize("patient", [None, 7])
def test_twice_as_many_patients_are_twice_the_work(patient: int | None) -> None:
    few, many = people(50), people(100)
    assert steps_of(lambda: sorted_in(many, patient)) < 2.2 * steps_of(lambda: sorted_in(few, patient))


def test_as_many_lines_as_are_taken_are_sorted_and_one_more_is_refused() -> None:
    sent = people(MOST // 3)
    found = sorted_in(sent, None, 3 * (MOST // 3))
    assert isinstance(found, Choice)
    assert len(found.patients) == MOST // 3
    assert found.patients[0] == f"0 ({MOST // 3 + 2})"
    with pytest.raises(Refusal) as refused:
        sorted_in(sent, None, 3 * (MOST // 3) - 1)
    assert refused.value.status == 413


def test_mixed_bundles_with_too_many_resources_are_refused_before_they_are_sorted() -> None:
    mixed = bundle(ANNA, CARL, *[result("anna")] * 9)
    with pytest.raises(Refusal) as refused:
        sorted_in(lines(mixed, ANNA), None, 11)
    assert refused.value.status == 413
    assert isinstance(sorted_in(lines(mixed, ANNA), None, 12), Choice)


def test_lines_of_one_patient_need_no_choice() -> None:
    assert ids(sorted_in(lines(ANNA, result("anna")), None)) == ["anna", "of-anna"]


def test_a_laboratorys_message_is_a_bundle_that_tells_of_nothing_else() -> None:
    given = sorted_in(HL7.encode(), None)
    assert isinstance(given, Given)
    assert given.kind == "laboratory"
    assert [one["resourceType"] for one in resources_of(given.node)] == ["Patient", "Observation"]
    again = sorted_in(given.body, None, is_laboratory=True)
    assert isinstance(again, Given)
    assert again.kind == "laboratory"


def test_messages_of_two_patients_ask_for_one() -> None:
    assert isinstance(sorted_in((HL7 + HL7.replace("77^^^", "78^^^")).encode(), None), Choice)


@pytest.mark.parametrize("content", [b"", b"{", b"hello\nworld", b'{"a": NaN, }', b"\xff\xfe{\x00", b"{}\nx"])
def test_what_is_no_json_goes_to_the_door_as_it_is(content: bytes) -> None:
    given = sorted_in(content, None)
    assert isinstance(given, Given)
    assert (given.body, given.node) == (content, None)


def test_what_is_nested_too_deeply_is_refused() -> None:
    with pytest.raises(Refusal) as refused:
        sorted_in(b"[" * 100_000, None)
    assert refused.value.status == 400


@pytest.mark.parametrize(
    "node", [None, 5, [], {}, {"resourceType": 5}, {"resourceType": "Bundle", "entry": 5}, bundle(5, [])]
)
def test_what_is_no_resource_is_left_out(node: Any) -> None:
    assert resources_of(node) == []


def test_a_hook_calls_resources_are_those_of_prefetch_and_context() -> None:
    call = {
        "hook": "x",
        "prefetch": {"a": ANNA, "b": bundle(result("anna")), "c": None},
        "context": {"d": bundle(CARL), "e": "f"},
    }
    assert [one["id"] for one in resources_of(call)] == ["anna", "of-anna", "carl"]


def test_a_bundle_has_each_resource_once_and_those_without_an_id_all() -> None:
    odd = ANNA | {"id": []}
    assert [entry["resource"] for entry in bundle_with([ANNA, CARL, ANNA, odd, odd])["entry"]] == [ANNA, CARL, odd, odd]
