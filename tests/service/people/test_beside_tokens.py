"""Where every call needs a token, people with a browser still get in by signing in, and only where people look."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from service.demo.play import free_port
from tests.service.people.issuers import own_issuer
from tests.service.people.visitors import GUARDED, callback_of, service_with, sign_in, visitor
from tests.service.trust.tokens import Signer, bearer, key_set

SIGNER = Signer("ES384")
PAGES = ["/", "/protocols/testosterone-men", "/openapi", GUARDED]
ROUTES = [*PAGES, "/cds-services", "/fhir/CodeSystem"]
ANY = {"Accept": "*/*"}


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A service that asks for tokens, and where people sign in."""
    port = free_port(0)
    with (
        own_issuer(callback_of(port)) as issuer,
        service_with(issuer.address, port, **trusting(tmp_path_factory)) as at,
    ):
        yield at


def trusting(tmp_path_factory: pytest.TempPathFactory) -> dict[str, object]:
    """Settings that trust one client."""
    keys: Path = tmp_path_factory.mktemp("keys") / "keys.json"
    keys.write_bytes(key_set(SIGNER))
    return {"jwt": "required", "jwt_issuers": (SIGNER.issuer,), "jwt_keys": (f"{SIGNER.issuer}={keys}",)}


@pytest.mark.parametrize("path", ROUTES)
def test_nobody_gets_in_without_token_and_session(service: str, path: str) -> None:
    answer = httpx.get(f"{service}{path}", headers=ANY, trust_env=False)
    assert answer.status_code == 401
    assert answer.json()["resourceType"] == "OperationOutcome"


@pytest.mark.parametrize("path", PAGES)
def test_a_browser_is_led_to_sign_in_and_back(service: str, path: str) -> None:
    with visitor(service) as person:
        shown = sign_in(person, "stats-anna", path)
    assert shown.status_code == 200
    assert str(shown.url) == f"{service}{path}"


def test_a_session_is_for_looking_and_trying_and_not_for_judging(service: str) -> None:
    with visitor(service) as person:
        sign_in(person, "stats-anna")
        assert person.get("/cds-services", headers=ANY).status_code == 200
        assert person.post("/evaluate", json={"resourceType": "Bundle"}).status_code == 401
        assert person.get("/", headers=bearer("wrong")).status_code == 401
        tried = person.post("/try", files={"sample": (None, "hematocrit")}, headers=ANY)
        assert tried.status_code == 200
        assert "Authorization: Bearer" in tried.text
        assert tried.headers["cache-control"] == "private, no-store"
        assert "signed out" in person.post("/sign-out").text
        assert person.post("/try", files={"sample": (None, "hematocrit")}, headers=ANY).status_code == 401
        assert person.get("/", headers=ANY).status_code == 401


def test_a_token_is_enough_where_people_look(service: str) -> None:
    url = f"{service}{GUARDED}"
    answer = httpx.get(url, headers=bearer(SIGNER.token(url)), trust_env=False)
    assert answer.status_code == 200


def test_without_signing_in_a_token_is_needed_on_this_machine_too(tmp_path_factory: pytest.TempPathFactory) -> None:
    none = dict.fromkeys(("oidc_issuer", "oidc_client_id", "oidc_client_secret", "session_key"))
    port = free_port(0)
    with service_with("", port, **none, oidc_allow=(), **trusting(tmp_path_factory)) as address:
        url = f"{address}{GUARDED}"
        assert httpx.get(url, headers={"Accept": "text/html"}, trust_env=False).status_code == 401
        assert httpx.get(url, headers=bearer(SIGNER.token(url)), trust_env=False).status_code == 200
