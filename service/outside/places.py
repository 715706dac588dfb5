"""Which addresses may be called: a list of base URLs, compared part by part and never as text.

A URL that could be read in two ways (user names, encoded dots and slashes, control characters) is in no place.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address
from urllib.parse import SplitResult, unquote, urlsplit

Address = IPv4Address | IPv6Address
PORTS = {"http": 80, "https": 443}
_PRINTABLE = re.compile(r"[!-~]+")
_UNSAFE = re.compile(r'[\\"<>^`{}]')
_HOST = re.compile(r"[a-z0-9_]([a-z0-9._-]*[a-z0-9_])?|[0-9a-f:.]+")


@dataclass(frozen=True, slots=True)
class Target:
    """A URL, taken apart once: what is checked is what is called."""

    scheme: str
    host: str
    port: int
    segments: tuple[str, ...]
    path: str
    query: str

    def is_under(self, other: Target) -> bool:
        """Whether it is the other or below it, on the same server and port."""
        same = (self.scheme, self.host, self.port) == (other.scheme, other.host, other.port)
        return same and self.segments[: len(other.segments)] == other.segments

    @property
    def host_header(self) -> str:
        """The Host header: the name, and the port unless it is the scheme's own."""
        name = f"[{self.host}]" if ":" in self.host else self.host
        return name if self.port == PORTS[self.scheme] else f"{name}:{self.port}"

    @property
    def wanted(self) -> str:
        """Path and query, as they are sent."""
        return (self.path or "/") + (f"?{self.query}" if self.query else "")


@dataclass(frozen=True, slots=True)
class Place:
    """One entry of the list. `port` is None for this very machine without a port: there any port is meant."""

    scheme: str
    host: str
    port: int | None
    segments: tuple[str, ...]

    @property
    def keeps_secrets(self) -> bool:
        """Whether a token may be sent there: over TLS, or without leaving this machine."""
        return self.scheme == "https" or _is_here(self.host)

    def holds(self, target: Target) -> bool:
        """Whether the target lies under this base URL, by whole path segments."""
        under = target.segments[: len(self.segments)] == self.segments
        same = (target.scheme, target.host) == (self.scheme, self.host)
        return same and under and self.port in (None, target.port)

    def names(self, address: Address) -> bool:
        """Whether the entry itself says this address, so that it may be called even if it is not public."""
        if self.host == "localhost":
            return address.is_loopback
        return _literal(self.host) == address


def place(written: str) -> Place:
    """An entry of the list.

    Raises:
        ValueError: it is no base URL; the message says what would be.
    """
    target = locate(written)
    if target is None or target.query:
        raise ValueError(f"'{written}' is no base URL: write it as https://ehr.example/fhir (names in ASCII)")
    unsaid = urlsplit(written).port is None
    return Place(target.scheme, target.host, None if unsaid and _is_here(target.host) else target.port, target.segments)


def locate(url: str) -> Target | None:
    """The parts of an absolute http(s) URL; None for one that is none, or that could be read in two ways."""
    if not _PRINTABLE.fullmatch(url) or _UNSAFE.search(url) or "#" in url:
        return None
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return None
    scheme, host = parts.scheme.lower(), _host(parts)
    segments = _segments(parts.path)
    if scheme not in PORTS or "@" in parts.netloc or segments is None or host is None:
        return None
    return Target(scheme, host, port or PORTS[scheme], segments, parts.path, parts.query)


def _host(parts: SplitResult) -> str | None:
    """The name in small letters, or a literal address in its usual spelling."""
    host = (parts.hostname or "").removesuffix(".")
    if not _HOST.fullmatch(host) or (":" in host) != ("[" in parts.netloc) or parts.netloc.endswith(":"):
        return None
    return str(_literal(host) or host)


def _segments(path: str) -> tuple[str, ...] | None:
    """The path's segments without a slash at its end; None when a server might find other ones in it."""
    segments = tuple(path.removesuffix("/").split("/")[1:])
    return segments if all(map(_is_plain, segments)) else None


def _is_plain(segment: str) -> bool:
    while (decoded := unquote(segment)) != segment:
        segment = decoded
    # Some servers take what follows a ";" for a parameter and look at the rest alone.
    name = segment.partition(";")[0].strip()
    return name not in ("", ".", "..") and segment.isprintable() and not set(segment) & {"/", "\\"}


def _is_here(host: str) -> bool:
    literal = _literal(host)
    return host == "localhost" or (literal is not None and literal.is_loopback)


def _literal(host: str) -> Address | None:
    try:
        return ip_address(host)
    except ValueError:
        return None
