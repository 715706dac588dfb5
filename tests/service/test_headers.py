"""Every answer says what a browser or cache may do with it: nothing more than is meant."""

from __future__ import annotations

import re
import socket
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute
from starlette.requests import Request
from starlette.responses import Response

from service.app import create_app
from service.examples.chart import chart_json
from service.site.settings import Settings
from tests.conftest import MAX_BODY, running
from tests.service.test_browsers import HOOK

JSON = {"Content-Type": "application/json"}
EXAMPLES = {"id": "men-baseline", "name": "style.css", "type": "Observation", "operation": "$lookup"}


def addresses(app: FastAPI) -> list[tuple[str, str]]:
    """Every address with each of its methods; blanks are filled with something."""
    found = []
    for route in app.routes:
        if isinstance(route, APIRoute):
            path = re.sub(r"\{(\w+)(:\w+)?\}", lambda blank: EXAMPLES.get(blank[1], "x"), route.path)
            found += [(method, path) for method in sorted(route.methods)]
    return found


ADDRESSES = addresses(create_app(Settings()))
CALLS: dict[str, tuple[str, str, dict[str, Any]]] = {
    "not found": ("GET", "/nothing", {}),
    "wrong method": ("DELETE", "/evaluate", {}),
    "no JSON": ("POST", "/evaluate", {"content": "{", "headers": JSON}),
    "other media": ("POST", HOOK, {"content": "<x/>", "headers": {"Content-Type": "text/xml"}}),
    "too large": ("POST", "/evaluate", {"content": b" " * (MAX_BODY + 1), "headers": JSON}),
    "strict": ("POST", "/evaluate?strict=true", {"content": '{"resourceType": "Bundle"}', "headers": JSON}),
    "preflight": (
        "OPTIONS",
        HOOK,
        {"headers": {"Origin": "https://a.example", "Access-Control-Request-Method": "POST"}},
    ),
    "refused preflight": (
        "OPTIONS",
        HOOK,
        {"headers": {"Origin": "https://a.example", "Access-Control-Request-Method": "PUT"}},
    ),
}


def require_safe(answer: httpx.Response) -> None:
    """What every answer says."""
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
    assert "strict-transport-security" not in answer.headers


@pytest.mark.parametrize(("method", "path"), ADDRESSES)
def test_every_address_is_headed(client: httpx.Client, method: str, path: str) -> None:
    sent = {"content": "{}"} if method == "POST" else {}
    answer = client.request(method, path, headers=JSON, timeout=60, **sent)
    require_safe(answer)
    if not path.startswith("/static/"):
        assert "no-" in answer.headers["cache-control"]


@pytest.mark.parametrize("call", CALLS)
def test_every_refusal_is_headed(client: httpx.Client, call: str) -> None:
    method, path, sent = CALLS[call]
    answer = client.request(method, path, **sent)
    assert answer.status_code >= 400 or call == "preflight"
    require_safe(answer)
    assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize("path", ["/evaluate", "/fhir/$hormone-monitoring", "/fhir/$validate"])
def test_an_answer_about_a_patient_is_kept_nowhere(client: httpx.Client, path: str) -> None:
    answer = client.post(path, content=chart_json("hematocrit"), headers=JSON)
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"


def test_a_card_and_a_batch_are_kept_nowhere(client: httpx.Client, call: dict[str, Any]) -> None:
    assert client.post(HOOK, json=call).raise_for_status().headers["cache-control"] == "no-store"
    headers = {"Content-Type": "application/fhir+ndjson"}
    lines = client.post("/fhir/$hormone-monitoring", content="{}\n", headers=headers)
    assert lines.status_code == 200
    assert lines.headers["cache-control"] == "no-store"


def test_knowledge_is_asked_for_again_and_not_sent_twice(client: httpx.Client) -> None:
    first = client.get("/fhir/Library/testosterone-men")
    assert first.headers["cache-control"] == "no-cache"
    again = client.get("/fhir/Library/testosterone-men", headers={"If-None-Match": first.headers["etag"]})
    assert again.status_code == 304
    require_safe(again)


def test_files_may_be_kept(client: httpx.Client) -> None:
    assert client.get("/static/style.css").headers["cache-control"] == "public, no-cache"  # asked for again by its ETag
    page = client.get("/").text
    named = re.search(r"static/style\.css\?v=\w+", page)
    assert named is not None
    assert "immutable" in client.get(f"/{named[0]}").headers["cache-control"]


def test_over_tls_browsers_are_told_to_stay_there(client: httpx.Client) -> None:
    """The proxy on this machine says that the call came over TLS."""
    for path in ("/", "/health", "/nothing"):
        answer = client.get(path, headers={"X-Forwarded-Proto": "https"})
        assert answer.headers["strict-transport-security"] == "max-age=31536000"


def test_a_fault_of_ours_is_headed() -> None:
    app = create_app(Settings())

    async def fail(request: Request) -> Response:
        raise ValueError("1968")

    app.add_api_route("/fail", fail)
    with running(app) as address:
        answer = httpx.get(f"{address}/fail", trust_env=False)
    assert answer.status_code == 500
    require_safe(answer)
    assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize("sent", [b"GET / HTTP/9.9\r\n\r\n", b"\x16\x03\x01\x00\xa5\x01\x00\x00\xa1\x03\x03"])
def test_what_is_no_request_is_refused_with_the_same_headers(live_server: str, sent: bytes) -> None:
    url = httpx.URL(live_server)
    with socket.create_connection((url.host, url.port or 80), timeout=5) as connection:
        connection.sendall(sent)
        answer = b"".join(iter(lambda: connection.recv(65536), b"")).decode()
    assert answer.startswith("HTTP/1.1 400 ")
    for header in ("X-Content-Type-Options: nosniff", "Cache-Control: no-store", "Referrer-Policy: no-referrer"):
        assert header.lower() in answer.lower()
