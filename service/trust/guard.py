"""Stands before every route: a call proves who sent it, or is answered 401 without details."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence

from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from service.http.errors import ERRORS
from service.http.outcome import FHIR_JSON, JSON, media_at, outcome
from service.http.pace import Pace, network_of, slower
from service.operating.counts.counting import Counting
from service.trust.audience import called
from service.trust.distrust import Distrust, Why
from service.trust.exempt import is_open
from service.trust.ledger import Ledger, LedgerAway
from service.trust.verify import Caller, Verifier

log = logging.getLogger("hormone_cds")
WayIn = Callable[[Scope], bool]


class Guard:
    """Lets a request through to `app` when a token proves its caller, who is then `scope["state"]["caller"]`.

    `others` are further ways in, for people with a browser: each says of a request whether it may pass. They see only
    requests without a token. By `pace`, calls that prove nothing count for the address they come from; once that may
    make no more, no token from there is looked at.
    """

    def __init__(
        self,
        app: ASGIApp,
        verifier: Verifier,
        ledger: Ledger,
        bases: Sequence[str],
        others: Sequence[WayIn] = (),
        pace: Pace | None = None,
        counting: Counting | None = None,
    ) -> None:
        self.app, self._verifier, self._ledger, self._bases, self._others = app, verifier, ledger, bases, others
        self._pace = pace
        self._counting = counting or Counting()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
        elif scope["type"] != "http":
            await send({"type": "websocket.close", "code": 1008})
        elif is_open(scope):
            await self.app(scope, receive, send)
        else:
            await (await self._way(scope))(scope, receive, send)

    async def _way(self, scope: Scope) -> ASGIApp:
        """The application, or the refusal."""
        if self._others and not _authorizations(scope) and any(may_pass(scope) for may_pass in self._others):
            return self.app
        wait = self._pace.wait(network_of(scope)) if self._pace is not None else 0.0
        return slower(scope, wait) if wait else await self._proven(scope)

    async def _proven(self, scope: Scope) -> ASGIApp:
        try:
            scope.setdefault("state", {})["caller"] = await self._caller(scope)
            self._counting.saw_token("accepted")
        except Distrust as distrust:
            self._counting.saw_token(distrust.why.name.lower())
            log.info("a call was refused: %s", distrust.why)
            if self._pace is not None:
                self._pace.spend(network_of(scope))
            return UNPROVEN[media_at(scope["path"])]
        except LedgerAway:
            self._counting.saw_token("ledger_away")
            return AWAY[media_at(scope["path"])]
        return self.app

    async def _caller(self, scope: Scope) -> Caller:
        proven = await self._verifier.verify(_token(scope), called(scope, self._bases))
        # Written down before anything is answered: of two calls with one token, one is refused in any case.
        if not await self._ledger.enter(proven.caller.issuer, proven.jti, proven.until):
            raise Distrust(Why.REPLAYED)
        return proven.caller


def _authorizations(scope: Scope) -> list[bytes]:
    return [value for name, value in scope["headers"] if name == b"authorization"]


def _token(scope: Scope) -> str:
    sent = _authorizations(scope)
    scheme, _, token = sent[0].decode("latin-1").partition(" ") if len(sent) == 1 else ("", "", "")
    if scheme.lower() != "bearer":
        raise Distrust(Why.NO_TOKEN)
    return token.strip(" ")


def _refusals(status: int, code: str, said: str, headers: dict[str, str]) -> dict[str, Response]:
    return {media: outcome(status, code, said, headers, media) for media in (JSON, FHIR_JSON)}


_AWAY = "It cannot be checked now whether the token was used before. Nothing was evaluated. Try again with a new one."
UNPROVEN = _refusals(401, ERRORS[401].code, ERRORS[401].diagnostics, {"WWW-Authenticate": "Bearer"})
AWAY = _refusals(503, "transient", _AWAY, {"Retry-After": "1"})
