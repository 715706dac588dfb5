"""A call that does not prove who sends it is refused, always with the same words; the log says why, and no more."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from typing import Any, NamedTuple

import httpx
import pytest

from service.app import create_app
from service.site.settings import Settings
from service.trust.distrust import Why
from tests.conftest import running
from tests.service.trust.key_server import publishing
from tests.service.trust.tokens import ISSUER, OTHER, Signer, bearer, key_set
from tests.service.trust.wrong import WRONG, Wrong

SANDBOX, EHR = Signer(tenant="clinic-a"), Signer("RS384", OTHER, "rs")
PATH = "/cds-services"


class Site(NamedTuple):
    """A guarded service, and the URL of its discovery."""

    client: httpx.Client
    url: str


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    with publishing(key_set(SANDBOX)) as mine, publishing(key_set(EHR)) as others:
        settings = Settings(
            jwt="required",
            jwt_issuers=(ISSUER, OTHER),
            jwt_keys=(f"{ISSUER}={mine.url}", f"{OTHER}={others.url}"),
            tenants=("clinic-a",),
        )
        with running(create_app(settings)) as address, httpx.Client(base_url=address, trust_env=False) as client:
            yield Site(client, address + PATH)


@pytest.mark.requirement("J3")
@pytest.mark.parametrize(
    "claims",
    [
        {},
        {"aud": ["https://other.example", "{url}"]},
        {"sub": "48163c5e-88b5-4cb3-92d3-23b800caa927", "nbf": 0},
        {"extension": {"a": [1]}},
    ],
    ids=["the sandbox's", "several audiences", "Epic's", "unknown claims"],
)
def test_a_token_as_clients_send_it_is_let_in(site: Site, claims: dict[str, Any]) -> None:
    if "aud" in claims:
        claims = claims | {"aud": [value.format(url=site.url) for value in claims["aud"]]}
    assert site.client.get(PATH, headers=bearer(SANDBOX.token(site.url, **claims))).status_code == 200


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER", "Bearer "])
def test_the_scheme_is_read_in_any_case(site: Site, scheme: str) -> None:
    assert site.client.get(PATH, headers={"Authorization": f"{scheme} {SANDBOX.token(site.url)}"}).status_code == 200


@pytest.mark.parametrize(
    "header", [{"typ": "jwt"}, {"typ": None}, {"kid": None}, {"jwk": {}, "x5u": "https://evil.example"}]
)
def test_what_a_header_may_lack_or_hold_without_harm(site: Site, header: dict[str, Any]) -> None:
    token = SANDBOX.token(site.url, header)
    assert site.client.get(PATH, headers=bearer(token)).status_code == 200


@pytest.mark.requirement("J3", "J4", "J5", "J7")
@pytest.mark.parametrize(("why", "wrong"), WRONG.values(), ids=WRONG.keys())
def test_a_wrong_token_is_refused_without_details(
    site: Site, why: Why, wrong: Wrong, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    headers = wrong(SANDBOX, site.url)
    answer = site.client.get(PATH, headers=headers)
    nothing = site.client.get(PATH)
    assert answer.status_code == nothing.status_code == 401
    assert answer.content == nothing.content
    assert answer.headers["www-authenticate"] == "Bearer"
    assert f"a call was refused: {why}" in caplog.text
    for _, value in headers.items() if isinstance(headers, dict) else headers:
        for part in value.replace(".", " ").split():
            assert len(part) < 8 or part not in caplog.text
