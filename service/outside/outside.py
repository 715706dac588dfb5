"""The one way to an address that a caller named: to listed places only, without redirects, proxies or waiting long.

Speaks through httpcore, which httpx stands on, since httpx logs every URL, and a URL of a search names the patient.
"""

from __future__ import annotations

import asyncio
import logging
import ssl
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from time import perf_counter
from typing import NamedTuple

import httpcore

from service.outside.addresses import Guard, Lookups, Resolve, is_of_a_site, is_public, resolve
from service.outside.bodies import READERS
from service.outside.connections import Connections
from service.outside.places import Address, Place, Target, locate, place
from service.outside.refusing import Refused, Why

MOST_BYTES = 8_000_000
# Below this level it writes down the headers of answers, among them addresses that name a patient.
logging.getLogger("httpcore").setLevel(logging.INFO)


class _Errand(NamedTuple):
    method: str
    url: str
    headers: Mapping[str, str]
    content: bytes | None


class Outside:
    """Calls the places it was given, over connections that are kept for the next call. Close it at the end.

    `private` lets a listed name lead to addresses inside the site's own network. `note` is told of each request how it
    ended (`ok`, or why not, in one word) and the seconds it took. `resolve` and `tls` are as the system has them unless
    given.
    """

    def __init__(
        self,
        places: Iterable[str],
        *,
        private: bool = False,
        most_bytes: int = MOST_BYTES,
        note: Callable[[str, float], None] = lambda outcome, seconds: None,
        resolve: Resolve = resolve,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self._places = tuple(map(place, places))
        self._private = private
        self._most_bytes = most_bytes
        self._note = note
        self._lookups = Lookups(resolve)
        # Reading all authorities takes longer than a call: once, at start, and only where somebody is called by https.
        self._tls = tls or (ssl.create_default_context() if self._is_any_secure() else None)
        self._connections: dict[Place, Connections] = {}

    def allows(self, url: str) -> bool:
        """Whether the URL lies in a listed place."""
        target = locate(url)
        return target is not None and any(place.holds(target) for place in self._places)

    async def get(self, url: str, headers: Mapping[str, str] | None = None, within: float = 2.0) -> bytes:
        """The body of a GET that was answered with 200, in at most `within` seconds.

        Raises:
            Refused: there is none; says why.
        """
        return await self._bring(_Errand("GET", url, headers or {}, None), within)

    async def post(self, url: str, headers: Mapping[str, str], content: bytes, within: float = 2.0) -> bytes:
        """The same of a POST."""
        return await self._bring(_Errand("POST", url, headers, content), within)

    async def close(self) -> None:
        """Let all connections go."""
        for connections in self._connections.values():
            await connections.close()

    async def _bring(self, errand: _Errand, within: float) -> bytes:
        began, outcome = perf_counter(), "fault"
        try:
            body = await self._fetch(errand, within)
            outcome = "ok"
        except Refused as refused:
            outcome = refused.name
            raise
        finally:
            self._note(outcome, perf_counter() - began)
        return body

    async def _fetch(self, errand: _Errand, within: float) -> bytes:
        target = locate(errand.url)
        place = next((place for place in self._places if target is not None and place.holds(target)), None)
        if target is None or place is None:
            raise Refused(Why.NOT_LISTED)
        try:
            async with asyncio.timeout(within):
                return await self._send(self._to(place), target, errand)
        except TimeoutError:
            raise Refused(Why.SLOW) from None
        except httpcore.ConnectError:
            raise Refused(Why.UNREACHABLE) from None
        except (httpcore.NetworkError, httpcore.ProtocolError, ssl.SSLError):
            raise Refused(Why.BROKEN) from None

    async def _send(self, connections: Connections, target: Target, errand: _Errand) -> bytes:
        url = httpcore.URL(scheme=target.scheme, host=target.host, port=target.port, target=target.wanted)
        headers = {"Host": target.host_header, "Accept-Encoding": "gzip", **errand.headers}
        async with (
            connections.lent(url.origin) as connection,
            connection.stream(errand.method, url, headers=list(headers.items()), content=errand.content) as answer,
        ):
            return await self._read(answer)

    async def _read(self, answer: httpcore.Response) -> bytes:
        told = {name.lower(): value for name, value in answer.headers}
        if answer.status != 200:
            raise Refused(_why(answer.status), answer.status, _seconds(told.get(b"retry-after", b"")))
        read = READERS.get(told.get(b"content-encoding", b"").strip().lower())
        if read is None:
            raise Refused(Why.BROKEN)
        return await read(answer.aiter_stream(), self._most_bytes)

    def _is_any_secure(self) -> bool:
        return any(place.scheme == "https" for place in self._places)

    def _to(self, place: Place) -> Connections:
        if place not in self._connections:
            guard = Guard(self._lookups, partial(_may_call, place, self._private))
            self._connections[place] = Connections(self._tls, guard)
        return self._connections[place]


def _may_call(place: Place, private: bool, address: Address) -> bool:
    return is_public(address) or place.names(address) or (private and is_of_a_site(address))


def _why(status: int) -> Why:
    return Why.REDIRECT if 300 <= status < 400 else Why.STATUS


def _seconds(retry_after: bytes) -> int | None:
    """Retry-After in seconds; None for a date: nobody waits that long."""
    return int(retry_after) if retry_after.isdigit() and len(retry_after) < 6 else None
