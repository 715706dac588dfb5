"""Watches every request: one log line without patient data, 503 in a crowd, and 500 when the service itself fails."""

from __future__ import annotations

import logging
import traceback
from time import perf_counter

from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service.outcome import FHIR_JSON, JSON, media_at, outcome
from service.turns import BUSY as SAID
from service.turns import Turns

log = logging.getLogger("hormone_cds")
HEALTH_PATH = "/health"


class Watch:
    """Wraps the application inside the CORS layer, so that browsers can read a 500 too.

    At `most` so many requests are under way at a time, and none is let in while those before it would keep it waiting
    too long for its turn; a probe of `/health` is always answered.
    """

    def __init__(self, app: ASGIApp, most: int, turns: Turns | None = None) -> None:
        self.app = app
        self.most, self._turns = most, turns or Turns()
        self.under_way = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        started = perf_counter()
        status = 0

        async def send_noting_status(message: Message) -> None:
            nonlocal status
            status = message.get("status", status)
            await send(message)

        scope.setdefault("state", {})["turns"] = self._turns
        crowded = not (self._turns.knock() and self.under_way < self.most) and scope["path"] != HEALTH_PATH
        self.under_way += 1
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
            log.info("%s %s %s %.1f ms", scope["method"], _template(scope), status, 1000 * (perf_counter() - started))


def describe_fault(error: BaseException) -> str:
    """Where and of what type, without the message: it may quote the chart."""
    places = (f"{frame.name}:{frame.lineno}" for frame in traceback.extract_tb(error.__traceback__)[-4:])
    return f"{type(error).__name__} in {' > '.join(places)}"


def _template(scope: Scope) -> str:
    return getattr(scope.get("route"), "path", "(no route)")


_FAULT = "The service failed on this request. Nothing was evaluated. Its log names the place."
FAULT = {media: outcome(500, "exception", _FAULT, media=media) for media in (JSON, FHIR_JSON)}
BUSY = {media: outcome(503, "throttled", SAID, {"Retry-After": "1"}, media) for media in (JSON, FHIR_JSON)}
