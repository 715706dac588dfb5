"""The gate before everything that is for people only."""

from __future__ import annotations

from urllib.parse import quote

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service.outcome import outcome
from service.people.people import SIGN_IN, Session, is_on_this_machine

FOR_PEOPLE = ("/stats", "/codes", "/worklist", "/governance")
NO_STORE = "private, no-store"


def is_for_people(path: str) -> bool:
    """Whether what stands at this address is for people only."""
    return any(path == first or path.startswith(f"{first}/") for first in FOR_PEOPLE)


class Gate:
    """Lets people pass who signed in; where nobody can (no session), those on this machine."""

    def __init__(self, app: ASGIApp, session: Session | None) -> None:
        self.app = app
        self.session = session

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not is_for_people(scope["path"]):
            await self.app(scope, receive, send)
        elif self.admits(scope):
            await self.app(scope, receive, _keep_private(send))
        else:
            await turn_away(scope, self.session)(scope, receive, send)

    def admits(self, scope: Scope) -> bool:
        """Whether this caller may look."""
        return is_on_this_machine(scope) if self.session is None else self.session.person(scope) is not None


def turn_away(scope: Scope, session: Session | None) -> Response:
    """The way to sign in for a browser; for others a refusal that tells nothing."""
    if session is None:
        return outcome(403, "forbidden", _NOT_HERE)
    if scope["method"] in ("GET", "HEAD") and "text/html" in Headers(scope=scope).get("accept", ""):
        query = f"?{scope['query_string'].decode('latin-1')}" if scope["query_string"] else ""
        wanted = quote(quote(scope["path"]) + query, safe="")
        return RedirectResponse(f"{session.settings.public_url}{SIGN_IN}?next={wanted}", 303)
    return outcome(401, "login", _SIGN_IN, {"WWW-Authenticate": "Bearer"})


def _keep_private(send: Send) -> Send:
    async def send_private(message: Message) -> None:
        if message["type"] == "http.response.start":
            MutableHeaders(scope=message).setdefault("Cache-Control", NO_STORE)
        await send(message)

    return send_private


_SIGN_IN = "Sign in first."
_NOT_HERE = (
    "This address answers on the service's own machine only. Elsewhere people have to sign in, which the operator sets "
    "up with HORMONE_CDS_OIDC_ISSUER."
)
