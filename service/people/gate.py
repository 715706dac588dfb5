"""The gate before everything that is for people only; where tokens are required, before all that a browser asks for."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import TYPE_CHECKING
from urllib.parse import quote

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service.http.outcome import media_at, outcome
from service.people.people import CALLBACK, SIGN_IN, SIGN_OUT, SIGNED_IN, Session, is_on_this_machine
from service.trust.exempt import is_open

if TYPE_CHECKING:  # where no token is required, its libraries need not be loaded
    from service.trust.verify import Caller

FOR_PEOPLE = ("/stats", "/codes", "/population", "/governance")
OF_A_POPULATION = ("/population", "/stats/threshold")  # closed to tokens too: one EHR's tells nothing of all patients
TO_SIGN_IN = (SIGN_IN, CALLBACK, SIGNED_IN, SIGN_OUT)
ASKED_BY_FORM = ("/try", "/timeline")  # pages that answer a form and keep nothing of it
# A SMART app is opened by an EHR, whose authorization server says who may see what. Without that setting: 404.
LAUNCHED = ("/launch", "/smart", "/smart/callback", "/smart/timeline")
NO_STORE = "private, no-store"


def is_for_people(path: str) -> bool:
    """Whether what stands at this address is for people only."""
    return any(_is_below(path, first) for first in FOR_PEOPLE)


def _is_below(path: str, first: str) -> bool:
    return path == first or path.startswith(f"{first}/")


def way_in(session: Session) -> Callable[[Scope], bool]:
    """For the guard that asks every call for a token: whether one without may go on to the gate."""

    def may_be_a_person(scope: Scope) -> bool:
        path, reads = scope["path"], scope["method"] in ("GET", "HEAD") or scope["path"] in ASKED_BY_FORM
        is_known = (reads or is_for_people(path)) and session.person(scope) is not None
        return path in TO_SIGN_IN or is_known or _wants_page(scope)

    return may_be_a_person


def is_launched(scope: Scope) -> bool:
    """For the same guard: whether it is an address of the SMART app."""
    return scope["path"] in LAUNCHED


def sees_what_is_for_people(session: Session | None, asks_all: bool) -> Callable[[Scope], bool]:
    """Whether whoever asks may look at what is for people, for pages that then lead there.

    `asks_all`: a guard before this gate asks every call for a token.
    """

    def sees(scope: Scope) -> bool:
        if session is None:
            return not asks_all and is_on_this_machine(scope)
        return session.person(scope) is not None

    return sees


class Gate:
    """Lets people pass who signed in; where nobody can (no session), those on this machine.

    `asks_all`: a guard before this gate asks every call for a token, and let those without one through as people.
    `readers`: the issuers whose tokens may read what is of a whole population.
    """

    def __init__(self, app: ASGIApp, session: Session | None, asks_all: bool, readers: Collection[str] = ()) -> None:
        self.app, self._session, self._asks_all, self._readers = app, session, asks_all, readers
        self._admits = sees_what_is_for_people(session, asks_all)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not self._is_closed(scope):
            await self.app(scope, receive, send)
        elif _caller(scope) is not None:
            await outcome(403, "forbidden", _NOT_YOURS, media=media_at(scope["path"]))(scope, receive, send)
        elif self._admits(scope):
            await self.app(scope, receive, _keep_private(send))
        else:
            await _turn_away(scope, self._session)(scope, receive, send)

    def _is_closed(self, scope: Scope) -> bool:
        caller = _caller(scope)
        if caller is not None:
            is_of_all = any(_is_below(scope["path"], first) for first in OF_A_POPULATION)
            return is_of_all and caller.issuer not in self._readers
        if scope["path"] in (*TO_SIGN_IN, *LAUNCHED):
            return False
        return is_for_people(scope["path"]) or (self._asks_all and not is_open(scope))


def _caller(scope: Scope) -> Caller | None:
    """Who proved with a token to be calling."""
    found: Caller | None = scope.get("state", {}).get("caller")
    return found


def _wants_page(scope: Scope) -> bool:
    return scope["method"] in ("GET", "HEAD") and "text/html" in Headers(scope=scope).get("accept", "")


def _turn_away(scope: Scope, session: Session | None) -> Response:
    """The way to sign in for a browser; for others a refusal that tells nothing."""
    media = media_at(scope["path"])
    if session is None:
        return outcome(403, "forbidden", _NOT_HERE, media=media)
    if _wants_page(scope):
        query = f"?{scope['query_string'].decode('latin-1')}" if scope["query_string"] else ""
        wanted = quote(quote(scope["path"]) + query, safe="")
        return RedirectResponse(f"{session.settings.public_url}{SIGN_IN}?next={wanted}", 303)
    return outcome(401, "login", _SIGN_IN, {"WWW-Authenticate": "Bearer"}, media)


def _keep_private(send: Send) -> Send:
    async def send_private(message: Message) -> None:
        if message["type"] == "http.response.start":
            MutableHeaders(scope=message)["Cache-Control"] = NO_STORE
        await send(message)

    return send_private


_SIGN_IN = "Sign in first."
_NOT_YOURS = (
    "This is of all patients: it is for people who sign in, and for tokens of the issuers that the operator lists in "
    "HORMONE_CDS_POPULATION_ISSUERS."
)
_NOT_HERE = (
    "This address answers on the service's own machine only. Elsewhere people have to sign in, which the operator sets "
    "up with HORMONE_CDS_OIDC_ISSUER."
)
