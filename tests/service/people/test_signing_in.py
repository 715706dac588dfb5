"""People sign in at the site's OpenID provider, see what is for people, and sign out; nobody else sees it."""

from __future__ import annotations

import logging

import httpx
import pytest

from service.demo.play import free_port
from tests.service.people.conftest import Place
from tests.service.people.issuers import Issuer, npm_issuer
from tests.service.people.visitors import GUARDED, callback_of, service_with, sign_in, visitor

ANY = {"Accept": "*/*"}
PEOPLE = [
    ("stats-anna", 200),  # a group that is allowed
    ("boss-bea", 200),  # an e-mail address that is
    ("nurse-carl", 403),
    ("unverified-eve", 403),  # an e-mail address that she only claims to have
]


@pytest.mark.parametrize(("name", "status"), PEOPLE)
def test_those_whom_the_site_allows_sign_in_and_see_what_they_asked_for(
    place: Place, person: httpx.Client, name: str, status: int
) -> None:
    place.be(name)
    shown = sign_in(person, name, f"{GUARDED}?a=b%20c")
    assert shown.status_code == status
    assert str(shown.url).endswith(f"{GUARDED}?a=b%20c") == (status == 200)
    assert person.get(GUARDED, headers=ANY).status_code == (200 if status == 200 else 401)


def test_the_page_after_signing_in_names_the_person_and_signs_out(place: Place, person: httpx.Client) -> None:
    place.be("stats-anna")
    shown = sign_in(person, "stats-anna", "/sign-in")
    assert "stats-anna" in shown.text
    assert "form-action 'self'" in shown.headers["content-security-policy"]
    assert "signed out" in person.post("/sign-out").text
    assert not {cookie.name for cookie in person.cookies.jar} & {"hormone-cds-person", "hormone-cds-sign-in"}
    assert person.get(GUARDED, headers=ANY).status_code == 401
    assert "Nobody is signed in" in person.get("/sign-in/done").text


def test_who_signed_out_has_to_prove_again_who_they_are(service: str, issuer: Issuer) -> None:
    def is_asked_anew() -> bool:
        at_provider = person.get("/sign-in", follow_redirects=False).headers["location"]
        return "prompt=login" in at_provider

    issuer.name = "stats-anna"
    with visitor(service) as person:
        person.post("/sign-out")  # of nobody: as a page of another site would, whose form brings no cookie
        assert not is_asked_anew()
        sign_in(person, "stats-anna")
        person.post("/sign-out")
        assert is_asked_anew()
        sign_in(person, "stats-anna")
        assert not is_asked_anew()


def test_what_people_see_is_kept_by_no_cache(place: Place, person: httpx.Client) -> None:
    place.be("stats-anna")
    assert sign_in(person, "stats-anna").headers["cache-control"] == "private, no-store"
    for path in ("/sign-in/done", "/sign-in/callback"):
        assert person.get(path).headers["cache-control"] == "private, no-store"


def test_a_public_client_signs_people_in_by_pkce_alone() -> None:
    port = free_port(0)
    with (
        npm_issuer(callback_of(port), secret="") as at,
        service_with(at, port, oidc_client_secret=None) as address,
        visitor(address) as person,
    ):
        assert sign_in(person, "stats-anna").status_code == 200


def test_no_log_holds_what_proves_a_sign_in(
    place: Place, person: httpx.Client, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    place.be("stats-anna")
    assert sign_in(person, "stats-anna").status_code == 200
    libraries = [record for record in caplog.records if record.name.partition(".")[0] in ("authlib", "httpcore2")]
    assert not [record.name for record in libraries if record.levelno < logging.INFO]
    assert "code_verifier" not in caplog.text


def test_a_program_without_a_session_is_refused_without_details(service: str) -> None:
    answer = httpx.get(f"{service}{GUARDED}", trust_env=False)
    assert (answer.status_code, answer.headers["www-authenticate"]) == (401, "Bearer")
    assert answer.json()["issue"] == [{"severity": "error", "code": "login", "diagnostics": "Sign in first."}]


@pytest.mark.parametrize("path", ["/", "/health", "/cds-services", "/openapi", "/codesearch", "/static/style.css"])
def test_everything_else_needs_no_session(service: str, path: str) -> None:
    answer = httpx.get(f"{service}{path}", headers={"Accept": "text/html"}, trust_env=False)
    assert answer.status_code == (404 if path == "/codesearch" else 200)
