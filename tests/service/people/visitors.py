"""A service where people sign in, and a person with a browser of sorts."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx

from service.app import create_app
from service.site.settings import Settings
from tests.conftest import running
from tests.service.people.issuers import CLIENT, SECRET

SESSION_KEY = "a key of the tests, 32 characters or more"
GUARDED = "/codes/unmapped"
HTML = {"Accept": "text/html"}


def callback_of(port: int) -> str:
    """Where the issuer sends people back to."""
    return f"http://127.0.0.1:{port}/sign-in/callback"


@contextmanager
def service_with(issuer: str, port: int, **more: Any) -> Iterator[str]:
    """The service at that port, with people signing in at `issuer`."""
    settings = {
        "public_url": f"http://127.0.0.1:{port}",
        "oidc_issuer": issuer,
        "oidc_client_id": CLIENT,
        "oidc_client_secret": SECRET,
        "oidc_scope": "openid profile email groups",
        "oidc_allow": ("groups=stats", "email=boss-bea@clinic.example", "email=unverified-eve@clinic.example"),
        "session_key": SESSION_KEY,
    }
    with running(create_app(Settings(**(settings | more))), port=port) as address:
        yield address


@contextmanager
def visitor(address: str) -> Iterator[httpx.Client]:
    """A client that keeps cookies and follows redirects, as a browser does."""
    with httpx.Client(base_url=address, headers=HTML, follow_redirects=True, trust_env=False, timeout=10) as client:
        yield client


def sign_in(client: httpx.Client, name: str, wanted: str = GUARDED) -> httpx.Response:
    """Ask for an address and fill in whatever forms the issuer shows; where that ends."""
    answer = client.get(wanted)
    while "<form" in answer.text and "/interaction/" in str(answer.url):
        answer = client.post(_target(answer), data=_fields(answer, name))
    return answer


def _target(shown: httpx.Response) -> str:
    found = re.search(r'<form[^>]*action="([^"]+)"', shown.text)
    assert found is not None
    return str(shown.url.join(html.unescape(found[1])))


def _fields(shown: httpx.Response, name: str) -> dict[str, str]:
    hidden = dict(re.findall(r'<input type="hidden" name="(\w+)" value="(\w+)"', shown.text))
    return hidden | ({"login": name, "password": "any"} if 'name="login"' in shown.text else {})
