"""The questions of the authorization code flow with PKCE, by Authlib, and what is left in the browser between them."""

from __future__ import annotations

from base64 import b64encode
from typing import NamedTuple
from urllib.parse import quote_plus

from service.people.cookies import Cookie
from service.smart.issuers import Endpoints, Issuer, NotOpened

LIFE = 600  # seconds that somebody may take to sign in at the EHR
UNDER_WAY = "hormone-cds-smart"
BELOW = "/smart"
_RANDOM = 48  # characters of a state and of a verifier


class Asked(NamedTuple):
    """One way to the EHR and back: whom, and what only the browser that was sent there knows."""

    iss: str
    state: str
    verifier: str


def start(issuer: Issuer) -> Asked:
    """A new question."""
    from authlib.common.security import generate_token

    return Asked(issuer.url, generate_token(_RANDOM), generate_token(_RANDOM))


def address_of(issuer: Issuer, asked: Asked, endpoints: Endpoints, launch: str, callback: str) -> str:
    """Where the browser is sent. With `launch` the EHR opened us; else it lets the person choose a patient."""
    from authlib.oauth2.rfc6749.parameters import prepare_grant_uri
    from authlib.oauth2.rfc7636 import create_s256_code_challenge

    how = {
        "aud": issuer.url,
        "code_challenge": create_s256_code_challenge(asked.verifier),
        "code_challenge_method": "S256",
    }
    if launch:
        how["launch"] = launch
    # Of servers that know SMART 1 alone: they do not say so, and know no `rs`.
    reads = (
        "rs" if "permission-v1" not in endpoints.capabilities or "permission-v2" in endpoints.capabilities else "read"
    )
    scope = f"{'launch' if launch else 'launch/patient'} patient/*.{reads}"
    url: str = prepare_grant_uri(endpoints.authorization, issuer.client, "code", callback, scope, asked.state, **how)
    return url


def code_in(address: str, state: str) -> str:
    """The code in the address that the browser came back to. Raises NotOpened: there is none."""
    from authlib.oauth2 import OAuth2Error
    from authlib.oauth2.rfc6749.parameters import parse_authorization_code_response

    try:
        return str(parse_authorization_code_response(address, state)["code"])
    except OAuth2Error:
        raise NotOpened("the EHR gave no code") from None


def token_request(issuer: Issuer, asked: Asked, code: str, callback: str) -> tuple[str, dict[str, str]]:
    """Body and headers that turn a code into a token; a public client names itself in the body."""
    from authlib.oauth2.rfc6749.parameters import prepare_token_request

    more = {"code": code, "code_verifier": asked.verifier}
    if not issuer.secret:
        return prepare_token_request("authorization_code", "", callback, client_id=issuer.client, **more), {}
    # RFC 6749, 2.3.1: name and secret are form-encoded before they are joined.
    proof = b64encode(f"{quote_plus(issuer.client)}:{quote_plus(issuer.secret)}".encode()).decode()
    return prepare_token_request("authorization_code", "", callback, **more), {"Authorization": f"Basic {proof}"}


def cookie_of(state: str, key: str, public_url: str) -> Cookie:
    """A cookie for each way: two patients opened at once do not meet. Sent in an EHR's frame too."""
    return Cookie(f"{UNDER_WAY}-{state[:12]}", key, LIFE, public_url, BELOW, framed=True)
