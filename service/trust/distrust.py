"""Why a token is not trusted: said in the log and to an operator who asks, never to the caller."""

from __future__ import annotations

from enum import StrEnum


class Why(StrEnum):
    """The reason. It names what is wrong with the token and never repeats anything of it."""

    NO_TOKEN = "there is no single header Authorization: Bearer with a token"  # noqa: S105 - a sentence
    MALFORMED = "the token is not three base64url parts of bounded size, separated by dots"
    HEADER = "the token's header cannot be read: alg, kid, typ and jku are text"
    TYPE = "the token's typ is not JWT"
    ALGORITHM = "the token's alg is not ES384, RS384, ES256 or RS256"
    CRITICAL = "the token's header has crit or b64, which are not understood"
    CLAIMS = "the claims cannot be read: iss, aud, exp, iat and jti are needed, in the types of the standard"
    ISSUER = "iss is not in JWT_ISSUERS"
    AUDIENCE = "aud does not name the URL called under AUDIENCES (else PUBLIC_URL)"
    EXPIRED = "exp has passed"
    NOT_YET = "iat or nbf lies further ahead than JWT_LEEWAY"
    LIFETIME = "exp is not after iat, or further from it than JWT_LIFETIME"
    TENANT = "tenant is not in TENANTS"
    JKU = "jku is not one of this issuer's in JWT_JKUS"
    KEYS_AWAY = "the issuer's keys cannot be had now, and those had before are too old"
    KEY = "not exactly one key of the issuer has this kid and fits this alg"
    SIGNATURE = "the signature is not by that key"
    REPLAYED = "the same jti was used before"


class Distrust(Exception):
    """The caller proves nothing; the answer is 401 without details."""

    def __init__(self, why: Why) -> None:
        super().__init__(why)
        self.why = why
