"""Every status that is ever sent, made to happen over a socket: one shape, readable by a page, and without an echo."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

import httpx
import pytest
from starlette.requests import Request
from starlette.responses import Response

from service.app import create_app
from service.site.settings import Settings
from tests.conftest import running
from tests.contract.document import DOCUMENT
from tests.service.test_connections import HEAD, connected, rest_of
from tests.service.trust.tokens import Signer, key_set

MARK = "zqmarkzq"
ORIGIN = "https://ehr.example"
HOOK = "/cds-services/hormone-monitoring-patient-view"
HEADERS = {"Origin": ORIGIN, "Authorization": f"Bearer {MARK}", "X-Note": MARK, "Referer": f"https://{MARK}.example/"}
JSON = {"Content-Type": "application/json"}
NEVER = {409}  # nothing here can be in conflict


class Servers(NamedTuple):
    """A server with narrow limits, one that asks for tokens, and one that has had enough calls."""

    narrow: str
    guarded: str
    paced: str


async def fail(request: Request) -> Response:
    """A fault of ours that quotes the chart."""
    raise ValueError(MARK)


@pytest.fixture(scope="module")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Servers]:
    """All three."""
    signer = Signer()
    keys = tmp_path_factory.mktemp("keys") / "keys.json"
    keys.write_bytes(key_set(signer))
    narrow = create_app(Settings(max_body=10_000, max_resources=5, max_concurrent=2, body_timeout=3))
    narrow.add_api_route("/fault", fail)
    trusting = Settings(jwt="required", jwt_issuers=(signer.issuer,), jwt_keys=(f"{signer.issuer}={keys}",))
    with (
        running(narrow) as one,
        running(create_app(trusting)) as two,
        running(create_app(Settings(rate_limit=1))) as three,
    ):
        httpx.get(f"{three}/cds-services", trust_env=False)
        yield Servers(one, two, three)


def call(method: str, url: str, body: Any = None, parameter: str = MARK, **headers: str) -> httpx.Response:
    """A call with the mark in its query, its headers and, if it has one, its body."""
    content = body if isinstance(body, bytes | None) else json.dumps(body | {"id": MARK}).encode()
    sent = HEADERS | (JSON if content else {}) | headers
    return httpx.request(
        method, url, params={parameter: MARK}, content=content, headers=sent, trust_env=False, timeout=10
    )


def hook_call() -> dict[str, Any]:
    """A call without required prefetch."""
    context = {"userId": f"Practitioner/{MARK}", "patientId": MARK}
    return {"hook": "patient-view", "hookInstance": "9f4ad6c1-3b0e-4c39-8a55-6f2f0d7c1e84", "context": context}


def slow(servers: Servers) -> httpx.Response:
    """A body that does not arrive."""
    with connected(servers.narrow) as connection:
        connection.sendall(f"{HEAD}Origin: {ORIGIN}\r\nX-Note: {MARK}\r\n\r\n{MARK}".encode())
        return parsed(rest_of(connection))


def parsed(raw: str) -> httpx.Response:
    """A raw answer."""
    head, _, body = raw.partition("\r\n\r\n")
    first, *lines = head.split("\r\n")
    headers = [tuple(line.split(": ", 1)) for line in lines]
    return httpx.Response(int(first.split()[1]), headers=headers, content=body.encode())  # type: ignore[arg-type]


def flawed(servers: Servers) -> httpx.Response:
    """A Bundle of no type, and a name that nothing has, where only valid FHIR is wanted."""
    body = json.dumps({"resourceType": "Bundle", "type": MARK, MARK: MARK})
    url, params = f"{servers.narrow}/evaluate", {"strict": "true", "user": MARK}
    return httpx.post(url, params=params, content=body, headers=HEADERS | JSON, trust_env=False, timeout=10)


def crowded(servers: Servers) -> httpx.Response:
    """One call too many while two are under way."""
    with open_call(servers.narrow), open_call(servers.narrow):
        answers = (call("GET", f"{servers.narrow}/cds-services") for _ in range(100))  # until both have arrived
        return next(answer for answer in answers if answer.status_code != 200)


@contextmanager
def open_call(address: str) -> Iterator[None]:
    """A call whose body is still on its way."""
    with connected(address) as connection:
        connection.sendall(f"{HEAD}\r\n".encode())
        yield


SIX = {"resourceType": "Bundle", "entry": [{"resource": {"resourceType": "Observation", "id": MARK}}] * 6}
FULL = {"prefetch": {"labs": SIX, "medications": None}}
PROVOKED: dict[str, tuple[int, Callable[[Servers], httpx.Response]]] = {
    "an unknown parameter": (400, lambda s: call("POST", f"{s.narrow}/evaluate", {"resourceType": "Bundle"})),
    "a wrong hook": (400, lambda s: call("POST", s.narrow + HOOK, {"hook": MARK})),
    "no JSON": (400, lambda s: call("POST", s.narrow + HOOK, MARK.encode())),
    "a wrong id in FHIR": (400, lambda s: call("GET", f"{s.narrow}/fhir/CodeSystem")),
    "a token that proves nothing": (401, lambda s: call("POST", s.guarded + HOOK, hook_call())),
    "a token that proves nothing in FHIR": (401, lambda s: call("GET", f"{s.guarded}/fhir/CodeSystem")),
    "a page of another site": (403, lambda s: call("GET", f"{s.narrow}/codes/unmapped")),
    "no such address": (404, lambda s: call("GET", f"{s.narrow}/{MARK}")),
    "no such service": (404, lambda s: call("POST", f"{s.narrow}/cds-services/{MARK}", hook_call())),
    "no such resource in FHIR": (404, lambda s: call("GET", f"{s.narrow}/fhir/{MARK}/{MARK}")),
    "another method": (405, lambda s: call("DELETE", s.narrow + HOOK)),
    "another format in FHIR": (406, lambda s: call("GET", f"{s.narrow}/fhir/metadata", parameter="_format")),
    "a slow body": (408, slow),
    "no prefetch": (412, lambda s: call("POST", s.narrow + HOOK, hook_call() | {"prefetch": {"patient": None}})),
    "a large body": (413, lambda s: call("POST", s.narrow + HOOK, MARK.encode() * 2_000)),
    "many resources": (413, lambda s: call("POST", s.narrow + HOOK, hook_call() | FULL)),
    "no content type": (415, lambda s: call("POST", s.narrow + HOOK, b"{}", **{"Content-Type": MARK})),
    "what is not valid": (422, flawed),
    "too many calls": (429, lambda s: call("POST", s.paced + HOOK, hook_call())),
    "too many calls in FHIR": (429, lambda s: call("GET", f"{s.paced}/fhir/CodeSystem")),
    "a fault of ours": (500, lambda s: call("GET", f"{s.narrow}/fault")),
    "a crowd": (503, crowded),
}


@pytest.mark.requirement("R3", "A3", "G8")
@pytest.mark.parametrize("mistake", PROVOKED)
def test_every_error_is_an_outcome_that_a_page_can_read_and_that_repeats_nothing(
    servers: Servers, mistake: str
) -> None:
    status, provoke = PROVOKED[mistake]
    answer = provoke(servers)
    assert answer.status_code == status
    assert MARK not in answer.text + repr(answer.headers)
    assert answer.headers["access-control-allow-origin"] == "*"
    media = "application/fhir+json" if mistake.endswith("FHIR") or mistake[-8:] == "resource" else "application/json"
    assert answer.headers["content-type"].startswith(("application/json", "application/fhir+json")), media
    outcome = answer.json()
    assert outcome.keys() == {"resourceType", "issue"}
    assert outcome["resourceType"] == "OperationOutcome"
    assert all(issue["severity"] == ("fatal" if status == 500 else "error") for issue in outcome["issue"])
    assert all(issue["code"] and issue["diagnostics"] for issue in outcome["issue"])


@pytest.mark.parametrize(
    ("status", "header"), [(401, "www-authenticate"), (405, "allow"), (429, "retry-after"), (503, "retry-after")]
)
def test_a_page_can_read_what_an_error_says_in_its_headers(servers: Servers, status: int, header: str) -> None:
    provoke = next(provoke for sent, provoke in PROVOKED.values() if sent == status)
    answer = provoke(servers)
    assert answer.headers[header]
    assert header in answer.headers["access-control-expose-headers"].lower()


def test_every_status_that_the_document_lists_is_provoked_here() -> None:
    operations = [one for methods in DOCUMENT["paths"].values() for one in methods.values()]
    listed = {int(status) for one in operations for status in one["responses"]}
    assert listed - {200, 304} | {405} == {
        status for status, _ in PROVOKED.values()
    }  # 304 is no error, 405 of methods not listed
    assert not listed & NEVER
