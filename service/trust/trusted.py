"""From the settings to what a site trusts; what cannot be meant stops the start."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from pathlib import Path
from urllib.parse import urlsplit

from service.outside.outside import Outside
from service.site.environment import variable_of
from service.site.settings import Settings, StartRefused
from service.trust.audience import LOOPBACK
from service.trust.key_source import Fetch, KeySource, Terms
from service.trust.keys import MOST_BYTES, read_keys
from service.trust.verify import Issuer, Verifier

_URL = ("https://", "http://")


def trusted(settings: Settings, fetch: Fetch) -> Verifier:
    """Whom the settings trust. `fetch` brings what is at a URL; files are read here.

    Raises:
        StartRefused: nobody could get in, or more than were meant; a key file is broken.
    """
    _require_whole(settings)
    agreed = dict(_pairs(settings, "jwt_keys"))
    jkus = tuple(_pairs(settings, "jwt_jkus"))
    terms = Terms(settings.jwt_keys_fresh, settings.jwt_keys_usable)
    issuers = {
        name: Issuer(
            _source(agreed[name], fetch, terms) if name in agreed else None,
            {url: KeySource(url, fetch, terms) for issuer, url in jkus if issuer == name},
        )
        for name in settings.jwt_issuers
    }
    return Verifier(issuers, settings.tenants, settings.jwt_leeway, settings.jwt_lifetime)


def bases(settings: Settings) -> Sequence[str]:
    """The addresses under which clients call; none: as called, on loopback."""
    return settings.audiences or tuple(url for url in (settings.public_url,) if url)


def outside_for(settings: Settings) -> Outside:
    """The way to every address that keys may be fetched from, and to no other. It may lie in the site's own network.

    Raises:
        StartRefused: an address cannot be meant.
    """
    pairs = (*_pairs(settings, "jwt_keys"), *_pairs(settings, "jwt_jkus"))
    urls = [place for _, place in pairs if place.startswith(_URL)]
    for url in urls:
        if url.startswith("http://") and urlsplit(url).hostname not in LOOPBACK:
            raise StartRefused(f"keys are fetched over https only, not from {url}")
    try:
        return Outside((url.partition("?")[0] for url in urls), private=True, most_bytes=MOST_BYTES)
    except ValueError as error:
        raise StartRefused(f"keys cannot be fetched: {error}") from None


def _require_whole(settings: Settings) -> None:
    if not settings.jwt_issuers:
        raise StartRefused(f"{variable_of('jwt')}=required lets nobody in without {variable_of('jwt_issuers')}")
    if not bases(settings) and settings.host not in LOOPBACK:
        needed = f"{variable_of('audiences')} (or {variable_of('public_url')})"
        raise StartRefused(f"{variable_of('jwt')}=required needs {needed}: the addresses under which clients call")
    if settings.workers > 1 and settings.database_url in ("sqlite://", "sqlite:///:memory:"):
        shared = f"{variable_of('database_url')} that the workers share: each would take a used token once"
        raise StartRefused(f"{variable_of('jwt')}=required with several workers needs a {shared}")
    with_keys = {issuer for name in ("jwt_keys", "jwt_jkus") for issuer, _ in _pairs(settings, name)}
    for issuer in settings.jwt_issuers:
        if issuer not in with_keys:
            raise StartRefused(f"{variable_of('jwt_issuers')}: {issuer} has keys in neither JWT_KEYS nor JWT_JKUS")


def _pairs(settings: Settings, name: str) -> Iterator[tuple[str, str]]:
    """Entries `issuer=place` of a setting."""
    seen = set()
    for entry in getattr(settings, name):
        issuer, _, place = entry.partition("=")
        if not issuer or not place or (name == "jwt_jkus" and not place.startswith(_URL)):
            raise StartRefused(f"{variable_of(name)}: write each entry as issuer=https://…, not {entry}")
        if issuer not in settings.jwt_issuers:
            raise StartRefused(f"{variable_of(name)}: {issuer} is not in {variable_of('jwt_issuers')}")
        if name == "jwt_keys" and issuer in seen:
            raise StartRefused(f"{variable_of(name)}: {issuer} has two entries")
        seen.add(issuer)
        yield issuer, place


def _source(place: str, fetch: Fetch, terms: Terms) -> KeySource:
    if place.startswith(_URL):
        return KeySource(place, fetch, terms)
    try:
        read_keys(Path(place).read_bytes())
    except OSError as error:
        raise StartRefused(f"{variable_of('jwt_keys')}: {place}: {error.strerror}") from None
    except ValueError as error:
        raise StartRefused(f"{variable_of('jwt_keys')}: {place}: {error}") from None
    return KeySource(place, read_file, terms)


async def read_file(place: str) -> bytes:
    """What a key file holds now. Raises OSError."""
    return await asyncio.to_thread(Path(place).read_bytes)
