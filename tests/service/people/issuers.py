"""Places to sign in at: npm's oidc-provider in a process of its own, and one of ours that can be made to lie."""

from __future__ import annotations

import time
from base64 import b64decode, urlsafe_b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from typing import Any
from urllib.parse import parse_qsl, unquote, urlencode

from joserfc import jwt
from joserfc.jwk import KeySet, OctKey, RSAKey
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from service.demo.play import free_port
from tests.conftest import running
from tests.tools import node_server

CLIENT, SECRET = "hormone-cds", "a secret between service and issuer"
KEY = RSAKey.generate_key(2048, {"kid": "ours", "use": "sig"})
OTHER = RSAKey.generate_key(2048, {"kid": "ours", "use": "sig"})


@contextmanager
def npm_issuer(callback: str, secret: str = SECRET) -> Iterator[str]:
    """npm's oidc-provider: anyone signs in; the group stands before the dash of the name."""
    port = free_port(0)
    with node_server("provider.mjs", "browser", "oidc-provider", str(port), CLIENT, secret, callback) as said:
        assert said == "ready"
        yield f"http://127.0.0.1:{port}"


class Issuer:
    """An honest OpenID provider for one client, until `lies` says otherwise; `name` signs in without being asked."""

    def __init__(self, address: str, callback: str, name: str, secret: str) -> None:
        self.address, self.callback, self.name, self.secret = address, callback, name, secret
        self.lies: dict[str, Any] = {}
        self.asked: dict[str, dict[str, str]] = {}
        self.described = 0  # times

    def claims(self) -> dict[str, Any]:
        """What is told of the person."""
        group = self.name.partition("-")[0]
        verified = group != "unverified"
        email = f"{self.name}@clinic.example"
        return {"sub": self.name, "name": self.name, "email": email, "email_verified": verified, "groups": [group]}

    async def describe(self, request: Request) -> Response:
        self.described += 1
        here = self.address
        places = {f"{name}_endpoint": f"{here}/{name}" for name in ("authorization", "token", "userinfo")}
        more = {"id_token_signing_alg_values_supported": ["RS256", "HS256", "none"]}
        said = {"issuer": here, "jwks_uri": f"{here}/keys", **places, **more} | self.lies.get("metadata", {})
        return JSONResponse({name: value for name, value in said.items() if value})

    async def keys(self, request: Request) -> Response:
        return JSONResponse(KeySet([KEY]).as_dict(private=False))

    async def authorize(self, request: Request) -> Response:
        asked = dict(request.query_params)
        assert (asked["client_id"], asked["redirect_uri"]) == (CLIENT, self.callback)
        assert asked["code_challenge_method"] == "S256"
        code = f"code-{len(self.asked)}"
        self.asked[code] = asked
        back = {"code": code, "state": asked["state"]} | self.lies.get("back", {})
        return RedirectResponse(f"{self.callback}?{urlencode(back)}", 303)

    async def token(self, request: Request) -> Response:
        sent = dict(parse_qsl((await request.body()).decode()))
        asked = self.asked.pop(sent["code"])
        challenge = urlsafe_b64encode(sha256(sent["code_verifier"].encode()).digest()).rstrip(b"=").decode()
        assert challenge == asked["code_challenge"]
        self._recognize(request, sent)
        now = int(time.time())
        claims = {"iss": self.address, "aud": CLIENT, "iat": now, "exp": now + 60, "nonce": asked["nonce"]}
        signed = {name: v for name, v in ({**claims, "sub": self.name} | self.lies.get("id_token", {})).items() if v}
        said = {"access_token": "t", "token_type": "Bearer", "id_token": self._sign(signed)}
        return Response(self.lies["raw"]) if "raw" in self.lies else JSONResponse(said | self.lies.get("token", {}))

    def _recognize(self, request: Request, sent: dict[str, str]) -> None:
        if not self.secret:
            assert sent["client_id"] == CLIENT
            return
        id_and_secret = b64decode(request.headers["authorization"].removeprefix("Basic ")).decode().partition(":")
        assert tuple(map(unquote, id_and_secret[::2])) == (CLIENT, self.secret)

    def _sign(self, claims: dict[str, Any]) -> str:
        key = self.lies.get("key", KEY)
        header = {"alg": self.lies.get("alg", "RS256"), "kid": "ours"}
        return jwt.encode(header, claims, key, algorithms=[header["alg"]])

    async def userinfo(self, request: Request) -> Response:
        return JSONResponse(self.claims() | self.lies.get("userinfo", {}))


NONE = OctKey.import_key("not used by a token without signature")
CLIENT_SECRET = OctKey.import_key(SECRET)


@contextmanager
def own_issuer(callback: str, name: str = "stats-anna", secret: str = SECRET) -> Iterator[Issuer]:
    """Our own provider, honest at first."""
    port = free_port(0)
    issuer = Issuer(f"http://127.0.0.1:{port}", callback, name, secret)
    routes = [
        Route("/.well-known/openid-configuration", issuer.describe),
        Route("/keys", issuer.keys),
        Route("/authorization", issuer.authorize),
        Route("/token", issuer.token, methods=["POST"]),
        Route("/userinfo", issuer.userinfo),
    ]
    with running(Starlette(routes=routes), port=port):  # type: ignore[arg-type]
        yield issuer
