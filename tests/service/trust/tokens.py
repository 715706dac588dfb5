"""Clients for the tests: keys made for the run, and tokens as clients sign them, right or wrong in one place."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import jwt
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, SECP384R1, generate_private_key
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key as generate_rsa
from jwt.algorithms import ECAlgorithm, RSAAlgorithm

ISSUER = "https://sandbox.cds-hooks.org"
OTHER = "https://ehr.example/fhir"
Part = dict[str, Any]
_MAKERS: dict[str, Callable[[], Any]] = {
    "ES384": lambda: generate_private_key(SECP384R1()),
    "ES256": lambda: generate_private_key(SECP256R1()),
    "RS384": lambda: generate_rsa(65537, 2048),
    "RS256": lambda: generate_rsa(65537, 2048),
}


class Signer:
    """A client: signs tokens with its own key."""

    def __init__(
        self, algorithm: str = "ES384", issuer: str = ISSUER, kid: str = "44823f3d", tenant: str | None = None
    ) -> None:
        self.algorithm, self.issuer, self.kid, self.tenant = algorithm, issuer, kid, tenant
        self.private = _MAKERS[algorithm]()

    @property
    def jwk(self) -> Part:
        """Its public key as it publishes it."""
        kind = ECAlgorithm if self.algorithm.startswith("ES") else RSAAlgorithm
        public: Part = json.loads(kind.to_jwk(self.private.public_key()))
        return public | {"kid": self.kid, "use": "sig", "alg": self.algorithm}

    def header(self, **changed: Any) -> Part:
        """A header as the sandbox's; None leaves a field out."""
        jku = f"{self.issuer}/.well-known/jwks.json"
        return without_none({"alg": self.algorithm, "typ": "JWT", "kid": self.kid, "jku": jku} | changed)

    def claims(self, url: str, **changed: Any) -> Part:
        """Claims as the sandbox's: `iat` is rounded, so that it lies up to half a second ahead."""
        now = round(time.time())
        claims = {"iss": self.issuer, "aud": url, "exp": now + 300, "iat": now, "jti": str(uuid4())}
        return without_none(claims | {"tenant": self.tenant} | changed)

    def token(self, url: str, header: Part | None = None, **claims: Any) -> str:
        """A token for a call of this URL."""
        return self.sign(self.header(**(header or {})), self.claims(url, **claims))

    def sign(self, header: Part, claims: Part | bytes) -> str:
        """Any header and claims, signed as this client signs, whatever the header says."""
        head = encoded(header)
        payload = f"{head}.{encoded(claims)}"
        signature = jwt.PyJWS().get_algorithm_by_name(self.algorithm).sign(payload.encode(), self.private)
        return f"{payload}.{encoded(signature)}"


def without_none(part: Part) -> Part:
    """Only what has a value."""
    return {name: value for name, value in part.items() if value is not None}


def encoded(part: Part | bytes) -> str:
    """One part of a token."""
    raw = part if isinstance(part, bytes) else json.dumps(part).encode()
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def key_set(*signers: Signer) -> bytes:
    """What a client publishes."""
    return json.dumps({"keys": [signer.jwk for signer in signers]}).encode()


def bearer(token: str) -> dict[str, str]:
    """The header of a call."""
    return {"Authorization": f"Bearer {token}"}
