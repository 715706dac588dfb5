"""The one way to an address that a caller named: to listed places only, without redirects, proxies or waiting long.

Speaks through httpcore, which httpx stands on, since httpx logs every URL, and a URL of a search names the patient.
"""

from __future__ import annotations

import asyncio
import logging
import ssl
from collections.abc import Iterable, Mapping
from functools import partial

import httpcore

from service.outside.addresses import Guard, Lookups, Resolve, is_of_a_site, is_public, resolve
from service.outside.bodies import READERS
from service.outside.places import Address, Place, Target, locate, place
from service.outside.refusing import Refused, Why

MOST_BYTES = 8_000_000
MOST_CONNECTIONS = 24  # to one place; who is slow holds up only those who call the same place
IDLE = 60.0  # seconds until an unused connection is closed
# Below this level it writes down the headers of answers, among them addresses that name a patient.
logging.getLogger("httpcore").setLevel(logging.INFO)


class Outside:
    """Calls the places it was given, over connections that are kept for the next call. Close it at the end.

    `private` lets a listed name lead to addresses inside the site's own network. `resolve` and `tls` are as the system
    has them unless given.
    """

    def __init__(
        self,
        places: Iterable[str],
        *,
        private: bool = False,
        most_bytes: int = MOST_BYTES,
        resolve: Resolve = resolve,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self._places = tuple(map(place, places))
        self._private = private
        self._most_bytes = most_bytes
        self._lookups = Lookups(resolve)
        self._tls = tls
        self._pools: dict[Place, httpcore.AsyncConnectionPool] = {}

    def allows(self, url: str) -> bool:
        """Whether the URL lies in a listed place."""
        target = locate(url)
        return target is not None and any(place.holds(target) for place in self._places)

    async def get(self, url: str, headers: Mapping[str, str] | None = None, within: float = 2.0) -> bytes:
        """The body of a GET that was answered with 200, in at most `within` seconds.

        Raises:
            Refused: there is none; says why.
        """
        return await self._ask("GET", url, headers or {}, None, within)

    async def post(self, url: str, headers: Mapping[str, str], content: bytes, within: float = 2.0) -> bytes:
        """The same of a POST."""
        return await self._ask("POST", url, headers, content, within)

    async def close(self) -> None:
        """Let all connections go."""
        pools, self._pools = self._pools, {}
        for pool in pools.values():
            await pool.aclose()

    async def _ask(
        self, method: str, url: str, headers: Mapping[str, str], content: bytes | None, within: float
    ) -> bytes:
        target = locate(url)
        place = next((place for place in self._places if target is not None and place.holds(target)), None)
        if target is None or place is None:
            raise Refused(Why.NOT_LISTED)
        try:
            async with asyncio.timeout(within):
                return await self._send(self._pool(place), method, target, headers, content, within)
        except (TimeoutError, httpcore.TimeoutException):
            raise Refused(Why.SLOW) from None
        except httpcore.ConnectError:
            raise Refused(Why.UNREACHABLE) from None
        except (httpcore.NetworkError, httpcore.ProtocolError):
            raise Refused(Why.BROKEN) from None

    async def _send(
        self,
        pool: httpcore.AsyncConnectionPool,
        method: str,
        target: Target,
        headers: Mapping[str, str],
        content: bytes | None,
        within: float,
    ) -> bytes:
        asked = {"Host": target.host_header, "Accept-Encoding": "gzip", **headers}
        limits = {"timeout": dict.fromkeys(("connect", "read", "write", "pool"), within)}
        url = httpcore.URL(scheme=target.scheme, host=target.host, port=target.port, target=target.wanted)
        async with pool.stream(method, url, headers=list(asked.items()), content=content, extensions=limits) as answer:
            told = {name.lower(): value for name, value in answer.headers}
            if answer.status != 200:
                raise Refused(_why(answer.status), answer.status, _seconds(told.get(b"retry-after", b"")))
            read = READERS.get(told.get(b"content-encoding", b"").strip().lower())
            if read is None:
                raise Refused(Why.BROKEN)
            return await read(answer.aiter_stream(), self._most_bytes)

    def _pool(self, place: Place) -> httpcore.AsyncConnectionPool:
        if place not in self._pools:
            self._tls = self._tls or ssl.create_default_context()
            self._pools[place] = httpcore.AsyncConnectionPool(
                ssl_context=self._tls,
                max_connections=MOST_CONNECTIONS,
                keepalive_expiry=IDLE,
                network_backend=Guard(self._lookups, partial(_may_call, place, self._private)),
            )
        return self._pools[place]


def _may_call(place: Place, private: bool, address: Address) -> bool:
    return is_public(address) or place.names(address) or (private and is_of_a_site(address))


def _why(status: int) -> Why:
    return Why.REDIRECT if 300 <= status < 400 else Why.STATUS


def _seconds(retry_after: bytes) -> int | None:
    """Retry-After in seconds; None for a date: nobody waits that long."""
    return int(retry_after) if retry_after.isdigit() and len(retry_after) < 6 else None
