"""Who is looking: a person with a session, or, where nobody can sign in, someone on this machine."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from importlib.util import find_spec
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

import msgspec
from starlette.datastructures import Headers
from starlette.requests import HTTPConnection
from starlette.types import Scope

from service.choices.written import secret_of
from service.people.cookies import Cookie
from service.site.environment import variable_of
from service.site.settings import Settings, StartRefused

SESSION, UNDER_WAY, LEFT = "hormone-cds-person", "hormone-cds-sign-in", "hormone-cds-left"
SIGN_IN, CALLBACK, SIGNED_IN, SIGN_OUT = "/sign-in", "/sign-in/callback", "/sign-in/done", "/sign-out"
UNDER_WAY_LIFE = 600  # seconds that somebody may take at the provider
LEFT_LIFE = 30 * 86_400  # seconds after signing out, in which the provider's own session may go on
_ISSUER = variable_of("oidc_issuer")
_USELESS = ("oidc_client_id", "oidc_client_secret", "oidc_allow")  # without an issuer
_NEEDED = ("oidc_client_id", "oidc_allow", "session_key", "public_url")
_LIBRARIES = ("authlib", "httpx2", "itsdangerous")
_FORWARDED = ("forwarded", "via", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "x-real-ip")
_HERE = ("localhost", "127.0.0.1", "::1")


class Person(msgspec.Struct, frozen=True):
    """Who signed in, as the provider calls them."""

    subject: str
    name: str


@dataclass(frozen=True, slots=True)
class Session:
    """Signing in, where it is set: the cookies of people, of those on their way to the provider, and of browsers in
    which somebody signed out."""

    settings: Settings
    cookie: Cookie
    under_way: Cookie
    left: Cookie

    def person(self, scope: Scope) -> Person | None:
        """Who sent this request, if they signed in."""
        content = self.cookie.read(HTTPConnection(scope).cookies)
        return None if content is None else msgspec.convert(content, Person)


def open_session(settings: Settings) -> Session | None:
    """How people sign in; None where they cannot.

    Raises:
        StartRefused: settings of it are missing, stray, or would send secrets over the network in the open.
    """
    _require_whole(settings)
    if settings.oidc_issuer is None:
        return None
    key, url = secret_of(settings.session_key), str(settings.public_url)
    person = Cookie(SESSION, key, settings.session_minutes * 60, url)
    under_way = Cookie(UNDER_WAY, key, UNDER_WAY_LIFE, url, SIGN_IN)
    return Session(settings, person, under_way, Cookie(LEFT, key, LEFT_LIFE, url, SIGN_IN))


def _require_whole(settings: Settings) -> None:
    if settings.oidc_issuer is None:
        _require_none(settings)
        return
    require_libraries(_LIBRARIES)
    if lacking := [name for name in _NEEDED if not getattr(settings, name)]:
        raise StartRefused(f"{_ISSUER}: signing in needs {', '.join(map(variable_of, lacking))} too")
    for name in ("oidc_issuer", "public_url"):
        if not _is_private(getattr(settings, name)):
            raise StartRefused(f"{variable_of(name)}: signing in needs https, or an address of this machine")


def _require_none(settings: Settings) -> None:
    if stray := [name for name in _USELESS if getattr(settings, name)]:
        raise StartRefused(f"{', '.join(map(variable_of, stray))}: nobody signs in without {_ISSUER}")


def require_libraries(names: Iterable[str]) -> None:
    """Refuse to start where libraries of signing in are not installed."""
    if not all(map(find_spec, names)):
        raise StartRefused(f"{_ISSUER}: signing in needs pip install 'hormone-cds[sign-in]'")


def _is_private(url: str) -> bool:
    parts = urlsplit(url)
    return parts.scheme == "https" or parts.hostname in _HERE


def is_on_this_machine(scope: Scope) -> bool:
    """Whether the caller sits here, and is neither a proxy nor a page of another site that a browser here shows."""
    headers = Headers(scope=scope)
    # nginx as it comes speaks HTTP/1.0 to us and adds none of these headers.
    is_relayed = scope.get("http_version") == "1.0" or any(name in headers for name in _FORWARDED)
    # A form of our own pages brings an Origin too (null, by their policy); of whom it is only the browser can say.
    is_foreign = "origin" in headers and headers.get("sec-fetch-site") != "same-origin"
    return not (is_relayed or is_foreign) and _is_loopback(scope.get("client")) and _host(headers) in _HERE


def _host(headers: Headers) -> str | None:
    # Another name than our own would be of a page whose name was made to lead here.
    try:
        return urlsplit(f"//{headers.get('host', '')}").hostname
    except ValueError:
        return None


def _is_loopback(client: Any) -> bool:
    try:
        return client is not None and ip_address(client[0]).is_loopback
    except ValueError:
        return False
