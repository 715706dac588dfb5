"""How many calls one caller may make: an allowance that fills up again as time passes."""

from __future__ import annotations

import math
from collections import OrderedDict
from collections.abc import Callable
from ipaddress import ip_address, ip_network
from time import monotonic
from typing import NamedTuple

from starlette.types import ASGIApp, Receive, Scope, Send

from service.http.errors import ERRORS
from service.http.outcome import media_at, outcome
from service.trust.exempt import is_open

MOST_CALLERS = 10_000  # remembered; who was not seen for longest is forgotten first
SHARED_BITS = 64  # of an IPv6 address: one customer has all that begin so


class Allowance(NamedTuple):
    """Calls that a caller may still make, at a moment in seconds."""

    calls: float
    at: float


class Pace:
    """Lets each caller make `per_minute` calls at once, which come back as time passes."""

    def __init__(self, per_minute: int, clock: Callable[[], float] = monotonic) -> None:
        self._most, self._clock = per_minute, clock
        self._callers: OrderedDict[str, Allowance] = OrderedDict()

    def wait(self, caller: str) -> float:
        """Seconds until there is a call to take from the caller's allowance; 0: there is one now."""
        calls = self._left(caller).calls
        return 0.0 if calls >= 1 else (1 - calls) * 60 / self._most

    def spend(self, caller: str) -> float:
        """Take one call from the allowance, if there is one; seconds until there is, if not."""
        wait, left = self.wait(caller), self._left(caller)
        self._callers[caller] = left if wait else Allowance(left.calls - 1, left.at)
        self._callers.move_to_end(caller)
        if len(self._callers) > MOST_CALLERS:
            self._callers.popitem(last=False)
        return wait

    def _left(self, caller: str) -> Allowance:
        now = self._clock()
        calls, at = self._callers.get(caller, Allowance(self._most, now))
        return Allowance(min(self._most, calls + (now - at) * self._most / 60), now)


class Paced:
    """Answers 429 to a caller who made more calls at once than the pace allows, or goes on faster than that."""

    def __init__(self, app: ASGIApp, pace: Pace) -> None:
        self.app, self._pace = app, pace

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        wait = 0.0 if scope["type"] != "http" or is_open(scope) else self._pace.spend(caller_of(scope))
        await (slower(scope, wait) if wait else self.app)(scope, receive, send)


def caller_of(scope: Scope) -> str:
    """The issuer of a token that holds, else the network the call came from."""
    caller = scope.get("state", {}).get("caller")
    return str(caller.issuer) if caller is not None else network_of(scope)


def network_of(scope: Scope) -> str:
    """The network address that a call came from."""
    address = (scope.get("client") or ("",))[0]
    try:
        is_shared = ip_address(address).version == 6
    except ValueError:
        return address
    return str(ip_network(f"{address}/{SHARED_BITS}", strict=False)) if is_shared else address


def slower(scope: Scope, wait: float) -> ASGIApp:
    """The refusal that says when to come again, in seconds."""
    said = ERRORS[429]
    headers = {"Retry-After": str(math.ceil(wait))}
    return outcome(429, said.code, said.diagnostics, headers, media_at(scope["path"]))
