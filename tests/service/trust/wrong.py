"""Calls that must be refused, by what is wrong with them: why, and what makes the headers of such a call of a URL."""

from __future__ import annotations

import hashlib
import hmac
import json
import time
from collections.abc import Callable
from typing import Any

from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from service.trust.distrust import Why
from tests.service.trust.tokens import ISSUER, OTHER, Signer, bearer, encoded

Headers = dict[str, str] | list[tuple[str, str]]
Wrong = Callable[[Signer, str], Headers]
STRANGER = Signer("ES384")
SMALL = Signer("ES256", kid="44823f3d")


def claims(**changed: Any) -> Wrong:
    """A good token but for these claims."""
    return lambda signer, url: bearer(signer.token(url, **changed))


def header(**changed: Any) -> Wrong:
    """A good token but for these header fields."""
    return lambda signer, url: bearer(signer.token(url, changed))


def later(**seconds: float) -> Wrong:
    """A good token but for these times, as seconds from now."""
    return lambda signer, url: bearer(
        signer.token(url, **{name: time.time() + ahead for name, ahead in seconds.items()})
    )


def raw(payload: bytes) -> Wrong:
    """A well-signed token that says just this."""
    return lambda signer, url: bearer(signer.sign(signer.header(), payload))


def sent(value: str) -> Wrong:
    """This as Authorization, with a good token for `{}`."""
    return lambda signer, url: {"Authorization": value.format(signer.token(url))}


def parts(change: Callable[[list[str]], list[str]]) -> Wrong:
    """A good token with its parts changed."""
    return lambda signer, url: bearer(".".join(change(signer.token(url).split("."))))


def unsigned(algorithm: str) -> Wrong:
    """A token without a signature that says so."""

    def make(signer: Signer, url: str) -> Headers:
        return bearer(f"{encoded(signer.header(alg=algorithm))}.{encoded(signer.claims(url))}.")

    return make


def keyed(algorithm: str, encoding: Encoding) -> Wrong:
    """Signed with the public key as if it were a shared secret."""

    def make(signer: Signer, url: str) -> Headers:
        payload = f"{encoded(signer.header(alg=algorithm))}.{encoded(signer.claims(url))}"
        form = PublicFormat.SubjectPublicKeyInfo
        secret = signer.private.public_key().public_bytes(encoding, form)
        digest = hmac.new(secret, payload.encode(), getattr(hashlib, f"sha{algorithm[2:]}")).digest()
        return bearer(f"{payload}.{encoded(digest)}")

    return make


def by_stranger(**changed: Any) -> Wrong:
    """Signed by somebody else, perhaps with the key put into the header."""
    return lambda signer, url: bearer(STRANGER.sign(signer.header(**changed), signer.claims(url)))


def twice(claim: str, value: str) -> Wrong:
    """A claim that stands twice, the second time with this JSON: the last one, which is wrong, counts."""

    def make(signer: Signer, url: str) -> Headers:
        said = json.dumps(signer.claims(url))[:-1] + f', "{claim}": {value}}}'
        return bearer(signer.sign(signer.header(), said.encode()))

    return make


def elsewhere(change: Callable[[str], Any]) -> Wrong:
    """A good token for another URL."""
    return lambda signer, url: bearer(signer.token(change(url)))


WRONG: dict[str, tuple[Why, Wrong]] = {
    "no header": (Why.NO_TOKEN, lambda signer, url: {}),
    "an empty header": (Why.NO_TOKEN, sent("")),
    "Basic": (Why.NO_TOKEN, sent("Basic dXNlcjpwYXNz")),
    "a token without a scheme": (Why.NO_TOKEN, sent("{}")),
    "the scheme alone": (Why.MALFORMED, sent("Bearer")),
    "another scheme": (Why.NO_TOKEN, sent("Token {}")),
    "two tokens in one header": (Why.MALFORMED, sent("Bearer {0}, Bearer {0}")),
    "two headers": (Why.NO_TOKEN, lambda signer, url: [("Authorization", f"Bearer {signer.token(url)}")] * 2),
    "a header of another kind beside it": (
        Why.NO_TOKEN,
        lambda signer, url: [
            ("Authorization", f"Bearer {signer.token(url)}"),
            ("Authorization", "Basic eA=="),
        ],
    ),
    "no JWT": (Why.MALFORMED, sent("Bearer abc")),
    "five parts, as an encrypted token has": (Why.MALFORMED, parts(lambda p: [*p, "AA", "AA"])),
    "two parts": (Why.MALFORMED, parts(lambda p: p[:2])),
    "an empty signature": (Why.MALFORMED, parts(lambda p: [*p[:2], ""])),
    "padded base64": (Why.MALFORMED, parts(lambda p: [p[0], p[1] + "==", p[2]])),
    "base64 that is not for URLs": (Why.MALFORMED, parts(lambda p: [p[0], "+/" + p[1], p[2]])),
    "a broken header": (Why.HEADER, parts(lambda p: [encoded(b"{"), *p[1:]])),
    "a header that is a list": (Why.HEADER, parts(lambda p: [encoded(b"[]"), *p[1:]])),
    "a token without end": (Why.MALFORMED, sent("Bearer {}" + "A" * 9000)),
    "alg none": (Why.MALFORMED, unsigned("none")),
    "alg nOnE": (Why.MALFORMED, unsigned("nOnE")),
    "alg none with a signature": (Why.ALGORITHM, header(alg="none")),
    "alg missing": (Why.HEADER, header(alg=None)),
    "HS256 with the public key as PEM": (Why.ALGORITHM, keyed("HS256", Encoding.PEM)),
    "HS384 with the public key as DER": (Why.ALGORITHM, keyed("HS384", Encoding.DER)),
    "ES512": (Why.ALGORITHM, header(alg="ES512")),
    "PS256": (Why.ALGORITHM, header(alg="PS256")),
    "EdDSA": (Why.ALGORITHM, header(alg="EdDSA")),
    "es384": (Why.ALGORITHM, header(alg="es384")),
    "RS384 by an EC key": (Why.KEY, header(alg="RS384")),
    "ES256 by a P-384 key": (Why.KEY, header(alg="ES256")),
    "P-256 where P-384 is published": (
        Why.SIGNATURE,
        lambda signer, url: bearer(SMALL.sign(signer.header(alg="ES384"), signer.claims(url))),
    ),
    "crit": (Why.CRITICAL, header(crit=["exp"])),
    "an empty crit": (Why.CRITICAL, header(crit=[])),
    "b64 false": (Why.CRITICAL, header(b64=False, crit=["b64"])),
    "b64 true": (Why.CRITICAL, header(b64=True)),
    "another typ": (Why.TYPE, header(typ="at+jwt")),
    "typ that is no text": (Why.HEADER, header(typ=1)),
    "an unknown kid": (Why.KEY, header(kid="unknown")),
    "a kid that is a path": (Why.KEY, header(kid="../../../../dev/null")),
    "a kid that is no text": (Why.HEADER, header(kid=1)),
    "kid null": (
        Why.HEADER,
        lambda signer, url: bearer(signer.sign(signer.header() | {"kid": None}, signer.claims(url))),
    ),
    "the key of a stranger": (Why.SIGNATURE, by_stranger()),
    "a stranger's key in jwk": (Why.SIGNATURE, by_stranger(jwk=STRANGER.jwk)),
    "a stranger's key in jwk, without kid": (Why.SIGNATURE, by_stranger(jwk=STRANGER.jwk, kid=None)),
    "x5u and x5c": (Why.SIGNATURE, by_stranger(x5u="https://evil.example/key.pem", x5c=["MIIB"])),
    "a signature of zeros": (Why.SIGNATURE, parts(lambda p: [*p[:2], "A" * 128])),
    "another token's signature": (
        Why.SIGNATURE,
        lambda signer, url: bearer(".".join([*signer.token(url).split(".")[:2], signer.token(url).split(".")[2]])),
    ),
    "an unknown issuer": (Why.ISSUER, claims(iss="https://evil.example")),
    "the issuer with a slash": (Why.ISSUER, claims(iss=f"{ISSUER}/")),
    "another known issuer's name": (Why.KEY, claims(iss=OTHER)),
    "no iss": (Why.CLAIMS, claims(iss=None)),
    "iss that is a list": (Why.CLAIMS, claims(iss=[ISSUER])),
    "no aud": (Why.CLAIMS, claims(aud=None)),
    "an empty list in aud": (Why.AUDIENCE, claims(aud=[])),
    "aud that is an object": (Why.CLAIMS, claims(aud={})),
    "aud with null": (Why.CLAIMS, claims(aud=[None])),
    "the audience of discovery's base": (Why.AUDIENCE, elsewhere(lambda url: url.rpartition("/cds-services")[0])),
    "the audience of another route": (Why.AUDIENCE, elsewhere(lambda url: url.rpartition("/")[0] + "/evaluate")),
    "the audience with a slash": (Why.AUDIENCE, elsewhere(lambda url: f"{url}/")),
    "the audience of another host": (Why.AUDIENCE, elsewhere(lambda url: url.replace("127.0.0.1", "cds.example"))),
    "the audience in capitals": (Why.AUDIENCE, elsewhere(str.upper)),
    "the audience with a query": (Why.AUDIENCE, elsewhere(lambda url: f"{url}?a=b")),
    "no exp": (Why.CLAIMS, claims(exp=None)),
    "exp that is text": (Why.CLAIMS, claims(exp="9999999999")),
    "exp that is no number": (Why.CLAIMS, twice("exp", "NaN")),
    "exp that is true": (Why.CLAIMS, claims(exp=True)),
    "exp without end": (Why.CLAIMS, twice("exp", "1e400")),
    "expired": (Why.EXPIRED, later(iat=-400, exp=-20)),
    "issued in the future": (Why.NOT_YET, later(iat=60, exp=120)),
    "not valid yet": (Why.NOT_YET, later(nbf=60)),
    "nbf that is text": (Why.CLAIMS, claims(nbf="0")),
    "valid for longer than an hour": (Why.LIFETIME, later(iat=0, exp=3700)),
    "an old token that lives long": (Why.LIFETIME, later(iat=-86_000, exp=100)),
    "exp before iat": (Why.LIFETIME, later(iat=5, exp=2)),
    "no iat": (Why.CLAIMS, claims(iat=None)),
    "no jti": (Why.CLAIMS, claims(jti=None)),
    "an empty jti": (Why.CLAIMS, claims(jti="")),
    "jti that is a number": (Why.CLAIMS, claims(jti=1)),
    "another tenant": (Why.TENANT, claims(tenant="clinic-b")),
    "no tenant": (Why.TENANT, claims(tenant=None)),
    "tenant that is null": (Why.CLAIMS, twice("tenant", "null")),
    "tenant that is a list": (Why.CLAIMS, claims(tenant=["clinic-a"])),
    "exp twice": (Why.LIFETIME, twice("exp", "1")),
    "claims that are no JSON": (Why.CLAIMS, raw(b"iss")),
    "claims that are a list": (Why.CLAIMS, raw(b"[]")),
    "claims in UTF-16": (
        Why.CLAIMS,
        lambda signer, url: bearer(signer.sign(signer.header(), json.dumps(signer.claims(url)).encode("utf-16"))),
    ),
}
