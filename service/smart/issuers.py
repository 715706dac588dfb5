"""The EHRs that may open the app: who we are there, and where they let people sign in."""

from __future__ import annotations

from typing import Any, NamedTuple
from urllib.parse import urlsplit

import msgspec

from service.choices.written import secret_of, split
from service.outside.outside import Outside
from service.outside.places import locate, place
from service.outside.refusing import Refused
from service.people.people import require_libraries
from service.site.environment import variable_of
from service.site.settings import Settings, StartRefused

PATIENCE = 8.0  # seconds for each of discovery and token
MOST_BYTES = 200_000
_NEEDED = ("session_key", "public_url")
_LIBRARIES = ("authlib", "itsdangerous")


class NotOpened(Exception):
    """The app could not be opened; `is_away` when the EHR does not answer. Never holds what was answered."""

    def __init__(self, reason: str, is_away: bool = False) -> None:
        super().__init__(reason)
        self.is_away = is_away


class Issuer(NamedTuple):
    """One EHR: the base URL of its FHIR server, and our name and secret there."""

    url: str
    client: str
    secret: str


class Endpoints(NamedTuple):
    """What an EHR's SMART configuration says, as far as it is used."""

    authorization: str
    token: str
    capabilities: tuple[str, ...]
    issuer: str = ""  # what its authorization server calls itself
    says_issuer: bool = False  # in every answer (RFC 9207)


class _Configuration(msgspec.Struct):
    authorization_endpoint: str
    token_endpoint: str
    capabilities: tuple[str, ...] = ()
    code_challenge_methods_supported: tuple[str, ...] | None = None
    issuer: str = ""
    authorization_response_iss_parameter_supported: bool = False


def issuers_of(settings: Settings) -> dict[str, Issuer]:
    """By their base URLs, without slash at the end.

    Raises:
        StartRefused: settings are missing, or a secret is of no issuer.
    """
    if not settings.smart_issuers:
        if settings.smart_secrets is not None or settings.smart_frames:
            raise StartRefused(f"{variable_of('smart_issuers')}: nothing opens the app without it")
        return {}
    require_libraries(_LIBRARIES)
    if lacking := [name for name in _NEEDED if not getattr(settings, name)]:
        raise StartRefused(f"{variable_of('smart_issuers')} needs {', '.join(map(variable_of, lacking))} too")
    named = [entry.partition("=") for entry in settings.smart_issuers]
    secrets = dict(_pair(entry) for entry in split(secret_of(settings.smart_secrets)))
    found = {url.rstrip("/"): client for url, _, client in named}
    if secrets.keys() - found.keys():
        raise StartRefused(f"{variable_of('smart_secrets')}: a secret of an issuer that is not listed")
    return {url: Issuer(url, client, secrets.get(url, "")) for url, client in found.items()}


def _pair(entry: str) -> tuple[str, str]:
    """`iss=secret`: an address may hold `=` only in a query, which no base URL has."""
    url, _, secret = entry.partition("=")
    return url.rstrip("/"), secret


async def endpoints_of(issuer: Issuer, outside: Outside) -> Endpoints:
    """Where the EHR says people sign in and tokens are given. Raises NotOpened."""
    try:
        body = await outside.get(
            f"{issuer.url}/.well-known/smart-configuration", {"Accept": "application/json"}, PATIENCE
        )
        told = msgspec.json.decode(body, type=_Configuration)
    except Refused as refused:
        raise NotOpened(f"discovery {refused.name}", is_away=True) from None
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise NotOpened("discovery is not a SMART configuration") from None
    methods = told.code_challenge_methods_supported
    if methods is not None and "S256" not in methods:
        raise NotOpened("no PKCE with S256")
    for url in (told.authorization_endpoint, told.token_endpoint):
        if locate(url) is None or not (place(_base(url)).keeps_secrets):
            raise NotOpened("an endpoint that is no https URL")
    says = told.authorization_response_iss_parameter_supported
    return Endpoints(told.authorization_endpoint, told.token_endpoint, told.capabilities, told.issuer, says)


async def ask_token(endpoints: Endpoints, body: str, headers: dict[str, str], private: bool) -> dict[str, Any]:
    """The token endpoint's answer. Raises NotOpened."""
    outside = Outside((_base(endpoints.token),), private=private, most_bytes=MOST_BYTES)
    form = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
    try:
        said = await outside.post(endpoints.token, form | headers, body.encode(), PATIENCE)
        told: dict[str, Any] = msgspec.json.decode(said, type=dict[str, Any])
    except Refused as refused:
        raise NotOpened(f"token {refused.name}", is_away=refused.status is None) from None
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise NotOpened("token answer is not JSON") from None
    finally:
        await outside.close()
    return told


def _base(url: str) -> str:
    """The URL without its query."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}{parts.path}"
