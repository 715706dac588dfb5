"""What browsers meet: CORS on every route, also on errors and faults; pages that load nothing from elsewhere."""

from __future__ import annotations

import html
import re

import httpx
import pytest
from starlette.requests import Request
from starlette.responses import Response

from cds_hooks.judgement.written import ProtocolFile
from service.app import create_app
from service.settings import Settings
from service.site import read_knowledge
from tests.conftest import running

ORIGIN = "https://ehr.example"
HOOK = "/cds-services/hormone-monitoring-patient-view"
ROUTES = {
    "/": "GET",
    "/cds-services": "GET",
    HOOK: "POST",
    "/evaluate": "POST",
    "/health": "GET",
    "/openapi": "GET",
    "/openapi.json": "GET",
    "/protocols/testosterone-men": "GET",
    "/schemas/report": "GET",
    "/static/style.css": "GET",
    "/nothing-here": "GET",
}


@pytest.mark.parametrize(("path", "method"), ROUTES.items())
def test_every_route_answers_a_preflight(client: httpx.Client, path: str, method: str) -> None:
    asked = "authorization,content-type"
    answer = client.options(
        path,
        headers={
            "Origin": ORIGIN,
            "Access-Control-Request-Method": method,
            "Access-Control-Request-Headers": asked,
        },
    )
    assert answer.status_code == 200
    assert answer.headers["access-control-allow-origin"] == "*"
    assert method in answer.headers["access-control-allow-methods"]
    assert answer.headers["access-control-allow-headers"] == asked


@pytest.mark.parametrize(("path", "method"), ROUTES.items())
def test_every_answer_may_be_read_by_any_page(client: httpx.Client, path: str, method: str) -> None:
    answer = client.request(method, path, headers={"Origin": ORIGIN, "Authorization": "Bearer x"})
    assert answer.headers["access-control-allow-origin"] == "*"
    assert "access-control-allow-credentials" not in answer.headers


def test_only_listed_origins_may_read_when_origins_are_set() -> None:
    app = create_app(Settings(cors_origins=(ORIGIN,)))
    with running(app) as address, httpx.Client(base_url=address, trust_env=False) as client:
        listed = client.get("/cds-services", headers={"Origin": ORIGIN})
        other = client.get("/cds-services", headers={"Origin": "https://other.example"})
    assert listed.headers["access-control-allow-origin"] == ORIGIN
    assert "access-control-allow-origin" not in other.headers


@pytest.mark.requirement("R3")
@pytest.mark.parametrize(
    ("origin", "method"), [("https://other.example", "POST"), (ORIGIN, "DELETE")], ids=["origin", "method"]
)
def test_a_refused_preflight_says_why_in_the_one_shape(origin: str, method: str) -> None:
    app = create_app(Settings(cors_origins=(ORIGIN,)))
    with running(app) as address:
        asked = {"Origin": origin, "Access-Control-Request-Method": method}
        answer = httpx.options(f"{address}{HOOK}", headers=asked, trust_env=False)
    assert answer.status_code == 400
    assert answer.headers["content-type"] == "application/json"
    assert "HORMONE_CDS_CORS_ORIGINS" in answer.json()["issue"][0]["diagnostics"]
    assert origin not in answer.text
    assert "POST" in answer.headers["access-control-allow-methods"]
    assert answer.headers["vary"].startswith("Origin")
    assert "access-control-allow-origin" in answer.headers or origin != ORIGIN


@pytest.mark.parametrize("path", [path for path, method in ROUTES.items() if method == "GET"])
def test_head_is_answered_like_get_without_a_body(client: httpx.Client, path: str) -> None:
    got, headed = client.get(path), client.head(path)
    assert headed.status_code == got.status_code
    assert headed.content == b""
    for name in ("content-type", "content-length"):
        assert headed.headers[name] == got.headers[name]


def test_head_is_no_way_into_a_door(client: httpx.Client) -> None:
    assert client.head(HOOK).status_code == client.head("/evaluate").status_code == 405


def test_a_fault_of_ours_is_readable_and_tells_nothing(caplog: pytest.LogCaptureFixture) -> None:
    app = create_app(Settings())

    async def fail(request: Request) -> Response:
        raise ValueError("birthDate 1968-01-25")

    app.add_api_route("/fault", fail)
    with running(app) as address:
        answer = httpx.get(f"{address}/fault", headers={"Origin": ORIGIN}, trust_env=False)
    assert answer.status_code == 500
    assert answer.headers["access-control-allow-origin"] == "*"
    assert answer.json()["issue"][0]["severity"] == "fatal"
    assert "1968" not in answer.text + caplog.text
    assert "ValueError in " in caplog.text


@pytest.mark.parametrize("path", ["/", "/protocols/testosterone-men", "/protocols/data-quality", "/openapi"])
def test_pages_load_only_what_we_serve(client: httpx.Client, path: str) -> None:
    page = client.get(path)
    assert page.status_code == 200
    assert page.headers["content-type"].startswith("text/html")
    policy = page.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "script-src 'self';" in policy
    assert not re.search(r"<script>|\son\w+=|\sstyle=", page.text)
    for link in re.findall(r'<(?:script src|link rel="stylesheet" href)="([^"]+)"', page.text):
        assert not link.startswith(("http", "/"))
        assert client.get(str(httpx.URL(path).join(link))).status_code == 200


@pytest.mark.parametrize("protocol", read_knowledge().protocols, ids=lambda protocol: protocol.id)
def test_a_protocol_page_shows_every_profile_number_and_check(client: httpx.Client, protocol: ProtocolFile) -> None:
    page = html.unescape(client.get(f"/protocols/{protocol.id}").text)
    assert all(f'id="profile-{profile}"' in page for profile in protocol.profile)
    assert all(f"limit {name}" in page for name in protocol.limit)
    assert all(f'id="{check.id}"' in page and check.says in page and check.advice in page for check in protocol.check)


def test_the_start_page_leads_to_every_door(client: httpx.Client) -> None:
    page = client.get("/").text
    for link in re.findall(r'href="([^"]+)"', page):
        assert client.get(f"/{link}").status_code == 200


def test_swagger_ui_reads_openapi_3_1(client: httpx.Client) -> None:
    assert client.get("/openapi.json").json()["openapi"].startswith("3.1")
    assert "openapi.json" in client.get("/static/openapi.js").text
    assert len(client.get("/static/swagger-ui-bundle.js").content) > 1_000_000
