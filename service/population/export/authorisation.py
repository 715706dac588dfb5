"""SMART Backend Services: a token for a program, got with an assertion that its own key has signed.

https://hl7.org/fhir/smart-app-launch/backend-services.html
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import jwt
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from service.population.export.addresses import Places
from service.population.export.asking import require
from service.population.export.failure import ExportFailed

ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
LIFETIME = 240  # seconds of an assertion; at most five minutes are allowed
_TOKEN = re.compile(r"[!-~]+")  # what may stand in a header
EARLY = 30  # seconds before its end that a token is renewed


@dataclass(frozen=True, slots=True)
class Client:
    """A registered client. `key` is its private key; the server knows the public one by `kid`."""

    id: str
    key: RSAPrivateKey | EllipticCurvePrivateKey
    algorithm: str  # RS384 | ES384
    kid: str | None
    scope: str

    def assertion(self, token_url: str, now: float) -> str:
        """Proves to the token endpoint who asks; good for one use."""
        claims = {"iss": self.id, "sub": self.id, "aud": token_url, "exp": int(now) + LIFETIME, "jti": str(uuid4())}
        return jwt.encode(claims, self.key, self.algorithm, {"kid": self.kid} if self.kid else None)


def read_client(client_id: str, key_file: Path, kid: str | None, scope: str) -> Client:
    """A client with its key from a file: PEM, a JWK, or a JWK set with one private key.

    Raises:
        ExportFailed: there is no usable key in it.
    """
    try:
        key, named = _read_key(key_file.read_bytes())
    except (
        OSError,
        ValueError,
        TypeError,
        KeyError,
        AttributeError,
        jwt.exceptions.PyJWKError,
        jwt.exceptions.InvalidKeyError,
    ):
        raise ExportFailed(f"{key_file}: no private key for RS384 or ES384 as PEM or JWK") from None
    if isinstance(key, RSAPrivateKey):
        return Client(client_id, key, "RS384", kid or named, scope)
    if isinstance(key, EllipticCurvePrivateKey) and key.curve.name == "secp384r1":
        return Client(client_id, key, "ES384", kid or named, scope)
    raise ExportFailed(f"{key_file}: SMART asks for an RSA key (RS384) or one on the curve P-384 (ES384)")


def _read_key(content: bytes) -> tuple[object, str | None]:
    if content.lstrip().startswith(b"-----"):
        return load_pem_private_key(content, None), None
    written: dict[str, Any] = json.loads(content)
    private = next((one for one in written.get("keys", [written]) if "d" in one), None)
    if private is None:
        raise ValueError("no private key")
    return jwt.PyJWK(private, {"RSA": "RS384", "EC": "ES384"}[private["kty"]]).key, private.get("kid")


class Authorisation(httpx.Auth):
    """Adds a token to requests for the server's own data; renews it before it ends, and once where it is refused."""

    def __init__(self, client: Client, token_url: str, places: Places) -> None:
        self._client, self._token_url, self._places = client, token_url, places
        self._token, self._ends = "", 0.0

    def sync_auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        """httpx's hook around every request; it reads no answer but those of the token endpoint."""
        self._places.require_trusted(request.url)
        if time.time() > self._ends - EARLY:
            self._take((yield self._asking()))
        request.headers["Authorization"] = f"Bearer {self._token}"
        answer = yield request
        if answer.status_code == httpx.codes.UNAUTHORIZED:
            self._take((yield self._asking()))
            request.headers["Authorization"] = f"Bearer {self._token}"
            yield request

    def _asking(self) -> httpx.Request:
        form = {
            "grant_type": "client_credentials",
            "scope": self._client.scope,
            "client_assertion_type": ASSERTION,
            "client_assertion": self._client.assertion(self._token_url, time.time()),
        }
        return httpx.Request("POST", self._token_url, data=form, headers={"Accept": "application/json"})

    def _take(self, answer: httpx.Response) -> None:
        answer.read()
        require(answer, "the token endpoint", httpx.codes.OK)
        try:
            told = answer.json()
            token, lifetime = str(told["access_token"]), float(told.get("expires_in", 300))
        except (ValueError, KeyError, TypeError):
            token, lifetime = "", 0.0
        if not _TOKEN.fullmatch(token):
            raise ExportFailed("the token endpoint gave no token")
        self._token, self._ends = token, time.time() + lifetime
