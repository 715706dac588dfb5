"""An EHR that lives in a browser, on another origin: preflight, discovery, hook and card."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.browser.calling import HOOK, ask

if TYPE_CHECKING:
    from playwright.sync_api import Page


@pytest.mark.requirement("G8")
def test_a_browser_gets_cards_from_discovery_to_screen(
    client_page: Page, live_server: str, call: dict[str, Any]
) -> None:
    listed = ask(client_page, f"{live_server}/cds-services", headers={"Authorization": "Bearer x"})
    ids = [service["id"] for service in listed["json"]["services"]]
    assert HOOK.rpartition("/")[2] in ids
    call["hookInstance"] = client_page.evaluate("() => window.ehr.uuid()")
    answer = ask(client_page, f"{live_server}{HOOK}", method="POST", body=call, headers={"Authorization": "Bearer x"})
    assert answer["status"] == 200
    client_page.evaluate("cards => window.ehr.show(cards)", answer["json"]["cards"])
    assert client_page.locator("article h2").first.inner_text() == answer["json"]["cards"][0]["summary"]


DOORS = {
    "/cds-services": "GET",
    HOOK: "POST",
    "/cds-services/hormone-therapy-response": "POST",
    "/evaluate": "POST",
    "/health": "GET",
    "/schemas/report": "GET",
    "/openapi.json": "GET",
    "/fhir/metadata": "GET",
    "/fhir/CodeSystem": "GET",
    "/nothing-here": "GET",
}


@pytest.mark.requirement("G8", "R3")
@pytest.mark.parametrize(("path", "method"), DOORS.items())
def test_a_browser_can_read_every_answer_of_every_door(
    client_page: Page, live_server: str, path: str, method: str
) -> None:
    body = {"body": "{"} if method == "POST" else {}
    answer = ask(client_page, f"{live_server}{path}", method=method, headers={"Authorization": "Bearer x"}, **body)
    assert answer["status"] == (400 if body else 404 if path == "/nothing-here" else 200)
    assert answer["json"]
    assert answer["status"] == 200 or answer["json"]["resourceType"] == "OperationOutcome"
