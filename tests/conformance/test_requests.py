"""Requests: what a call must have, and what it may have besides."""

from __future__ import annotations

import json
import logging
import socket
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from tests.conformance.situations import AUTHORIZATION, TOKEN, Call, from_a_later_version, from_epic

Change = Callable[[Call], Any]


def place_of(answer: httpx.Response) -> str:
    """The place that a refusal names."""
    (issue,) = answer.json()["issue"]
    return str(issue["expression"][0])


@pytest.mark.requirement("Q1", "G1")
def test_a_posted_call_is_answered_with_json(client: httpx.Client, address: str, call: Call) -> None:
    answer = client.post(address, json=call)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/json"


WRONG: dict[str, tuple[str, Change]] = {
    "no hook": ("hook", lambda call: call.pop("hook")),
    "another hook": ("hook", lambda call: call.update(hook="order-dispatch")),
    "no instance": ("hookInstance", lambda call: call.pop("hookInstance")),
    "an instance that is no UUID": ("hookInstance", lambda call: call.update(hookInstance="1")),
    "no context": ("context", lambda call: call.pop("context")),
    "a context that is a list": ("context", lambda call: call.update(context=[])),
    "no user": ("context.userId", lambda call: call["context"].pop("userId")),
    "no patient": ("context.patientId", lambda call: call["context"].pop("patientId")),
    "an empty patient": ("context.patientId", lambda call: call["context"].update(patientId="")),
}


OPTIONAL = {("medication-refill", "context.userId")}


@pytest.mark.requirement("Q2", "Q5", "R3")
@pytest.mark.parametrize(("place", "break_it"), WRONG.values(), ids=WRONG)
def test_a_malformed_call_is_refused_by_name(
    client: httpx.Client, address: str, call: Call, place: str, break_it: Change
) -> None:
    break_it(call)
    answer = client.post(address, json=call)
    if (call.get("hook"), place) in OPTIONAL:
        assert answer.status_code == 200
        return
    assert answer.status_code == 400
    assert answer.json()["resourceType"] == "OperationOutcome"
    assert place_of(answer) == place


@pytest.mark.requirement("Q5", "G4")
@pytest.mark.parametrize("body", ['{"hook": "patient-view",}', '{"hook": /* view */ "patient-view"}', "{'hook': 1}"])
def test_what_is_not_strict_json_is_refused(client: httpx.Client, address: str, body: str) -> None:
    answer = client.post(address, content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code == 400


EXTRAS: dict[str, Change] = {
    "a server alone": lambda call: call.update(fhirServer="https://ehr.example/fhir"),
    "a token without server": lambda call: call.update(fhirAuthorization=AUTHORIZATION),
    "a token with server and patient": lambda call: call.update(
        fhirServer="https://ehr.example/fhir", fhirAuthorization=AUTHORIZATION | {"patient": "demo-stable"}
    ),
    "scopes of SMART v2": lambda call: call.update(
        fhirAuthorization=AUTHORIZATION | {"scope": "patient/Observation.rs user/MedicationRequest.rs"}
    ),
    "extensions everywhere": from_epic,
    "an extension in an extension": lambda call: call.update(extension={"org.x": {"extension": {"org.y": [[]]}}}),
    "fields of a later hook": from_a_later_version,
    "an encounter": lambda call: call["context"].update(encounterId="enc-1"),
    "an unresolved token": lambda call: call["context"].update(encounterId="{{context.encounterId}}"),
    "a patient as user": lambda call: call["context"].update(userId="Patient/demo-stable"),
}


@pytest.mark.requirement("Q3", "Q4", "Q6", "G5", "A1", "A4")
@pytest.mark.parametrize("add", EXTRAS.values(), ids=EXTRAS)
def test_what_a_client_may_add_changes_no_card(client: httpx.Client, address: str, call: Call, add: Change) -> None:
    plain = client.post(address, json=call).json()
    add(call)
    answer = client.post(address, json=call)
    assert answer.status_code == 200
    assert answer.json() == plain


@pytest.mark.requirement("A2")
def test_a_fhir_server_that_no_operator_listed_is_never_called(client: httpx.Client, address: str, call: Call) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        call |= {"fhirServer": f"http://127.0.0.1:{server.getsockname()[1]}/fhir", "fhirAuthorization": AUTHORIZATION}
        del call["prefetch"]["labs"]
        assert client.post(address, json=call).status_code == 412
        server.setblocking(False)
        with pytest.raises(BlockingIOError):
            server.accept()


@pytest.mark.requirement("A3", "J7")
@pytest.mark.parametrize(
    "break_it", [lambda call: None, lambda call: call.pop("hook"), lambda call: call["prefetch"].clear()]
)
def test_no_token_is_logged_or_repeated(
    client: httpx.Client, address: str, call: Call, break_it: Change, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, "hormone_cds")
    break_it(call)
    answer = client.post(
        address, json=call | {"fhirAuthorization": AUTHORIZATION}, headers={"Authorization": f"Bearer {TOKEN}"}
    )
    ours = [record.getMessage() for record in caplog.records if record.name.startswith(("hormone_cds", "uvicorn"))]
    assert TOKEN not in answer.text
    assert TOKEN not in "\n".join(ours)


@pytest.mark.requirement("J2")
def test_a_bearer_token_is_welcome_on_every_call(client: httpx.Client, address: str, call: Call) -> None:
    headers = {"Authorization": f"Bearer {TOKEN}"}
    assert client.get("/cds-services", headers=headers).status_code == 200
    assert client.post(address, json=call, headers=headers).json() == client.post(address, json=call).json()


@pytest.mark.requirement("G8")
@pytest.mark.parametrize("origin", ["https://sandbox.cds-hooks.org", "null"])
def test_a_browser_may_call_with_token_and_json(client: httpx.Client, address: str, call: Call, origin: str) -> None:
    for path, method in (("/cds-services", "GET"), (address, "POST")):
        asked = {
            "Access-Control-Request-Method": method,
            "Access-Control-Request-Headers": "authorization, content-type",
        }
        preflight = client.options(path, headers=asked | {"Origin": origin})
        assert preflight.status_code in (200, 204)
        assert preflight.headers["access-control-allow-origin"] in ("*", origin)
        assert method in preflight.headers["access-control-allow-methods"]
        allowed = preflight.headers["access-control-allow-headers"].lower().replace(" ", "").split(",")
        assert {"authorization", "content-type"} <= set(allowed)
    for body in (call, {}):
        answer = client.post(
            address, content=json.dumps(body), headers={"Origin": origin, "Content-Type": "application/json"}
        )
        assert answer.headers["access-control-allow-origin"] in ("*", origin)


@pytest.mark.requirement("R3")
@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("POST", "/cds-services/no-such-service", 404),
        ("POST", "/cds-services/no-such-service/feedback", 404),
        ("GET", "/cds-services/hormone-monitoring-patient-view", 405),
        ("POST", "/cds-services", 405),
        ("POST", "/cds-services/hormone-monitoring-patient-view", 415),
    ],
)
def test_every_error_is_an_outcome(client: httpx.Client, method: str, path: str, status: int) -> None:
    answer = client.request(method, path)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/json"
    assert answer.json()["resourceType"] == "OperationOutcome"
    assert answer.json()["issue"][0]["diagnostics"]
