"""Signing in fails, and says no more, when an answer is not the provider's answer to this very question."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import httpx
import pytest
from itsdangerous import URLSafeTimedSerializer
from starlette.requests import Request
from starlette.responses import Response

from service.demo.play import free_port
from service.people.cookies import Cookie
from service.people.provider import FRESH, PAUSE, USABLE, NotSignedIn, Provider
from service.site.settings import Settings
from tests.service.people.issuers import CLIENT, CLIENT_SECRET, NONE, OTHER, SECRET, Issuer
from tests.service.people.visitors import GUARDED, HTML, SESSION_KEY, service_with, sign_in, visitor

ELSEWHERE = "https://elsewhere.example"
PERSON = "hormone-cds-person"


@pytest.fixture
def liar(issuer: Issuer) -> Iterator[Issuer]:
    """Our issuer, honest again afterwards."""
    issuer.name, issuer.lies = "stats-anna", {}
    yield issuer
    issuer.lies = {}


@pytest.fixture
def person(service: str) -> Iterator[httpx.Client]:
    """Somebody with a browser, new to the service."""
    with visitor(service) as client:
        yield client


LIES: dict[str, dict[str, Any]] = {
    "another state": {"back": {"state": "stolen"}},
    "no code": {"back": {"code": ""}},
    "an error": {"back": {"error": "access_denied", "error_description": "zq"}},
    "another nonce": {"id_token": {"nonce": "replayed"}},
    "no nonce": {"id_token": {"nonce": ""}},
    "for another client": {"id_token": {"aud": "another"}},
    "for another client by way of us": {"id_token": {"aud": ["another"], "azp": "hormone-cds"}},
    "for nobody": {"id_token": {"aud": ""}},
    "of another issuer": {"id_token": {"iss": ELSEWHERE}},
    "of no issuer": {"id_token": {"iss": ""}},
    "too old": {"id_token": {"exp": int(time.time()) - 3600, "iat": int(time.time()) - 7200}},
    "without end": {"id_token": {"exp": 0}},
    "about nobody": {"id_token": {"sub": ""}},
    "signed with another key": {"key": OTHER},
    "signed with the client's secret": {"alg": "HS256", "key": CLIENT_SECRET},
    "not signed": {"alg": "none", "key": NONE},
    "no identity": {"token": {"id_token": None}},
    "identity is no token": {"token": {"id_token": "x.y.z"}},
    "a number for an identity": {"token": {"id_token": 5}},
    "not JSON": {"raw": "<html>"},
    "a list": {"raw": "[]"},
    "two subjects": {"userinfo": {"sub": "stats-bob"}},
}


@pytest.mark.parametrize("lie", LIES)
def test_an_answer_that_cannot_be_trusted_signs_nobody_in(person: httpx.Client, liar: Issuer, lie: str) -> None:
    liar.lies = LIES[lie]
    shown = sign_in(person, "stats-anna")
    assert shown.status_code == 400
    assert "Signing in did not work." in shown.text
    assert "zq" not in shown.text
    assert PERSON not in person.cookies
    liar.lies = {}
    assert sign_in(person, "stats-anna").status_code == 200


METADATA: dict[str, dict[str, Any]] = {
    "another issuer": {"issuer": ELSEWHERE},
    "no issuer": {"issuer": ""},
    "no address to go to": {"authorization_endpoint": ""},
}


def provider_at(issuer: Issuer, now: Callable[[], float] = time.monotonic) -> Provider:
    """The issuer, as the service comes to know it."""
    public_url = issuer.callback.removesuffix("/sign-in/callback")
    ours = Settings(oidc_issuer=issuer.address, oidc_client_id=CLIENT, oidc_client_secret=SECRET, public_url=public_url)
    return Provider(ours, now)


def request_with(session: dict[str, Any], query: str = "") -> Request:
    """A person's request."""
    return Request({"type": "http", "method": "GET", "query_string": query.encode(), "session": session})


@pytest.mark.parametrize("lie", METADATA)
def test_a_provider_that_says_it_is_another_is_not_gone_to(liar: Issuer, lie: str) -> None:
    liar.lies = {"metadata": METADATA[lie]}
    with pytest.raises(NotSignedIn):
        asyncio.run(provider_at(liar).send_there(request_with({})))


def test_a_provider_that_tells_no_more_and_lists_no_algorithms_is_enough(liar: Issuer) -> None:
    metadata = {"userinfo_endpoint": "", "id_token_signing_alg_values_supported": ""}
    liar.lies = {"metadata": metadata, "id_token": {"groups": "stats"}}

    async def sign_in_there() -> Mapping[str, Any]:
        provider, session = provider_at(liar), dict[str, Any]()
        there = await provider.send_there(request_with(session))
        back = await asyncio.to_thread(httpx.get, there.headers["location"], trust_env=False)
        return await provider.claims(request_with(session, back.headers["location"].partition("?")[2]))

    assert asyncio.run(sign_in_there())["groups"] == "stats"


def test_a_provider_that_is_away_is_said_to_be() -> None:
    port = free_port(0)
    with service_with(f"http://127.0.0.1:{free_port(0)}", port) as address, visitor(address) as person:
        shown = person.get("/sign-in")
    assert shown.status_code == 503
    assert "does not answer" in shown.text


async def asked(provider: Provider) -> bool:
    """Whether somebody is sent to the provider."""
    try:
        await provider.send_there(request_with({}))
    except NotSignedIn:
        return False
    return True


async def all_asked(provider: Provider, people: int) -> list[bool]:
    """Several people at once."""
    return await asyncio.gather(*[asked(provider) for _ in range(people)])


def test_however_many_people_come_the_provider_is_asked_about_itself_once_an_hour(liar: Issuer) -> None:
    now, before = [0.0], liar.described
    provider = provider_at(liar, lambda: now[0])
    assert all(asyncio.run(all_asked(provider, 20)))
    now[0] = FRESH
    assert asyncio.run(asked(provider))
    assert liar.described == before + 1
    now[0] = FRESH + 1
    liar.lies = {"metadata": METADATA["another issuer"]}
    assert all(asyncio.run(all_asked(provider, 20)))  # by what it said before
    assert liar.described == before + 2
    now[0] = USABLE + 1
    assert not asyncio.run(asked(provider))
    assert liar.described == before + 3


def test_a_provider_that_fails_is_not_asked_again_for_each_visitor(liar: Issuer) -> None:
    now, before = [0.0], liar.described
    provider = provider_at(liar, lambda: now[0])
    liar.lies = {"metadata": METADATA["another issuer"]}
    assert not any(asyncio.run(all_asked(provider, 20)))
    liar.lies = {}
    assert not asyncio.run(asked(provider))
    assert liar.described == before + 1
    now[0] = PAUSE
    assert asyncio.run(asked(provider))
    assert liar.described == before + 2


def test_who_waits_for_the_provider_may_go_away_without_ending_it_for_others(liar: Issuer) -> None:
    provider, before = provider_at(liar), liar.described

    async def one_leaves() -> bool:
        leaving = asyncio.create_task(asked(provider))
        staying = asyncio.create_task(asked(provider))
        await asyncio.sleep(0)
        leaving.cancel()
        return await staying

    assert asyncio.run(one_leaves())
    assert liar.described == before + 1


def test_an_answer_counts_once(person: httpx.Client, liar: Issuer) -> None:
    shown = sign_in(person, "stats-anna")
    (back,) = (str(step.url) for step in shown.history if "/sign-in/callback" in str(step.url))
    person.cookies.delete(PERSON)
    assert person.get(back).status_code == 400


def test_an_answer_that_another_browser_asked_for_signs_nobody_in(service: str, liar: Issuer) -> None:
    with visitor(service) as attacker, visitor(service) as victim:
        attacker.follow_redirects = False
        there = attacker.get(attacker.get("/sign-in").headers["location"])
        assert victim.get(there.headers["location"]).status_code == 400
        assert PERSON not in victim.cookies


OUTSIDE = [
    ELSEWHERE,
    "//elsewhere.example/",
    "///elsewhere.example",
    "/\\elsewhere.example",
    "\\\\elsewhere.example",
    "https:elsewhere.example",
    "javascript:alert(1)",
    ".elsewhere.example/",
    "@elsewhere.example/",
    "/x\r\nSet-Cookie: a=b",
    "/\t/elsewhere.example",
    "/é",
    "",
]


@pytest.mark.parametrize("wanted", OUTSIDE)
def test_nobody_is_sent_elsewhere_after_signing_in(person: httpx.Client, wanted: str) -> None:
    answer = person.get("/sign-in", params={"next": wanted}, follow_redirects=False)
    assert answer.status_code == 400
    assert answer.json()["issue"][0]["expression"] == ["next"]
    assert "elsewhere" not in answer.text


def test_cookies_are_for_the_server_alone_and_hold_no_token(service: str, liar: Issuer) -> None:
    with visitor(service) as person:
        shown = sign_in(person, "stats-anna")
    set_cookies = [text for step in shown.history for text in step.headers.get_list("set-cookie")]
    written = [text for text in set_cookies if text.startswith("hormone-cds")]
    assert len(written) == 4  # under way, signed in, no longer under way, nor signed out
    assert all("httponly" in text.lower() and "samesite=lax" in text.lower() for text in written)
    sealed = person.cookies[PERSON]
    content = URLSafeTimedSerializer(SESSION_KEY, salt=PERSON).loads_unsafe(sealed)[1]
    assert content == {"subject": "stats-anna", "name": "stats-anna"}


FORGED = {
    "with another key": URLSafeTimedSerializer("another key", salt=PERSON).dumps({"subject": "x", "name": "x"}),
    "empty": "",
    "noise": "a.b.c",
}


@pytest.mark.parametrize("kind", FORGED)
def test_a_forged_cookie_opens_nothing(service: str, kind: str) -> None:
    answer = httpx.get(f"{service}{GUARDED}", cookies={PERSON: FORGED[kind]}, trust_env=False)
    assert answer.status_code == 401


def test_the_cookie_of_one_on_the_way_is_no_session(person: httpx.Client) -> None:
    person.get("/sign-in", follow_redirects=False)
    (under_way,) = [cookie.value for cookie in person.cookies.jar if cookie.name == "hormone-cds-sign-in"]
    answer = person.get(GUARDED, headers={"Accept": "*/*", "Cookie": f"{PERSON}={under_way}"})
    assert answer.status_code == 401


def test_signing_out_needs_the_session_so_that_no_other_page_can_do_it(service: str) -> None:
    answer = httpx.post(f"{service}/sign-out", headers=HTML, trust_env=False)
    assert answer.status_code == 200
    assert "set-cookie" not in answer.headers


@pytest.mark.parametrize(
    ("url", "below", "path", "secure"),
    [
        ("https://cds.example", "", "/", True),
        ("https://cds.example/hormones", "", "/hormones", True),
        ("https://cds.example/hormones", "/sign-in", "/hormones/sign-in", True),
        ("http://127.0.0.1:8000", "/sign-in", "/sign-in", False),
    ],
)
def test_a_cookie_goes_only_where_it_is_needed(url: str, below: str, path: str, secure: bool) -> None:
    answer = Response()
    Cookie("c", SESSION_KEY, 60, url, below).write(answer, {})
    said = answer.headers["set-cookie"]
    assert f"Path={path};" in said
    assert "Max-Age=60;" in said
    assert ("Secure" in said) == secure


def test_a_session_ends_on_time() -> None:
    answer, ended = Response(), Cookie("c", SESSION_KEY, -1, "http://127.0.0.1")
    ended.write(answer, {"subject": "x"})
    sealed = answer.headers["set-cookie"].partition(";")[0].partition("=")[2]
    assert ended.read({"c": sealed}) is None
    assert Cookie("c", SESSION_KEY, 60, "http://127.0.0.1").read({"c": sealed}) == {"subject": "x"}
