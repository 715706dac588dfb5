"""Kept connections to one place, at most so many at a time.

Not httpcore's own pool: there, a request that is given up in the moment it gets its connection takes that one with it.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpcore

MOST = 24  # who is slow holds up only those who call the same place
IDLE = 60.0  # seconds after which an unused connection is not used again


class Connections:
    """Lends connections, which come back to it when they can be used again, else are closed."""

    def __init__(self, tls: ssl.SSLContext | None, network: httpcore.AsyncNetworkBackend) -> None:
        self._tls, self._network = tls, network
        self._room = asyncio.Semaphore(MOST)
        self._idle: list[tuple[httpcore.Origin, httpcore.AsyncHTTPConnection]] = []

    @asynccontextmanager
    async def lent(self, origin: httpcore.Origin) -> AsyncIterator[httpcore.AsyncHTTPConnection]:
        """A connection to the origin, kept or new, as soon as there is room."""
        async with self._room:
            connection = await self._kept(origin) or self._new(origin)
            try:
                yield connection
            finally:
                if connection.is_available():
                    self._idle.append((origin, connection))
                else:
                    await connection.aclose()

    async def close(self) -> None:
        """Let all connections go that nobody uses."""
        while self._idle:
            await self._idle.pop()[1].aclose()

    async def _kept(self, origin: httpcore.Origin) -> httpcore.AsyncHTTPConnection | None:
        """The connection used last; whichever the other side has closed meanwhile is dropped."""
        gone = [pair for pair in self._idle if pair[1].has_expired()]
        self._idle = [pair for pair in self._idle if pair not in gone]
        for _, connection in gone:
            await connection.aclose()
        fitting = next((pair for pair in reversed(self._idle) if pair[0] == origin), None)
        if fitting is None:
            return None
        self._idle.remove(fitting)
        return fitting[1]

    def _new(self, origin: httpcore.Origin) -> httpcore.AsyncHTTPConnection:
        return httpcore.AsyncHTTPConnection(
            origin, ssl_context=self._tls, keepalive_expiry=IDLE, network_backend=self._network
        )
