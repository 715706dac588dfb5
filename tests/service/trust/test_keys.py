"""Keys as issuers publish them: which count, for which algorithms, and which token gets which."""

from __future__ import annotations

import json
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from jwt.algorithms import RSAAlgorithm

from service.trust.keys import MOST_BYTES, MOST_KEYS, key_for, read_keys
from service.trust.token import Header
from tests.service.trust.tokens import Signer, key_set

EC, RSA, SMALL_EC = Signer("ES384", kid="ec"), Signer("RS384", kid="rsa"), Signer("ES256", kid="small")


def published(*jwks: Any) -> bytes:
    return json.dumps({"keys": jwks}).encode()


def rsa(bits: int, exponent: int = 65537) -> dict[str, Any]:
    public: dict[str, Any] = json.loads(RSAAlgorithm.to_jwk(generate_private_key(exponent, bits).public_key()))
    return public


def changed(jwk: dict[str, Any], **fields: Any) -> dict[str, Any]:
    return {name: value for name, value in (jwk | fields).items() if value is not None}


FITS = [
    ("P-384", EC.jwk, {"ES384"}),
    ("P-256", SMALL_EC.jwk, {"ES256"}),
    ("RSA for one algorithm", RSA.jwk, {"RS384"}),
    ("RSA without alg", changed(RSA.jwk, alg=None, key_ops=None), {"RS384", "RS256"}),
    ("without use and kid", changed(EC.jwk, use=None, kid=None), {"ES384"}),
    ("with the private part", EC.jwk | {"d": "AAAA"}, {"ES384"}),
    ("with a certificate", EC.jwk | {"x5c": ["MIIB"], "x5t": "abc"}, {"ES384"}),
]


@pytest.mark.requirement("J5")
@pytest.mark.parametrize(("jwk", "algorithms"), [row[1:] for row in FITS], ids=[row[0] for row in FITS])
def test_a_key_verifies_only_what_its_kind_can_sign(jwk: dict[str, Any], algorithms: set[str]) -> None:
    (key,) = read_keys(published(jwk))
    assert set(key.algorithms) == algorithms


UNUSABLE = {
    "for encryption": EC.jwk | {"use": "enc"},
    "for signing": EC.jwk | {"key_ops": ["sign"]},
    "a shared secret": {"kty": "oct", "k": "c2VjcmV0", "alg": "HS256"},
    "a shared secret named ES384": {"kty": "oct", "k": "c2VjcmV0", "alg": "ES384"},
    "Ed25519": {"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"},
    "P-384 for ES256": EC.jwk | {"alg": "ES256"},
    "P-384 for an RSA algorithm": EC.jwk | {"alg": "RS384"},
    "RSA for PS256": RSA.jwk | {"alg": "PS256"},
    "P-521": EC.jwk | {"crv": "P-521"},
    "a point off the curve": EC.jwk | {"y": EC.jwk["x"]},
    "no point": changed(EC.jwk, y=None),
    "RSA of 1024 bits": rsa(1024),
    "RSA of 16384 bits": changed(RSA.jwk, n="_" * (16384 // 6 + 1)),
    "RSA without a modulus": changed(RSA.jwk, n=None),
    "RSA with a modulus that is no base64": RSA.jwk | {"n": "!"},
    "no object": "key",
    "kty that is no text": {"kty": 1},
    "kid that is a number": EC.jwk | {"kid": 7},
}


@pytest.mark.parametrize("jwk", UNUSABLE.values(), ids=UNUSABLE.keys())
def test_a_key_of_no_use_is_left_out_and_the_others_count(jwk: Any) -> None:
    assert [key.kid for key in read_keys(published(jwk, EC.jwk))] == ["ec"]
    with pytest.raises(ValueError, match="no key for"):
        read_keys(published(jwk))


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>",
        b"[]",
        b"{}",
        b'{"keys": {}}',
        b'{"keys": null}',
        b"\xff",
        b'{"keys": []}',
        b"x" * (MOST_BYTES + 1),
    ],
    ids=["nothing", "HTML", "a list", "no keys", "keys that are no list", "null", "not UTF-8", "empty", "huge"],
)
def test_what_is_no_key_set_is_refused(body: bytes) -> None:
    with pytest.raises(ValueError, match=r"not a JWK set|no key for|more than"):
        read_keys(body)


def test_a_set_is_read_to_a_limit() -> None:
    many = published(*[EC.jwk] * (MOST_KEYS + 5))
    assert len(read_keys(many)) == MOST_KEYS


GIVEN = [
    ("by its kid", Header("ES384", "ec"), "ec"),
    ("by its kid, of several algorithms", Header("RS256", "any"), "any"),
    ("without kid, where one fits", Header("ES256"), "small"),
    ("without kid, where several fit", Header("RS384"), None),
    ("a kid of another kind of key", Header("ES384", "rsa"), None),
    ("an unknown kid", Header("ES384", "none"), None),
    ("a kid that two keys have", Header("ES384", "twice"), None),
]


@pytest.mark.parametrize(("header", "kid"), [row[1:] for row in GIVEN], ids=[row[0] for row in GIVEN])
def test_a_token_gets_just_one_key(header: Header, kid: str | None) -> None:
    anything = changed(Signer("RS384", kid="any").jwk, alg=None)
    twins = [Signer("ES384", kid="twice").jwk, Signer("ES384", kid="twice").jwk]
    keys = read_keys(published(EC.jwk, RSA.jwk, SMALL_EC.jwk, anything, *(twins if header.kid == "twice" else ())))
    found = key_for(header, keys)
    assert (found.kid if found else None) == kid


def test_what_a_client_publishes_can_be_read() -> None:
    assert len(read_keys(key_set(EC, RSA, SMALL_EC))) == 3
