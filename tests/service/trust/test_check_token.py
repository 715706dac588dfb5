"""`hormone-cds check-token` says to an operator why a token is refused; the token is never printed nor used up."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from service.cli import app
from service.trust.distrust import Why
from tests.service.trust.key_server import publishing
from tests.service.trust.tokens import ISSUER, Signer, key_set

URL = "https://cds.example/cds-services"
SANDBOX = Signer()


def check(monkeypatch: pytest.MonkeyPatch, token: str, url: str = URL, **variables: str) -> tuple[int, str]:
    """The command's status and everything it printed."""
    usual = {"JWT_ISSUERS": ISSUER, "AUDIENCES": "https://cds.example"}
    for name, value in {**usual, **variables}.items():
        monkeypatch.setenv(f"HORMONE_CDS_{name}", value)
    done = CliRunner().invoke(app, ["check-token", url], input=token)
    return done.exit_code, done.output


@pytest.fixture
def keys(tmp_path: Path) -> str:
    file = tmp_path / "keys.json"
    file.write_bytes(key_set(SANDBOX))
    return f"{ISSUER}={file}"


@pytest.mark.parametrize("written", ["{}", "Bearer {}", "  {}\n"])
def test_a_good_token_holds_as_often_as_it_is_asked(monkeypatch: pytest.MonkeyPatch, keys: str, written: str) -> None:
    token = SANDBOX.token(URL)
    for _ in range(2):
        status, said = check(monkeypatch, written.format(token), JWT_KEYS=keys)
        assert (status, said.startswith(f"holds, from {ISSUER}")) == (0, True)


@pytest.mark.parametrize(
    ("claims", "url", "why"),
    [
        ({"exp": 1, "iat": 0}, URL, Why.EXPIRED),
        ({}, f"{URL}/feedback", Why.AUDIENCE),
        ({"aud": "https://other.example/cds-services"}, "https://other.example/cds-services", Why.AUDIENCE),
        ({"iss": "https://evil.example"}, URL, Why.ISSUER),
        ({"iat": time.time() + 10_000, "exp": time.time() + 10_300}, URL, Why.NOT_YET),
    ],
)
def test_the_reason_is_said_and_the_token_is_not(
    monkeypatch: pytest.MonkeyPatch, keys: str, claims: dict[str, Any], url: str, why: Why
) -> None:
    token = SANDBOX.token(URL, **claims)
    status, said = check(monkeypatch, token, url, JWT_KEYS=keys)
    assert (status, said.strip()) == (1, f"refused: {why}")
    assert not any(part in said for part in token.split("."))


def test_keys_are_fetched_as_the_service_would(monkeypatch: pytest.MonkeyPatch) -> None:
    with publishing(key_set(SANDBOX)) as server:
        status, said = check(monkeypatch, SANDBOX.token(URL), JWT_KEYS=f"{ISSUER}={server.url}")
        assert (status, server.asked) == (0, 1)
        server.status = 500
        status, said = check(monkeypatch, SANDBOX.token(URL), JWT_KEYS=f"{ISSUER}={server.url}")
    assert (status, said.strip()) == (1, f"refused: {Why.KEYS_AWAY}")


def test_without_audiences_a_url_on_loopback_may_be_checked(monkeypatch: pytest.MonkeyPatch, keys: str) -> None:
    url = "http://127.0.0.1:8000/cds-services"
    assert check(monkeypatch, SANDBOX.token(url), url, JWT_KEYS=keys, AUDIENCES="")[0] == 0
    assert check(monkeypatch, SANDBOX.token(URL), URL, JWT_KEYS=keys, AUDIENCES="")[0] == 1


def test_settings_that_trust_nobody_are_said(monkeypatch: pytest.MonkeyPatch) -> None:
    status, said = check(monkeypatch, "x", JWT_ISSUERS="")
    assert status == 1
    assert "HORMONE_CDS_JWT_ISSUERS" in said
