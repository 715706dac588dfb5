"""An EHR that lives in a browser, on another origin: preflight, discovery, hook and card."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from jwt.algorithms import ECAlgorithm

from service.app import create_app
from service.site.settings import Settings
from tests.browser.calling import HOOK, ask
from tests.conftest import running
from tests.contract.document import DOCUMENT
from tests.service.trust.tokens import Signer, key_set

if TYPE_CHECKING:
    from collections.abc import Iterator

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


TAKES_FEEDBACK = f"{HOOK}/feedback" in DOCUMENT["paths"]
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


@pytest.fixture(scope="module")
def signer() -> Signer:
    """A client with a key of its own."""
    return Signer("ES384")


@pytest.fixture(scope="module")
def guarded(signer: Signer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A service that answers only those who prove who they are."""
    keys = tmp_path_factory.mktemp("keys") / "keys.json"
    keys.write_bytes(key_set(signer))
    settings = Settings(jwt="required", jwt_issuers=(signer.issuer,), jwt_keys=(f"{signer.issuer}={keys}",))
    with running(create_app(settings)) as address:
        yield address


@pytest.mark.requirement("J2", "J3", "J5", "G8", "F1")
def test_a_page_that_signs_its_own_tokens_gets_a_card_and_reports_back(
    client_page: Page, guarded: str, signer: Signer, call: dict[str, Any]
) -> None:
    private = ECAlgorithm.to_jwk(signer.private, as_dict=True)
    identity = {"issuer": signer.issuer, "algorithm": "ES384", "jwk": private | {"kid": signer.kid}}
    assert ask(client_page, f"{guarded}/cds-services", identity=identity)["json"]["services"]
    answer = ask(client_page, f"{guarded}{HOOK}", method="POST", body=call, identity=identity)
    card = answer["json"]["cards"][0]
    overridden = {"card": card["uuid"], "outcome": "overridden", "outcomeTimestamp": "2026-11-23T00:47:04.312Z"}
    url = f"{guarded}{HOOK}/feedback"
    reported = ask(client_page, url, method="POST", body={"feedback": [overridden]}, identity=identity)
    assert reported["status"] == (200 if TAKES_FEEDBACK else 404)


@pytest.mark.requirement("J7", "G8")
@pytest.mark.parametrize(("path", "method"), DOORS.items())
def test_a_page_can_read_that_it_has_to_prove_who_it_is(
    client_page: Page, guarded: str, path: str, method: str
) -> None:
    answer = ask(client_page, f"{guarded}{path}", method=method)
    is_open = path in ("/health", "/fhir/metadata")
    assert answer["status"] == (200 if is_open else 401)
    assert is_open or answer["headers"]["www-authenticate"] == "Bearer"
    assert answer["json"]
