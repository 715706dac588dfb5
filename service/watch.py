"""Watches every request: one log line without patient data, and a plain 500 when the service itself fails."""

from __future__ import annotations

import logging
import traceback
from time import perf_counter

from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service.outcome import outcome

log = logging.getLogger("hormone_cds")


class Watch:
    """Wraps the application inside the CORS layer, so that browsers can read a 500 too."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

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

        try:
            await self.app(scope, receive, send_noting_status)
        except ClientDisconnect:
            status = 499
        except Exception as error:
            log.error("fault %s", describe_fault(error))
            if not status:
                await FAULT(scope, receive, send_noting_status)
        finally:
            log.info("%s %s %s %.1f ms", scope["method"], _template(scope), status, 1000 * (perf_counter() - started))


def describe_fault(error: BaseException) -> str:
    """Where and of what type, without the message: it may quote the chart."""
    places = (f"{frame.name}:{frame.lineno}" for frame in traceback.extract_tb(error.__traceback__)[-4:])
    return f"{type(error).__name__} in {' > '.join(places)}"


def _template(scope: Scope) -> str:
    return getattr(scope.get("route"), "path", "(no route)")


FAULT = outcome(500, "exception", "The service failed on this request. Nothing was evaluated. Its log names the place.")
