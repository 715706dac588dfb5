"""How many calls one caller may make: an allowance that fills up again as time passes."""

from __future__ import annotations

import math
from collections import OrderedDict
from collections.abc import Callable
from ipaddress import ip_address, ip_network
from time import monotonic
from typing import NamedTuple

from starlette.types import ASGIApp, Receive, Scope, Send

from service.errors import ERRORS
from service.outcome import media_at, outcome
from service.trust.exempt import is_open

MOST_CALLERS = 10_000  # remembered; who was not seen for longest is forgotten first
SHARED_BITS = 64  # of an IPv6 address: one customer has all that begin so


class Allowance(NamedTuple):
    """Calls that a caller may still make, at a moment in seconds."""

    calls: float
    at: float


class Pace:
    """Answers 429 to a caller who made more than `per_minute` calls at once, or goes on faster than that."""

    def __init__(self, app: ASGIApp, per_minute: int, clock: Callable[[], float] = monotonic) -> None:
        self.app, self._most, self._clock = app, per_minute, clock
        self._callers: OrderedDict[str, Allowance] = OrderedDict()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        wait = 0.0 if scope["type"] != "http" or is_open(scope) else self._spend(caller_of(scope))
        await (_slower(scope, wait) if wait else self.app)(scope, receive, send)

    def _spend(self, caller: str) -> float:
        """Take one call from the allowance; seconds until there is one, if there is none."""
        now, per_second = self._clock(), self._most / 60
        calls, at = self._callers.pop(caller, Allowance(self._most, now))
        calls = min(self._most, calls + (now - at) * per_second)
        self._callers[caller] = Allowance(calls - 1 if calls >= 1 else calls, now)
        if len(self._callers) > MOST_CALLERS:
            self._callers.popitem(last=False)
        return 0.0 if calls >= 1 else (1 - calls) / per_second


def caller_of(scope: Scope) -> str:
    """The issuer of a token that holds, else the network the call came from."""
    caller = scope.get("state", {}).get("caller")
    return str(caller.issuer) if caller is not None else _network((scope.get("client") or ("",))[0])


def _network(address: str) -> str:
    try:
        is_shared = ip_address(address).version == 6
    except ValueError:
        return address
    return str(ip_network(f"{address}/{SHARED_BITS}", strict=False)) if is_shared else address


def _slower(scope: Scope, wait: float) -> ASGIApp:
    said = ERRORS[429]
    headers = {"Retry-After": str(math.ceil(wait))}
    return outcome(429, said.code, said.diagnostics, headers, media_at(scope["path"]))
