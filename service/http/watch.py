"""Watches every request: its id, one log line without patient data, 503 in a crowd, 500 when the service fails."""

from __future__ import annotations

import logging
import traceback
from time import perf_counter

from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service.http.outcome import FHIR_JSON, JSON, media_at, outcome
from service.http.turns import BUSY as SAID
from service.http.turns import Turns
from service.operating.counts.counting import Counting
from service.operating.request_ids import HEADER, request_id, under_way
from service.trust.exempt import ALWAYS

log = logging.getLogger("hormone_cds")
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS"})
NO_ROUTE = "(no route)"  # no such address, or refused before a route was found


class Watch:
    """Wraps the application inside the CORS layer, so that browsers can read a 500 too.

    At `most` so many requests are under way at a time, and none is let in while those before it would keep it waiting
    too long for its turn; probes and `/metrics` are always answered.
    """

    def __init__(self, app: ASGIApp, most: int, turns: Turns | None = None, counting: Counting | None = None) -> None:
        self.app = app
        self.most, self._turns, self._counting = most, turns or Turns(), counting or Counting()
        self.under_way = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        started = perf_counter()
        status = 0
        identity = request_id(scope["headers"])
        under_way.set(identity)
        scope.setdefault("state", {})["request_id"] = identity
        mark = (HEADER, identity.encode("ascii"))

        async def send_noting_status(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message = {**message, "headers": [*message["headers"], mark]}
            await send(message)

        scope.setdefault("state", {})["turns"] = self._turns
        crowded = not (self._turns.knock() and self.under_way < self.most) and scope["path"] not in ALWAYS
        self.under_way += 1
        self._counting.began()
        try:
            await (BUSY[media_at(scope["path"])] if crowded else self.app)(scope, receive, send_noting_status)
        except ClientDisconnect:
            status = 499
        except Exception as error:
            log.error("fault %s", describe_fault(error))
            if not status:
                await FAULT[media_at(scope["path"])](scope, receive, send_noting_status)
        finally:
            self.under_way -= 1
            self._note(scope, status, perf_counter() - started)

    def _note(self, scope: Scope, status: int, seconds: float) -> None:
        route, method = route_of(scope), scope["method"] if scope["method"] in METHODS else "other"
        self._counting.answered(method, route, status, seconds)
        if log.isEnabledFor(logging.INFO):
            state, ms = scope["state"], round(1000 * seconds, 1)
            told = {"message": "request", "method": method, "route": route, "status": status, "ms": ms}
            if "hook_instance" in state:
                told["hookInstance"] = state["hook_instance"]
            line = (method, route, status, ms, state["request_id"])
            log.info("%s %s %s %s ms %s", *line, extra={"told": told})


def describe_fault(error: BaseException) -> str:
    """Where and of what type, without the message: it may quote the chart."""
    places = (f"{frame.name}:{frame.lineno}" for frame in traceback.extract_tb(error.__traceback__)[-4:])
    return f"{type(error).__name__} in {' > '.join(places)}"


def route_of(scope: Scope) -> str:
    """The template of the route that answered, such as `/protocols/{id}`."""
    return getattr(scope.get("route"), "path", NO_ROUTE)


_FAULT = "The service failed on this request. Nothing was evaluated. Its log names the place."
FAULT = {media: outcome(500, "exception", _FAULT, media=media) for media in (JSON, FHIR_JSON)}
BUSY = {media: outcome(503, "throttled", SAID, {"Retry-After": "1"}, media) for media in (JSON, FHIR_JSON)}
