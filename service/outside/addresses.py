"""Which network addresses a name may lead to, and connections to just the addresses that were looked at.

A name is looked up once for a connection, every address it has is judged, and the connection goes to one of those: a
name that leads elsewhere a moment later (DNS rebinding) changes nothing. TLS still verifies the name.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable, Iterable, Sequence
from ipaddress import IPv4Address, ip_address, ip_network
from typing import Any

import httpcore

from service.outside.places import Address
from service.outside.refusing import Refused, Why

Resolve = Callable[[str, int], Awaitable[Sequence[str]]]
MOST_TRIED = 4  # addresses of one name
_NAT64 = ip_network("64:ff9b::/96")
_SITES = tuple(map(ip_network, ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7")))


def is_public(address: Address) -> bool:
    """Whether it is an address of the open internet; one that carries another (mapped, 6to4, NAT64) counts as that."""
    carried = _carried(address)
    if carried is not None:
        return is_public(carried)
    is_reserved = address.is_multicast or address.is_reserved or getattr(address, "is_site_local", False)
    return address.is_global and not is_reserved


def is_of_a_site(address: Address) -> bool:
    """Whether it is an address that organisations give out inside their own network; this machine's own are not."""
    carried = _carried(address)
    return is_of_a_site(carried) if carried is not None else any(address in network for network in _SITES)


def _carried(address: Address) -> IPv4Address | None:
    if isinstance(address, IPv4Address):
        return None
    if address in _NAT64 or (int(address) >> 32 == 0 and int(address) > 1):  # the latter: IPv4-compatible, deprecated
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour or (address.teredo[1] if address.teredo else None)


async def resolve(host: str, port: int) -> Sequence[str]:
    """The addresses of a name, by the system's resolver."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(address[0]) for *_, address in found]


class Lookups:
    """Looks each name up once at a time: a name that answers slowly holds one thread, however many wait for it."""

    def __init__(self, resolve: Resolve) -> None:
        self._resolve = resolve
        self._under_way: dict[tuple[str, int], asyncio.Task[Sequence[str]]] = {}

    async def addresses(self, host: str, port: int) -> list[Address]:
        """All addresses of the name, in the order in which they should be tried.

        Raises:
            OSError: there are none.
        """
        key = (host, port)
        if key not in self._under_way:
            self._under_way[key] = asyncio.ensure_future(self._resolve(host, port))
            self._under_way[key].add_done_callback(lambda done: self._finish(key, done))
        found = await asyncio.shield(self._under_way[key])
        return [ip_address(text) for text in dict.fromkeys(found)]

    def _finish(self, key: tuple[str, int], done: asyncio.Task[Sequence[str]]) -> None:
        del self._under_way[key]
        if not done.cancelled():
            done.exception()  # who waited was told; nobody else needs to hear


class Guard(httpcore.AsyncNetworkBackend):
    """Connects to a name's addresses only when `may_call` allows every one of them."""

    def __init__(self, lookups: Lookups, may_call: Callable[[Address], bool]) -> None:
        self._lookups, self._may_call = lookups, may_call
        self._network = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """A connection to the first address that answers.

        Raises:
            Refused: the name has an address that may not be called, or none that answers.
        """
        *others, last = await self._checked(host, port)
        for address in others:
            try:
                return await self._network.connect_tcp(str(address), port, timeout and timeout / (len(others) + 1))
            except (httpcore.ConnectError, httpcore.ConnectTimeout):
                continue
        return await self._network.connect_tcp(str(last), port, timeout)

    async def _checked(self, host: str, port: int) -> list[Address]:
        try:
            found = await self._lookups.addresses(host, port)
        except (OSError, ValueError):
            raise Refused(Why.UNREACHABLE) from None
        if not all(map(self._may_call, found)):
            raise Refused(Why.ADDRESS)
        if not found:
            raise Refused(Why.UNREACHABLE)
        return found[:MOST_TRIED]
