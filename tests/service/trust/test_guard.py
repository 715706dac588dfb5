"""Every route is guarded but those listed, in whatever way it is asked; with JWT off a token changes nothing."""

from __future__ import annotations

import asyncio
import json
import logging
import socket
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import httpx
import pytest
from starlette.types import Message, Receive, Scope, Send

from service.app import create_app
from service.site.settings import Settings
from service.storage.database import open_database
from service.trust.exempt import is_open
from service.trust.guard import Guard
from service.trust.ledger import InMemory, Ledger, open_ledger
from service.trust.trusted import bases, trusted
from tests.conftest import running
from tests.service.trust.key_server import publishing
from tests.service.trust.tokens import ISSUER, Signer, bearer, key_set

SANDBOX = Signer()
ORIGIN = "https://ehr.example"
HOOK = "/cds-services/hormone-monitoring-patient-view"
OPEN = {"/health", "/health/live", "/health/ready", "/metrics", "/fhir/metadata", "/static/{name}"}


def required(**settings: Any) -> Settings:
    return Settings(jwt="required", jwt_issuers=(ISSUER,), **settings)


APP = create_app(required(jwt_keys=(f"{ISSUER}=https://client.example/keys",)))


class Service(NamedTuple):
    """A guarded service, running."""

    client: httpx.Client
    address: str

    def token(self, path: str, **claims: Any) -> dict[str, str]:
        """A good token for this address."""
        return bearer(SANDBOX.token(self.address + path, **claims))


@pytest.fixture(scope="module")
def service() -> Iterator[Service]:
    with publishing(key_set(SANDBOX)) as keys:
        app = create_app(required(jwt_keys=(f"{ISSUER}={keys.url}",)))
        with running(app) as address, httpx.Client(base_url=address, trust_env=False, timeout=60) as client:
            yield Service(client, address)


@pytest.mark.requirement("J1")
@pytest.mark.parametrize(
    ("path", "method"),
    sorted({(route.path, method) for route in APP.routes for method in (*route.methods, "HEAD", "PUT")}),  # type: ignore[attr-defined]
)
def test_every_route_is_guarded_or_listed_as_open(service: Service, path: str, method: str) -> None:
    asked = path.replace("{name}", "style.css").replace("{id}", "x")
    answer = service.client.request(method, asked, headers={"Origin": ORIGIN})
    if path == "/metrics" and method in ("GET", "HEAD"):
        assert answer.status_code == 403  # it asks by itself, and a page of elsewhere asked
    elif path in OPEN and method in ("GET", "HEAD"):
        assert answer.status_code == 200
    else:
        assert answer.status_code == 401
        assert answer.headers["access-control-allow-origin"] == "*"


TRICKS = [
    "/nothing-here",
    "/cds-services/",
    "//cds-services",
    "/CDS-SERVICES",
    "/%63ds-services",
    "/cds-services%2F",
    "/cds-services?x=/health",
    "/cds-services;/health",
    "/./cds-services",
    "/static/../cds-services",
    "/static/%2e%2e/cds-services",
    "/static/..%2fcds-services",
    "/static",
    "/Static/style.css",
    "/health/../cds-services",
    "/health/",
    "/health%2f",
    "/HEALTH",
    "/health%00",
    "/health;x",
    "/fhir/metadata/",
    "/fhir/Metadata",
    "/fhir//metadata",
    "/fhir/ValueSet/../metadata",
    "/evaluate",
    "/codes/unmapped",
    "http://127.0.0.1/health/../cds-services",
]


@pytest.mark.parametrize("target", TRICKS)
@pytest.mark.parametrize("method", ["GET", "POST", "HEAD", "OPTIONS", "DELETE", "TRACE", "FOO"])
def test_no_way_of_writing_an_address_or_method_gets_around(service: Service, target: str, method: str) -> None:
    status = bare(service.address, f"{method} {target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    under_static = target.startswith("/static/") and method in ("GET", "HEAD")
    # Under /static/ there are files alone, and none of these is one; FOO is no method to the parser.
    assert status in ((404, 400) if under_static else (401, 400))
    assert status != 400 or method == "FOO" or not target.startswith("/")


def bare(address: str, request: str) -> int:
    """The status of what is answered to just these characters: clients tidy up what they send."""
    url = httpx.URL(address)
    with socket.create_connection((url.host, url.port or 80), timeout=5) as connection:
        connection.sendall(request.encode("latin-1"))
        answer = b"".join(iter(lambda: connection.recv(65536), b""))
    return int(answer.split(b" ")[1])


UPGRADE = {
    "Connection": "Upgrade",
    "Upgrade": "websocket",
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
}


@pytest.mark.parametrize(
    "headers",
    [
        UPGRADE,
        {"X-Original-URL": "/health"},
        {"X-Rewrite-URL": "/health"},
        {"X-HTTP-Method-Override": "OPTIONS"},
        {"X-Forwarded-Prefix": "/health", "X-Forwarded-Host": "127.0.0.1"},
        {"Access-Control-Request-Method": "GET"},
        {"Origin": ORIGIN},
        {"Cookie": "session=1"},
        {"Proxy-Authorization": "Bearer x"},
    ],
    ids=lambda headers: next(iter(headers)),
)
@pytest.mark.parametrize("method", ["GET", "POST", "OPTIONS"])
def test_no_header_gets_around(service: Service, headers: dict[str, str], method: str) -> None:
    answer = service.client.request(method, "/cds-services", headers=headers)
    assert answer.status_code == 401


@pytest.mark.requirement("G8")
@pytest.mark.parametrize("path", ["/cds-services", HOOK, f"{HOOK}/feedback", "/evaluate"])
def test_a_preflight_is_answered_without_a_token(service: Service, path: str) -> None:
    asked = {
        "Origin": ORIGIN,
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "authorization,content-type",
    }
    answer = service.client.options(path, headers=asked)
    assert answer.status_code == 200
    assert answer.headers["access-control-allow-origin"] == "*"
    assert "authorization" in answer.headers["access-control-allow-headers"].lower()


def test_a_browser_can_read_the_refusal(service: Service) -> None:
    answer = service.client.get("/cds-services", headers={"Origin": ORIGIN})
    assert answer.headers["access-control-allow-origin"] == "*"
    assert "WWW-Authenticate" in answer.headers["access-control-expose-headers"]
    assert answer.json()["issue"][0]["code"] == "login"


@pytest.mark.requirement("R3")
@pytest.mark.parametrize(("path", "media"), [("/cds-services", "json"), ("/fhir/ValueSet", "fhir+json")])
def test_the_refusal_is_an_operation_outcome_in_the_media_type_of_its_address(
    service: Service, path: str, media: str
) -> None:
    answer = service.client.get(path)
    assert answer.headers["content-type"] == f"application/{media}"
    assert answer.json()["resourceType"] == "OperationOutcome"


@pytest.mark.requirement("J2", "J3", "D9")
@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "/cds-services"), ("GET", "/"), ("GET", "/fhir/ValueSet?url=x"), ("GET", "/protocols/testosterone%2Dmen")],
)
def test_a_token_is_for_the_very_address_that_is_called(service: Service, method: str, path: str) -> None:
    assert service.client.request(method, path, headers=service.token(path)).status_code == 200
    assert service.client.request(method, path, headers=service.token("/health")).status_code == 401


def test_the_query_may_be_left_out_of_the_audience(service: Service) -> None:
    answer = service.client.get("/fhir/ValueSet?url=x", headers=service.token("/fhir/ValueSet"))
    assert answer.status_code == 200


@pytest.mark.requirement("J2", "F1")
def test_a_hook_is_called_with_its_own_token_once(service: Service, call: dict[str, Any]) -> None:
    headers = service.token(HOOK)
    assert service.client.post(HOOK, json=call, headers=headers).status_code == 200
    assert service.client.post(HOOK, json=call, headers=headers).status_code == 401
    feedback = service.client.post(f"{HOOK}/feedback", json={"feedback": []}, headers=service.token(HOOK))
    assert feedback.status_code == 401
    feedback = service.client.post(f"{HOOK}/feedback", json={"feedback": []}, headers=service.token(f"{HOOK}/feedback"))
    assert feedback.status_code != 401


def test_a_token_of_a_call_that_failed_is_used_too(service: Service) -> None:
    headers = service.token("/evaluate")
    assert service.client.post("/evaluate", content=b"x", headers=headers).status_code == 415
    assert service.client.post("/evaluate", content=b"x", headers=headers).status_code == 401


HOSTS = [("127.0.0.1:{port}", 200), ("localhost:{port}", 200), ("cds.example", 401), ("127.0.0.1.evil.example", 401)]


@pytest.mark.parametrize(("host", "status"), HOSTS)
def test_where_no_address_is_set_only_loopback_names_count(service: Service, host: str, status: int) -> None:
    named = host.format(port=httpx.URL(service.address).port)
    headers = bearer(SANDBOX.token(f"http://{named}/cds-services")) | {"Host": named}
    assert service.client.get("/cds-services", headers=headers).status_code == status


@pytest.mark.requirement("J2")
def test_with_jwt_off_a_token_is_ignored_and_that_is_said_aloud(caplog: pytest.LogCaptureFixture) -> None:
    with (
        running(create_app(Settings())) as address,
        httpx.Client(base_url=address, trust_env=False, timeout=60) as client,
    ):
        token = SANDBOX.token("https://elsewhere.example", exp=1)
        assert client.get("/cds-services", headers=bearer(token)).status_code == 200
        assert client.get("/health").json()["jwt"] == "off"
    warnings = [record.message for record in caplog.records if record.levelno == logging.WARNING]
    assert len([said for said in warnings if said.startswith("JWT=off: ")]) == 1
    assert token not in caplog.text


def test_with_jwt_required_health_says_so_to_anyone(service: Service, caplog: pytest.LogCaptureFixture) -> None:
    assert service.client.get("/health").json()["jwt"] == "required"
    assert "JWT=off" not in caplog.text


class Asked:
    """An application that answers nothing and keeps who called."""

    def __init__(self) -> None:
        self.callers: list[Any] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.callers.append(scope.get("state", {}).get("caller"))


def passed(
    scope: Scope, *ways: Any, addresses: Sequence[str] = ("https://cds.example",), ledger: Ledger | None = None
) -> tuple[list[Any], list[Message]]:
    """Who the application behind the guard met, and what the guard sent itself."""
    app, sent = Asked(), []

    async def fetch(url: str) -> bytes:
        return key_set(SANDBOX)

    async def send(message: Message) -> None:
        sent.append(message)

    async def receive() -> Message:
        return {"type": "http.request"}

    verifier = trusted(required(jwt_keys=(f"{ISSUER}=https://client.example/keys",)), fetch)
    guard = Guard(app, verifier, ledger or Ledger(InMemory()), addresses, ways)
    asyncio.run(guard(scope, receive, send))
    return app.callers, sent


def http(path: str = "/stats", token: str | None = None) -> Scope:
    headers = [(b"authorization", f"Bearer {token}".encode())] if token else []
    here = {"scheme": "http", "server": ("127.0.0.1", 8000)}
    return {"type": "http", "method": "GET", "path": path, "headers": headers, "query_string": b"", **here}


BASES = [
    ({"audiences": ("https://cds.example", "https://old.example/cds")}, "https://cds.example", True),
    ({"audiences": ("https://cds.example", "https://old.example/cds/")}, "https://old.example/cds", True),
    ({"audiences": ("https://cds.example",)}, "http://127.0.0.1:8000", False),
    ({"audiences": ("https://cds.example",), "public_url": "https://www.example"}, "https://www.example", False),
    ({"public_url": "https://www.example"}, "https://www.example", True),
    ({"public_url": "https://www.example"}, "http://127.0.0.1:8000", False),
    ({}, "http://127.0.0.1:8000", True),
    ({}, "http://[::1]:8000", True),
    ({}, "http://[:::8000", False),
    ({}, "https://cds.example", False),
]


@pytest.mark.requirement("J3")
@pytest.mark.parametrize(("settings", "base", "is_ours"), BASES)
def test_behind_a_proxy_the_addresses_set_decide_and_no_header(
    settings: dict[str, Any], base: str, is_ours: bool
) -> None:
    host = base.partition("://")[2].encode()
    scope = http(token=SANDBOX.token(f"{base}/stats"))
    scope["headers"] += [(b"host", host), (b"x-forwarded-host", host)]
    callers, sent = passed(scope, addresses=bases(Settings(**settings)))
    assert (len(callers), bool(sent)) == ((1, False) if is_ours else (0, True))


def test_who_sends_two_hosts_or_comes_from_afar_is_not_on_loopback() -> None:
    token = SANDBOX.token("http://127.0.0.1:8000/stats")
    here = (b"host", b"127.0.0.1:8000")
    assert passed(http(token=token) | {"headers": [*http(token=token)["headers"], here, here]}, addresses=())[0] == []
    far = http(token=token) | {"server": ("192.0.2.1", 8000)}
    far["headers"].append(here)
    assert passed(far, addresses=())[0] == []


def test_routes_learn_who_called() -> None:
    token = SANDBOX.token("https://cds.example/stats", tenant="clinic-a")
    (caller,), _ = passed(http(token=token))
    assert (caller.issuer, caller.tenant) == (ISSUER, "clinic-a")


@pytest.mark.parametrize(("path", "media"), [("/stats", b"application/json"), ("/fhir/x", b"application/fhir+json")])
def test_while_used_tokens_cannot_be_told_nobody_is_let_in(tmp_path: Path, path: str, media: bytes) -> None:
    engine = open_database(f"sqlite:///{tmp_path / 'gone.sqlite3'}")
    (tmp_path / "gone.sqlite3").unlink()
    token = SANDBOX.token(f"https://cds.example{path}")
    callers, (start, body) = passed(http(path, token), ledger=open_ledger(engine))
    assert (callers, start["status"]) == ([], 503)
    assert {(b"retry-after", b"1"), (b"content-type", media)} <= set(start["headers"])
    assert json.loads(body["body"])["issue"][0]["code"] == "transient"
    engine.dispose()


@pytest.mark.parametrize(
    ("path", "token", "gets_in"),
    [("/stats", None, True), ("/evaluate", None, False), ("/stats", "wrong", False)],
)
def test_people_may_have_another_way_in_but_not_past_a_wrong_token(path: str, token: str | None, gets_in: bool) -> None:
    callers, sent = passed(http(path, token), lambda scope: scope["path"] == "/stats")
    assert callers == ([None] if gets_in else [])
    assert bool(sent) is not gets_in


def test_a_websocket_is_closed_and_the_start_of_the_server_is_let_through() -> None:
    assert passed({"type": "websocket", "path": "/health"}) == ([], [{"type": "websocket.close", "code": 1008}])
    assert passed({"type": "lifespan"}) == ([None], [])


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS", "PATCH"])
def test_what_is_open_is_open_to_be_read_only(method: str) -> None:
    assert is_open({"method": "GET", "path": "/health"})
    assert not is_open({"method": method, "path": "/health"})


def test_the_document_says_which_addresses_need_a_token() -> None:
    paths = json.loads(json.dumps(APP.openapi()))["paths"]
    told = {path for path, methods in paths.items() for one in methods.values() if "401" in one["responses"]}
    assert told == {*paths} - OPEN | {"/metrics"}  # which needs a secret of its own
