"""The OpenID provider where people sign in: authorization code with PKCE, state and nonce, by Authlib."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from time import monotonic
from typing import Any

from starlette.requests import Request
from starlette.responses import RedirectResponse

from service.choices.written import secret_of
from service.people.people import CALLBACK, Person
from service.site.settings import Settings

ALGORITHMS = ("RS256", "PS256", "ES256", "ES384", "RS384", "PS384", "ES512", "RS512", "PS512", "EdDSA")
PATIENCE = 5.0  # seconds that the provider has for an answer
FRESH = 3_600.0  # seconds for which what it says of itself counts, its keys too
USABLE = 86_400.0  # seconds for which that is used on while it cannot be had anew
PAUSE = 10.0  # seconds between two askings, however many people come
# Below this level these libraries write down what proves a sign-in: verifiers, and the headers of answers.
for _library in ("authlib", "httpcore2"):
    logging.getLogger(_library).setLevel(logging.INFO)


class NotSignedIn(Exception):
    """The provider does not answer for this person; `is_away` when it does not answer at all."""

    def __init__(self, reason: str, is_away: bool = False) -> None:
        super().__init__(reason)
        self.is_away = is_away


class Provider:
    """One provider. Its library is loaded, and it is asked about itself, when somebody first signs in.

    Anyone may ask to be sent there: who comes while it is being asked waits for the same answer.
    """

    def __init__(self, settings: Settings, now: Callable[[], float] = monotonic) -> None:
        self._settings, self._now = settings, now
        self._callback = f"{settings.public_url}{CALLBACK}"
        self._known: Any = None
        self._had = self._asked = float("-inf")  # when
        self._asking: asyncio.Task[None] | None = None
        self._failed = NotSignedIn("not asked")

    async def send_there(self, request: Request, anew: bool = False) -> RedirectResponse:
        """The redirect to the provider; what the answer is checked against is left in `request.session`.

        `anew`: whoever the provider still knows has to prove again who they are.

        Raises:
            NotSignedIn: the provider cannot be reached or is not the one that was set.
        """
        with _failures():
            how = {"prompt": "login"} if anew else {}
            answer: RedirectResponse = await (await self._client()).authorize_redirect(request, self._callback, **how)
        return answer

    async def claims(self, request: Request) -> Mapping[str, Any]:
        """What the provider says of the person it sends back, checked against `request.session`.

        Raises:
            NotSignedIn: the provider refused, cannot be reached, or its answer is not the one to our question.
        """
        with _failures():
            client = await self._client()
            token = await client.authorize_access_token(request, claims_options=self._demands(client))
            told: Mapping[str, Any] = token["userinfo"]
            more = await client.userinfo(token=token) if "userinfo_endpoint" in client.server_metadata else told
            if more["sub"] != told["sub"]:
                raise NotSignedIn("two subjects")
        return {**more, **told}

    def _demands(self, client: Any) -> Mapping[str, Any]:
        demanded = {"iss": client.server_metadata["issuer"], "aud": self._settings.oidc_client_id}
        return {claim: {"essential": True, "values": [value]} for claim, value in demanded.items()}

    async def _client(self) -> Any:
        """The provider as it says it is: its library keeps what it said, and its keys, as long as we keep this."""
        if self._now() - self._had > FRESH:
            await self._ask()
        if self._now() - self._had > USABLE:
            raise NotSignedIn(str(self._failed), self._failed.is_away)
        return self._known

    async def _ask(self) -> None:
        if self._asking is None and self._now() - self._asked >= PAUSE:
            self._asked = self._now()
            self._asking = asyncio.create_task(self._load())
        if self._asking is not None:
            await asyncio.shield(self._asking)

    async def _load(self) -> None:
        try:
            with _failures():
                self._known, self._had = await _described(self._settings), self._now()
        except NotSignedIn as failed:
            self._failed = failed
        finally:
            self._asking = None


def person_of(claims: Mapping[str, Any]) -> Person:
    """Who that is."""
    name = next((str(claims[key]) for key in ("name", "preferred_username", "email") if claims.get(key)), "")
    return Person(str(claims["sub"]), name[:100])


def _client_of(settings: Settings) -> Any:
    from authlib.integrations.starlette_client import OAuth

    return OAuth().register(
        "provider",
        client_id=settings.oidc_client_id,
        client_secret=secret_of(settings.oidc_client_secret) or None,
        server_metadata_url=f"{settings.oidc_issuer}/.well-known/openid-configuration",
        client_kwargs={
            "scope": settings.oidc_scope,
            "code_challenge_method": "S256",
            "token_endpoint_auth_method": "client_secret_basic" if settings.oidc_client_secret else "none",
            "timeout": PATIENCE,
        },
    )


async def _described(settings: Settings) -> Any:
    """The provider by what it says of itself now. Raises NotSignedIn when that is of another."""
    client = _client_of(settings)
    metadata = await client.load_server_metadata()
    if metadata["issuer"].rstrip("/") != settings.oidc_issuer:
        raise NotSignedIn("another issuer")
    told = metadata.get("id_token_signing_alg_values_supported", ALGORITHMS[:1])
    metadata["id_token_signing_alg_values_supported"] = [name for name in ALGORITHMS if name in told]
    return client


@contextmanager
def _failures() -> Iterator[None]:
    """Whatever goes wrong with a provider's answer, which may hold anything, ends in NotSignedIn and tells no value."""
    from httpx2 import TransportError

    try:
        yield
    except NotSignedIn:
        raise
    except TransportError as error:
        raise NotSignedIn(type(error).__name__, is_away=True) from None
    except Exception as error:
        raise NotSignedIn(type(error).__name__) from None
