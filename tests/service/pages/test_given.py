"""What is pasted or dropped: told apart by its content, and one patient of several chosen."""

from __future__ import annotations

import json
from typing import Any

import pytest

from cds_hooks.refusal import Refusal
from service.pages.trying.given import Choice, Given, bundle_with, given_in, resources_of

ANNA = {"resourceType": "Patient", "id": "anna", "gender": "female", "birthDate": "1970-01-01"}
CARL = {"resourceType": "Patient", "id": "carl"}
HL7 = (
    "MSH|^~\\&|LAB|CENTRAL|||20260903||ORU^R01|1|P|2.5.1\rPID|1||77^^^LAB||DOE||19680125|M\r"
    "OBX|1|NM|4544-3^Hct^LN||54.5|%|||||F|||20260903\r"
)


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
    given = given_in(b"\xef\xbb\xbf" + sent + b"\n", None)
    assert isinstance(given, Given)
    assert (given.kind, given.body) == ("bundle", sent)


def test_a_hook_call_is_known_by_its_hook() -> None:
    given = given_in(b'{"hook": "patient-view", "context": {}}', None)
    assert isinstance(given, Given)
    assert given.kind == "hook"


def test_lines_of_bundles_are_a_patient_each() -> None:
    sent = lines(bundle(ANNA), bundle(CARL, result("carl")))
    found = given_in(sent, None)
    assert found == Choice(("anna, female, 1970-01-01 (1)", "carl (2)"))
    assert ids(given_in(sent, 1)) == ["carl", "of-carl"]


@pytest.mark.parametrize("patient", [None, 2, 999])
def test_whoever_is_not_there_is_asked_for_again(patient: int | None) -> None:
    assert isinstance(given_in(lines(bundle(ANNA), bundle(CARL)), patient), Choice)


def test_lines_of_resources_are_sorted_by_patient() -> None:
    organization = {"resourceType": "Organization", "id": "of-nobody"}
    sent = lines(ANNA, CARL, result("carl"), result("anna"), organization)
    assert ids(given_in(sent, 0)) == ["anna", "of-anna", "of-nobody"]
    assert ids(given_in(sent, 1)) == ["carl", "of-carl", "of-nobody"]


def test_lines_of_one_patient_need_no_choice() -> None:
    assert ids(given_in(lines(ANNA, result("anna")), None)) == ["anna", "of-anna"]


def test_a_laboratorys_message_is_a_bundle_that_tells_of_nothing_else() -> None:
    given = given_in(HL7.encode(), None)
    assert isinstance(given, Given)
    assert given.kind == "laboratory"
    assert [one["resourceType"] for one in resources_of(given.node)] == ["Patient", "Observation"]
    again = given_in(given.body, None, is_laboratory=True)
    assert isinstance(again, Given)
    assert again.kind == "laboratory"


def test_messages_of_two_patients_ask_for_one() -> None:
    assert isinstance(given_in((HL7 + HL7.replace("77^^^", "78^^^")).encode(), None), Choice)


@pytest.mark.parametrize("content", [b"", b"{", b"hello\nworld", b'{"a": NaN, }', b"\xff\xfe{\x00", b"{}\nx"])
def test_what_is_no_json_goes_to_the_door_as_it_is(content: bytes) -> None:
    given = given_in(content, None)
    assert isinstance(given, Given)
    assert (given.body, given.node) == (content, None)


def test_what_is_nested_too_deeply_is_refused() -> None:
    with pytest.raises(Refusal) as refused:
        given_in(b"[" * 100_000, None)
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
