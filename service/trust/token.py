"""A token's parts as its sender wrote them: nothing here is proven yet."""

from __future__ import annotations

import re
from binascii import a2b_base64
from functools import lru_cache
from math import isfinite
from typing import TypeVar

import msgspec

from service.trust.distrust import Distrust, Why

ALGORITHMS = ("ES384", "RS384", "ES256", "RS256")
LONGEST = 8_192  # bytes of a token
_Part = TypeVar("_Part")
_STANDARD = bytes.maketrans(b"-_", b"+/")  # the two characters that base64url has of its own
_PARTS = re.compile(r"([\w-]+)\.([\w-]+)\.[\w-]+", re.ASCII)


class Header(msgspec.Struct, frozen=True, gc=False):
    """The part that says how the token is signed. What is not named here (`jwk`, `x5u` …) is ignored."""

    alg: str
    kid: str | msgspec.UnsetType = msgspec.UNSET
    typ: str = "JWT"
    jku: str | msgspec.UnsetType = msgspec.UNSET
    crit: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET
    b64: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET


class Claims(msgspec.Struct, frozen=True, gc=False):
    """What the token says; times are seconds since 1970. What is not named here (`sub` …) is ignored."""

    iss: str
    aud: str | tuple[str, ...]
    exp: float
    iat: float
    jti: str
    nbf: float | msgspec.UnsetType = msgspec.UNSET
    tenant: str | msgspec.UnsetType = msgspec.UNSET

    def __post_init__(self) -> None:
        if not self.jti or not isfinite(self.exp + self.iat):
            raise ValueError("jti is empty, or a time is none")

    @property
    def audiences(self) -> tuple[str, ...]:
        """Every URL the token is meant for."""
        return (self.aud,) if isinstance(self.aud, str) else self.aud


_HEADER = msgspec.json.Decoder(Header)
_CLAIMS = msgspec.json.Decoder(Claims)


def read_token(token: str) -> tuple[Header, Claims]:
    """Header and claims of a compact JWS.

    Raises:
        Distrust: it is none, it is signed in a way that is not accepted, or it lacks a claim.
    """
    found = _PARTS.fullmatch(token) if len(token) <= LONGEST else None
    if found is None:
        raise Distrust(Why.MALFORMED)
    return _header(found[1]), _decode(_CLAIMS, found[2], Why.CLAIMS)


def bytes_of(part: str) -> bytes:
    """What a part says, in base64url without padding. Raises ValueError."""
    return a2b_base64(part.encode().translate(_STANDARD) + b"=" * (-len(part) % 4))


@lru_cache(maxsize=64)  # a client signs all its tokens under the same one
def _header(part: str) -> Header:
    return _checked(_decode(_HEADER, part, Why.HEADER))


def _decode(decoder: msgspec.json.Decoder[_Part], part: str, otherwise: Why) -> _Part:
    try:
        return decoder.decode(bytes_of(part))
    except (msgspec.DecodeError, ValueError):
        raise Distrust(otherwise) from None


def _checked(header: Header) -> Header:
    if header.alg not in ALGORITHMS:
        raise Distrust(Why.ALGORITHM)
    if header.typ.upper() != "JWT":
        raise Distrust(Why.TYPE)
    if header.crit is not msgspec.UNSET or header.b64 is not msgspec.UNSET:
        raise Distrust(Why.CRITICAL)
    return header
