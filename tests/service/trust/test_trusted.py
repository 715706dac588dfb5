"""From settings to whom is trusted: keys agreed on beforehand, keys by `jku`, and settings that stop the start."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine

from service.site.settings import Settings, StartRefused
from service.trust.distrust import Distrust, Why
from service.trust.door import open_door
from service.trust.trusted import outside_for, trusted
from tests.service.trust.tokens import ISSUER, OTHER, Signer, key_set

URL = "https://cds.example/cds-services"
JKU = f"{ISSUER}/.well-known/jwks.json"
ELSEWHERE = "https://elsewhere.example/keys"
SANDBOX, EHR = Signer(), Signer("RS384", OTHER, "rs")
PUBLISHED = {JKU: SANDBOX, ELSEWHERE: SANDBOX, f"{OTHER}/keys": EHR, "https://mine.example/?format=jwk": SANDBOX}


def settings(**changed: Any) -> Settings:
    usual = {"jwt": "required", "jwt_issuers": (ISSUER,), "audiences": ("https://cds.example",)}
    return Settings(**{**usual, **changed})


def judged(chosen: Settings, token: str) -> str:
    """The issuer of a token, or why it is not trusted."""

    async def fetch(url: str) -> bytes:
        return key_set(PUBLISHED[url])

    try:
        return asyncio.run(trusted(chosen, fetch).verify(token, (URL,))).caller.issuer
    except Distrust as distrust:
        return distrust.why


AGREED = (f"{ISSUER}={JKU}",)
TRUSTED: dict[str, tuple[dict[str, Any], dict[str, Any], str]] = {
    "keys at a URL": ({"jwt_keys": AGREED}, {}, ISSUER),
    "keys at a URL with a query": ({"jwt_keys": (f"{ISSUER}=https://mine.example/?format=jwk",)}, {}, ISSUER),
    "keys at a URL, no jku sent": ({"jwt_keys": AGREED}, {"jku": None}, ISSUER),
    "keys at a URL, another jku sent": ({"jwt_keys": AGREED}, {"jku": "https://evil.example/keys"}, ISSUER),
    "jku listed": ({"jwt_jkus": AGREED}, {}, ISSUER),
    "one of two jkus listed": ({"jwt_jkus": (*AGREED, f"{ISSUER}={ELSEWHERE}")}, {"jku": ELSEWHERE}, ISSUER),
    "jku listed, none sent": ({"jwt_jkus": AGREED}, {"jku": None}, Why.JKU),
    "jku listed, another sent": ({"jwt_jkus": AGREED}, {"jku": "https://evil.example/keys"}, Why.JKU),
    "jku listed, more of it sent": ({"jwt_jkus": AGREED}, {"jku": f"{JKU}?x=1"}, Why.JKU),
    "jku listed, part of it sent": ({"jwt_jkus": AGREED}, {"jku": JKU[:-1]}, Why.JKU),
    "jku listed, in capitals": ({"jwt_jkus": AGREED}, {"jku": JKU.upper()}, Why.JKU),
    "both, none sent": ({"jwt_keys": AGREED, "jwt_jkus": (f"{ISSUER}={ELSEWHERE}",)}, {"jku": None}, ISSUER),
    "both, one not listed sent": ({"jwt_keys": AGREED, "jwt_jkus": (f"{ISSUER}={ELSEWHERE}",)}, {}, Why.JKU),
    "a jku of another issuer": (
        {"jwt_issuers": (ISSUER, OTHER), "jwt_jkus": (*AGREED, f"{OTHER}={ELSEWHERE}")},
        {"jku": ELSEWHERE},
        Why.JKU,
    ),
}


@pytest.mark.requirement("J4", "J6")
@pytest.mark.parametrize(("changed", "header", "expected"), TRUSTED.values(), ids=TRUSTED.keys())
def test_keys_come_only_from_where_the_operator_said(
    changed: dict[str, Any], header: dict[str, Any], expected: str
) -> None:
    assert judged(settings(**changed), SANDBOX.token(URL, header)) == expected


@pytest.mark.requirement("J4")
def test_one_issuer_cannot_speak_for_another() -> None:
    both = settings(jwt_issuers=(ISSUER, OTHER), jwt_keys=(*AGREED, f"{OTHER}={OTHER}/keys"))
    assert judged(both, EHR.token(URL)) == OTHER
    assert judged(both, EHR.token(URL, iss=ISSUER)) == Why.KEY
    assert judged(both, EHR.token(URL, {"kid": SANDBOX.kid}, iss=ISSUER)) == Why.KEY


@pytest.mark.requirement("J6")
def test_keys_may_be_in_a_file(tmp_path: Path) -> None:
    file = tmp_path / "keys.json"
    file.write_bytes(key_set(SANDBOX))
    assert judged(settings(jwt_keys=(f"{ISSUER}={file}",)), SANDBOX.token(URL)) == ISSUER


@pytest.mark.parametrize(("leeway", "ahead", "holds"), [(10, 9, True), (10, 12, False), (60, 55, True)])
def test_clocks_may_differ_by_the_leeway(leeway: int, ahead: int, holds: bool) -> None:
    chosen = settings(jwt_keys=AGREED, jwt_leeway=leeway)
    now = SANDBOX.claims(URL)["iat"]
    expected = (ISSUER, ISSUER) if holds else (Why.NOT_YET, Why.EXPIRED)
    assert judged(chosen, SANDBOX.token(URL, iat=now + ahead, exp=now + 300)) == expected[0]
    assert judged(chosen, SANDBOX.token(URL, iat=now - 300, exp=now - ahead)) == expected[1]


@pytest.mark.parametrize(("lifetime", "seconds", "holds"), [(3600, 3600, True), (3600, 3601, False), (900, 901, False)])
def test_how_long_a_token_may_live_is_bounded(lifetime: int, seconds: int, holds: bool) -> None:
    chosen = settings(jwt_keys=AGREED, jwt_lifetime=lifetime)
    now = SANDBOX.claims(URL)["iat"]
    assert judged(chosen, SANDBOX.token(URL, iat=now, exp=now + seconds)) == (ISSUER if holds else Why.LIFETIME)


@pytest.mark.parametrize(("tenant", "expected"), [("a", ISSUER), ("b", ISSUER), ("c", Why.TENANT), (None, Why.TENANT)])
def test_tenants_are_let_in_by_name(tenant: str | None, expected: str) -> None:
    chosen = settings(jwt_keys=AGREED, tenants=("a", "b"))
    assert judged(chosen, SANDBOX.token(URL, tenant=tenant)) == expected


REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "nobody": ({"jwt_issuers": ()}, "lets nobody in without HORMONE_CDS_JWT_ISSUERS"),
    "an issuer without keys": ({}, f"{ISSUER} has keys in neither"),
    "no issuer in an entry": ({"jwt_keys": ("https://client.example/keys",)}, "write each entry as issuer="),
    "no place in an entry": ({"jwt_keys": (f"{ISSUER}=",)}, "write each entry as issuer="),
    "an issuer that is not listed": ({"jwt_keys": (f"{OTHER}={JKU}",)}, "is not in HORMONE_CDS_JWT_ISSUERS"),
    "two entries of one issuer": ({"jwt_keys": (*AGREED, f"{ISSUER}={ELSEWHERE}")}, "has two entries"),
    "a file in JKUS": ({"jwt_jkus": (f"{ISSUER}=/etc/keys.json",)}, "write each entry as issuer=https"),
    "keys over http": ({"jwt_keys": (f"{ISSUER}=http://client.example/keys",)}, "over https only"),
    "jkus over http": ({"jwt_jkus": (f"{ISSUER}=http://client.example/keys",)}, "over https only"),
    "keys at what is no URL": ({"jwt_keys": (f"{ISSUER}=https://user@client.example/k",)}, "keys cannot be fetched"),
    "a file that is not there": ({"jwt_keys": (f"{ISSUER}=/nowhere/keys.json",)}, "No such file"),
    "a file that is no key set": ({"jwt_keys": (f"{ISSUER}={__file__}",)}, "not a JWK set"),
    "an open address without audiences": (
        {"jwt_keys": AGREED, "audiences": (), "host": "0.0.0.0"},
        "needs HORMONE_CDS_AUDIENCES",
    ),
    "workers without a common database": ({"jwt_keys": AGREED, "workers": 2}, "that the workers share"),
}


@pytest.mark.parametrize(("changed", "said"), REFUSED.values(), ids=REFUSED.keys())
def test_settings_that_cannot_be_meant_stop_the_start(changed: dict[str, Any], said: str) -> None:
    with pytest.raises(StartRefused) as refused:
        open_door(settings(**changed), create_engine("sqlite://"))
    assert said in str(refused.value)


def test_keys_are_fetched_from_listed_addresses_alone() -> None:
    outside = outside_for(settings(jwt_keys=(f"{ISSUER}={JKU}?v=1",), jwt_jkus=(f"{ISSUER}={ELSEWHERE}",)))
    assert outside.allows(f"{JKU}?v=1")
    assert outside.allows(ELSEWHERE)
    assert not outside.allows("https://evil.example/keys")
