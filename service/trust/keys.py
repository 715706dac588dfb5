"""Public keys as an issuer publishes them (JWK sets), made ready once for all tokens they verify."""

from __future__ import annotations

import base64
from typing import Any

import msgspec
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from jwt import InvalidKeyError
from jwt.algorithms import ECAlgorithm, RSAAlgorithm, get_default_algorithms

from service.trust.token import ALGORITHMS, Header, bytes_of

MOST_BYTES = 262_144  # of a set
MOST_KEYS = 100
SMALLEST_RSA, LARGEST_RSA = 2_048, 8_192  # bits; larger ones take long to verify with
_BY_KIND = {("EC", "P-384"): ("ES384",), ("EC", "P-256"): ("ES256",), ("RSA", None): ("RS384", "RS256")}
# PyJWT's own way with a whole token reads it a second time, which takes half as long again as an RSA signature.
_BY_NAME = {name: get_default_algorithms()[name] for name in ALGORITHMS}


class _JWK(msgspec.Struct, frozen=True):
    """One key as published; what else it says (a private part, certificates) is not read."""

    kty: str
    kid: str | None = None
    use: str = "sig"
    key_ops: tuple[str, ...] = ("verify",)
    alg: str | None = None
    crv: str | None = None
    x: str = ""
    y: str = ""
    n: str = ""
    e: str = ""


class _Published(msgspec.Struct, frozen=True):
    keys: list[msgspec.Raw]


class Key(msgspec.Struct, frozen=True):
    """A public key, and the algorithms it may verify."""

    kid: str | None
    algorithms: tuple[str, ...]
    public: EllipticCurvePublicKey | RSAPublicKey

    def has_signed(self, token: str, algorithm: str) -> bool:
        """Whether the token's signature is by this key; `algorithm` is one of the key's own."""
        signed, _, written = token.rpartition(".")
        signature = _decoded(written)
        return bool(signature) and _BY_NAME[algorithm].verify(signed.encode(), self.public, signature)


Keys = tuple[Key, ...]


def read_keys(published: bytes) -> Keys:
    """The keys of a JWK set that can verify a token. What is meant for other uses or unknown is left out.

    Raises:
        ValueError: it is no JWK set of bounded size, or has no such key.
    """
    if len(published) > MOST_BYTES:
        raise ValueError(f"more than {MOST_BYTES} bytes")
    try:
        listed = msgspec.json.decode(published, type=_Published).keys
    except msgspec.DecodeError:
        raise ValueError('not a JWK set, as in {"keys": [...]}') from None
    keys = tuple(key for key in map(_read, listed[:MOST_KEYS]) if key is not None)
    if not keys:
        raise ValueError("no key for ES384, RS384, ES256 or RS256 (RSA from 2048 bits)")
    return keys


def key_for(header: Header, keys: Keys) -> Key | None:
    """The one key with the token's kid that fits its algorithm; without a kid, the one key that fits."""
    fit = [key for key in keys if header.alg in key.algorithms and header.kid in (key.kid, msgspec.UNSET)]
    return fit[0] if len(fit) == 1 else None


def _decoded(written: str) -> bytes:
    """A signature's bytes; none when it could be written in another way: its last character may have idle bits."""
    try:
        signature = bytes_of(written)
    except ValueError:
        return b""
    return signature if base64.urlsafe_b64encode(signature).rstrip(b"=") == written.encode() else b""


def _read(written: msgspec.Raw) -> Key | None:
    try:
        jwk = msgspec.json.decode(written, type=_JWK)
        return _key(jwk)
    except (msgspec.DecodeError, InvalidKeyError, ValueError):
        return None


def _key(jwk: _JWK) -> Key | None:
    able = _BY_KIND.get((jwk.kty, jwk.crv), ())
    algorithms = able if jwk.alg is None else tuple(name for name in able if name == jwk.alg)
    if not algorithms or jwk.use != "sig" or "verify" not in jwk.key_ops:
        return None
    public = _public_key(jwk)
    if isinstance(public, RSAPublicKey) and not SMALLEST_RSA <= public.key_size <= LARGEST_RSA:
        return None
    return Key(jwk.kid, algorithms, public)


def _public_key(jwk: _JWK) -> Any:
    if jwk.kty == "EC":
        return ECAlgorithm.from_jwk({"kty": "EC", "crv": jwk.crv, "x": jwk.x, "y": jwk.y})
    return RSAAlgorithm.from_jwk({"kty": "RSA", "n": jwk.n, "e": jwk.e})
