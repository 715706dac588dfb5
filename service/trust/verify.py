"""Judges one token for one call: who sent it, or why it proves nothing."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass

import msgspec

from service.trust.distrust import Distrust, Why
from service.trust.key_source import KeySource
from service.trust.token import Claims, Header, read_token


class Caller(msgspec.Struct, frozen=True):
    """Who called, proven by a token."""

    issuer: str
    tenant: str | None


class Proven(msgspec.Struct, frozen=True):
    """A token that holds unless it was used before; it stops counting at `until`, in seconds since 1970."""

    caller: Caller
    jti: str
    until: float


@dataclass(frozen=True, slots=True)
class Issuer:
    """Where the keys of one issuer are: those agreed on beforehand, and those a token may point to by `jku`."""

    agreed: KeySource | None
    by_jku: Mapping[str, KeySource]

    def source_for(self, header: Header) -> KeySource:
        """The keys for a token. Where no `jku` is listed, a token's own is ignored.

        Raises:
            Distrust: it points to keys that are not listed.
        """
        if header.jku is not msgspec.UNSET and self.by_jku:
            if header.jku not in self.by_jku:
                raise Distrust(Why.JKU)
            return self.by_jku[header.jku]
        if self.agreed is None:
            raise Distrust(Why.JKU)
        return self.agreed


@dataclass(frozen=True, slots=True)
class Verifier:
    """What a site trusts. Times are in seconds; no `tenants` means that any is welcome, and none too."""

    issuers: Mapping[str, Issuer]
    tenants: Collection[str]
    leeway: float
    lifetime: float
    now: Callable[[], float] = time.time

    @property
    def sources(self) -> tuple[KeySource, ...]:
        """Every place that keys come from."""
        found = [source for one in self.issuers.values() for source in (one.agreed, *one.by_jku.values())]
        return tuple(source for source in found if source is not None)

    async def verify(self, token: str, called: Collection[str]) -> Proven:
        """Who sent the token with a call to `called`, the ways to write its URL.

        The signature comes last: it is what costs, and only a token that could be meant may make us ask for new keys.

        Raises:
            Distrust: it does not hold.
        """
        header, claims = read_token(token)
        issuer = self.issuers.get(claims.iss)
        if issuer is None:
            raise Distrust(Why.ISSUER)
        self._require_meant(claims, called)
        key = await issuer.source_for(header).key_for(header)
        if not key.has_signed(token, header.alg):
            raise Distrust(Why.SIGNATURE)
        tenant = claims.tenant if claims.tenant is not msgspec.UNSET else None
        return Proven(Caller(claims.iss, tenant), claims.jti, claims.exp + self.leeway)

    def _require_meant(self, claims: Claims, called: Collection[str]) -> None:
        """Meant for this call, now, by one of our tenants."""
        if not any(audience in called for audience in claims.audiences):
            raise Distrust(Why.AUDIENCE)
        if self.tenants and claims.tenant not in self.tenants:
            raise Distrust(Why.TENANT)
        now = self.now()
        if not 0 < claims.exp - claims.iat <= self.lifetime:
            raise Distrust(Why.LIFETIME)
        if claims.exp + self.leeway <= now:
            raise Distrust(Why.EXPIRED)
        begins = claims.iat if claims.nbf is msgspec.UNSET else max(claims.iat, claims.nbf)
        if begins > now + self.leeway:
            raise Distrust(Why.NOT_YET)
