"""Hook calls against a live server: what the standard asks, what clients get wrong, what prefetch may hold."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from service.examples.chart import Chart
from service.examples.ehr import hook_call

HOOK = "/cds-services/hormone-monitoring-patient-view"
Call = dict[str, Any]
OUTCOME = {"resourceType": "OperationOutcome", "issue": [{"severity": "error", "code": "not-found"}]}
EMPTY = {"resourceType": "Bundle", "type": "searchset", "total": 0}


def without(call: Call, *path: str) -> Call:
    """The call with one member left out."""
    *parents, last = path
    return changed(call, parents, lambda members: {key: value for key, value in members.items() if key != last})


def having(call: Call, value: Any, *path: str) -> Call:
    """The call with one member set."""
    *parents, last = path
    return changed(call, parents, lambda members: members | {last: value})


def changed(members: Any, path: list[str], change: Callable[[Any], Any]) -> Any:
    """A copy with `change` made to the object at `path`."""
    if not path:
        return change(members)
    return members | {path[0]: changed(members[path[0]], path[1:], change)}


def issue(answer: httpx.Response) -> dict[str, Any]:
    """The one issue of a refusal."""
    (only,) = answer.json()["issue"]
    return dict(only)


MEMBERS = [("hook",), ("hookInstance",), ("context",), ("context", "userId"), ("context", "patientId")]
WRONG = [(path, wrong) for path in MEMBERS for wrong in (None, 7, "", [], {})]


@pytest.mark.parametrize(("path", "wrong"), [*WRONG, (("hook",), "order-sign"), (("context",), "x")])
def test_a_required_member_of_another_kind_is_refused_by_name(
    client: httpx.Client, call: Call, path: tuple[str, ...], wrong: Any
) -> None:
    answer = client.post(HOOK, json=having(call, wrong, *path))
    assert answer.status_code == 400
    assert issue(answer)["expression"][0].startswith(".".join(path))


@pytest.mark.parametrize("path", MEMBERS)
def test_a_missing_required_member_is_refused_by_name(client: httpx.Client, call: Call, path: tuple[str, ...]) -> None:
    answer = client.post(HOOK, json=without(call, *path))
    assert answer.status_code == 400
    assert issue(answer)["expression"] == [".".join(path)]


@pytest.mark.parametrize(
    "instance", ["1", "urn:uuid:6cbd0d6d-7cf1-4f5e-9b8e-3d9f0f4f2b10", "6cbd0d6d7cf14f5e9b8e3d9f0f4f2b10"]
)
def test_hook_instance_is_a_uuid(client: httpx.Client, call: Call, instance: str) -> None:
    answer = client.post(HOOK, json=having(call, instance, "hookInstance"))
    assert answer.status_code == 400
    assert issue(answer)["expression"] == ["hookInstance"]


ODDITIES: dict[str, Callable[[Call], Call]] = {
    "an extension object": lambda call: having(call, {"com.example.trigger": 60}, "extension"),
    "an extension in context": lambda call: having(call, {"org.x": {"y": [1]}}, "context", "extension"),
    "unknown context fields": lambda call: having(call, ["later"], "context", "newField"),
    "an encounter of odd type": lambda call: having(call, 5, "context", "encounterId"),
    "a token without server": lambda call: having(call, {"access_token": "t", "scope": 1}, "fhirAuthorization"),
    "a server of odd type": lambda call: having(call, {"url": 1}, "fhirServer"),
    "an unasked key": lambda call: having(call, {"resourceType": "Encounter", "id": "e"}, "prefetch", "encounter"),
    "an unasked odd key": lambda call: having(call, 5, "prefetch", "encounter"),
    "a patient reference": lambda call: having(call, f"Patient/{call['context']['patientId']}", "context", "patientId"),
}


@pytest.mark.parametrize("oddity", ODDITIES.values(), ids=ODDITIES)
def test_what_clients_add_changes_nothing(client: httpx.Client, call: Call, oddity: Callable[[Call], Call]) -> None:
    plain = client.post(HOOK, json=call)
    odd = client.post(HOOK, json=oddity(call))
    assert odd.status_code == 200
    assert odd.json() == plain.json()


LACKING: dict[str, tuple[Callable[[Call, str], Call], str]] = {
    "absent": (lambda call, key: without(call, "prefetch", key), "was not sent"),
    "an OperationOutcome": (lambda call, key: having(call, OUTCOME, "prefetch", key), "failed query"),
    "a number": (lambda call, key: having(call, 5, "prefetch", key), "no FHIR resource"),
    "text": (lambda call, key: having(call, "{{context.patientId}}", "prefetch", key), "no FHIR resource"),
    "a list": (lambda call, key: having(call, [], "prefetch", key), "no FHIR resource"),
    "an empty object": (lambda call, key: having(call, {}, "prefetch", key), "no FHIR resource"),
}


@pytest.mark.parametrize("key", ["labs", "medications"])
@pytest.mark.parametrize(("lacking", "said"), LACKING.values(), ids=LACKING)
def test_a_required_key_that_tells_nothing_is_a_failed_precondition(
    client: httpx.Client, call: Call, key: str, lacking: Callable[[Call, str], Call], said: str
) -> None:
    answer = client.post(HOOK, json=lacking(call, key))
    assert answer.status_code == 412
    assert issue(answer)["code"] == "required"
    assert issue(answer)["expression"] == [f"prefetch.{key}"]
    assert f"prefetch.{key}" in issue(answer)["diagnostics"]
    assert said in issue(answer)["diagnostics"]


@pytest.mark.parametrize("prefetch", [None, {}], ids=repr)
def test_without_any_prefetch_all_required_keys_are_named(client: httpx.Client, call: Call, prefetch: Any) -> None:
    answer = client.post(HOOK, json=having(call, prefetch, "prefetch"))
    assert answer.status_code == 412
    said = {issue["expression"][0]: issue["diagnostics"] for issue in answer.json()["issue"]}
    assert set(said) == {"prefetch.labs", "prefetch.medications"}
    assert all(place in diagnostics for place, diagnostics in said.items())


def test_prefetch_of_another_kind_is_refused(client: httpx.Client, call: Call) -> None:
    answer = client.post(HOOK, json=having(call, [1], "prefetch"))
    assert answer.status_code == 400
    assert issue(answer)["expression"] == ["prefetch"]


@pytest.mark.parametrize("key", ["patient", "administrations", "statements", "procedures", "conditions", "context"])
@pytest.mark.parametrize("lacking", [lacking for lacking, _ in LACKING.values()], ids=LACKING)
def test_any_other_key_may_tell_nothing(
    client: httpx.Client, call: Call, key: str, lacking: Callable[[Call, str], Call]
) -> None:
    answer = client.post(HOOK, json=lacking(call, key))
    assert answer.status_code == 200
    assert answer.json()["cards"]


@pytest.mark.parametrize("nothing", [None, EMPTY], ids=["null", "an empty Bundle"])
def test_null_and_an_empty_bundle_both_say_there_is_none(client: httpx.Client, call: Call, nothing: Any) -> None:
    answer = client.post(HOOK, json=having(call, nothing, "prefetch", "labs"))
    assert answer.status_code == 200
    assert answer.json()["cards"]


def test_null_and_an_empty_bundle_are_answered_alike(client: httpx.Client, call: Call) -> None:
    by_null = client.post(HOOK, json=having(call, None, "prefetch", "labs")).json()
    by_bundle = client.post(HOOK, json=having(call, EMPTY, "prefetch", "labs")).json()
    assert by_null == by_bundle


def test_a_single_resource_is_read_like_a_bundle_of_one(client: httpx.Client, call: Call) -> None:
    (order,) = [entry["resource"] for entry in call["prefetch"]["medications"]["entry"]]
    single = client.post(HOOK, json=having(call, order, "prefetch", "medications"))
    assert single.status_code == 200
    assert single.json() == client.post(HOOK, json=call).json()


def test_one_malformed_resource_does_not_spoil_the_others(
    client: httpx.Client, offered: Call, charts: dict[str, Chart]
) -> None:
    call = hook_call(offered, charts["hematocrit"])
    call["prefetch"]["labs"]["entry"].append({"resource": {"resourceType": "Observation", "status": [[]], "code": 1}})
    cards = client.post(HOOK, json=call).json()["cards"]
    assert cards[0]["indicator"] == "critical"
    assert "MALFORMED" in [card["source"]["topic"]["code"] for card in cards]


def test_a_malformed_resource_leaves_null_and_missing_keys_what_they_are(client: httpx.Client, call: Call) -> None:
    plain = without(having(call, None, "prefetch", "conditions"), "prefetch", "statements")
    broken = {"resource": {"resourceType": "Encounter", "status": [[]]}}
    spoiled = changed(plain, ["prefetch", "labs"], lambda labs: labs | {"entry": [*labs["entry"], broken], "total": 6})
    first, *others = client.post(HOOK, json=spoiled).json()["cards"]
    assert first["source"]["topic"]["code"] == "MALFORMED"
    assert others == client.post(HOOK, json=plain).json()["cards"]


@pytest.mark.parametrize("bundle", [{"link": [{"relation": "next", "url": "x"}]}, {"total": 999}], ids=str)
def test_a_bundle_with_more_pages_still_gets_cards(client: httpx.Client, call: Call, bundle: Call) -> None:
    answer = client.post(HOOK, json=changed(call, ["prefetch", "labs"], lambda labs: labs | bundle))
    assert answer.status_code == 200
    assert answer.json()["cards"]


@pytest.mark.parametrize("patient_id", ["someone-else", "demo-stabl", "Patient/demo-stable2"])
def test_the_wrong_patient_gets_only_a_card_that_says_so(client: httpx.Client, call: Call, patient_id: str) -> None:
    answer = client.post(HOOK, json=having(call, patient_id, "context", "patientId"))
    assert answer.status_code == 200
    (card,) = answer.json()["cards"]
    assert "patient" in card["summary"].lower()
    assert "suggestions" not in card
    assert patient_id not in answer.text


def test_a_retry_brings_the_same_cards(client: httpx.Client, call: Call) -> None:
    assert client.post(HOOK, json=call).json() == client.post(HOOK, json=call).json()
