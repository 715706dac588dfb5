"""Where nobody can sign in, what is for people answers on the service's own machine only."""

from __future__ import annotations

import asyncio
import socket
from typing import Any

import httpx
import pytest
from starlette.types import Message, Receive, Scope, Send

from service.people.gate import Gate, is_for_people
from service.people.people import open_session, require_libraries
from service.site.settings import Settings, StartRefused
from tests.service.people.visitors import GUARDED, SESSION_KEY

LOOPBACK = [("127.0.0.1", 5), ("127.7.7.7", 5), ("::1", 5)]
REMOTE = [("10.0.0.7", 5), ("testclient", 5), None]


async def inside(scope: Scope, receive: Receive, send: Send) -> None:
    """What stands behind the gate."""
    await send({"type": "http.response.start", "status": 204, "headers": []})


async def status_for(client: tuple[str, int] | None, headers: dict[str, str]) -> int:
    """What a caller from that address meets."""
    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    async def receive() -> Message:
        raise AssertionError("nothing is read")

    raw = [(name.lower().encode(), value.encode()) for name, value in headers.items()]
    scope: dict[str, Any] = {"type": "http", "method": "GET", "path": GUARDED, "headers": raw, "client": client}
    await Gate(inside, None, False)(scope, receive, send)
    return int(sent[0]["status"])


HOSTS = {"127.0.0.1:8000": 204, "localhost": 204, "[::1]:8000": 204, "cds.example": 403, "": 403, "[": 403}
RELAYED = ["Forwarded", "Via", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Real-IP", "Origin"]
CALLERS = [
    *((client, {"Host": "localhost"}, 204) for client in LOOPBACK),
    *((client, {"Host": "localhost"}, 403) for client in REMOTE),
    *((LOOPBACK[0], {"Host": host}, status) for host, status in HOSTS.items()),
    *((LOOPBACK[0], {"Host": "localhost", name: "127.0.0.1"}, 403) for name in RELAYED),
    *(
        (LOOPBACK[0], {"Host": "localhost", "Origin": "null", "Sec-Fetch-Site": site}, status)
        for site, status in {"same-origin": 204, "same-site": 403, "cross-site": 403, "none": 403}.items()
    ),
    (LOOPBACK[0], {"Host": "cds.example", "Origin": "null", "Sec-Fetch-Site": "same-origin"}, 403),
]


@pytest.mark.parametrize(("client", "headers", "status"), CALLERS)
def test_only_someone_on_this_machine_gets_in(
    client: tuple[str, int] | None, headers: dict[str, str], status: int
) -> None:
    assert asyncio.run(status_for(client, headers)) == status


def test_a_proxy_that_says_nothing_of_itself_is_known_by_its_old_protocol(client: httpx.Client) -> None:
    asked = f"GET {GUARDED} HTTP/1.0\r\nHost: {client.base_url.netloc.decode()}\r\nConnection: close\r\n\r\n"
    with socket.create_connection((client.base_url.host, client.base_url.port or 80)) as nginx:
        nginx.sendall(asked.encode())
        assert b" 403 " in nginx.makefile("rb").readline()


def test_a_page_of_another_site_cannot_read_it_through_a_browser_here(client: httpx.Client) -> None:
    assert client.get(GUARDED).status_code == 200
    refused = client.get(GUARDED, headers={"Origin": "https://elsewhere.example"})
    assert refused.status_code == 403
    assert "HORMONE_CDS_OIDC_ISSUER" in refused.json()["issue"][0]["diagnostics"]
    assert client.get("/sign-in").status_code == 404  # nobody can, so there is no such address


@pytest.mark.parametrize(
    ("path", "is_guarded"),
    [
        ("/stats", True),
        ("/stats/", True),
        ("/stats/x", True),
        ("/codes/unmapped", True),
        ("/statsx", False),
        ("/", False),
    ],
)
def test_the_gate_stands_before_whole_addresses(path: str, is_guarded: bool) -> None:
    assert is_for_people(path) == is_guarded


WHOLE: dict[str, Any] = {
    "public_url": "https://cds.example",
    "oidc_issuer": "https://id.example/realms/clinic",
    "oidc_client_id": "hormone-cds",
    "oidc_allow": ("groups=cds",),
    "session_key": SESSION_KEY,
}
BROKEN = [
    ({"oidc_client_id": None}, "OIDC_CLIENT_ID"),
    ({"oidc_allow": ()}, "OIDC_ALLOW"),
    ({"session_key": None}, "SESSION_KEY"),
    ({"public_url": None}, "PUBLIC_URL"),
    ({"public_url": "http://cds.example"}, "PUBLIC_URL: .* https"),
    ({"oidc_issuer": "http://id.example"}, "OIDC_ISSUER: .* https"),
    ({"oidc_issuer": None}, "OIDC_CLIENT_ID, HORMONE_CDS_OIDC_ALLOW: nobody signs in without HORMONE_CDS_OIDC_ISSUER"),
]


@pytest.mark.parametrize(("change", "said"), BROKEN)
def test_a_start_with_half_of_the_settings_is_refused(change: dict[str, Any], said: str) -> None:
    assert open_session(Settings(**WHOLE)) is not None
    with pytest.raises(StartRefused, match=said):
        open_session(Settings(**(WHOLE | change)))


def test_a_start_without_the_libraries_of_signing_in_says_what_to_install() -> None:
    require_libraries(["authlib"])
    with pytest.raises(StartRefused, match=r"hormone-cds\[sign-in\]"):
        require_libraries(["authlib", "there_is_no_such_library"])


def test_secrets_are_not_shown_with_the_settings() -> None:
    settings = Settings(**WHOLE, oidc_client_secret="zq-client-zq")
    assert "zq-client-zq" not in repr(settings)
    assert SESSION_KEY not in repr(settings)
