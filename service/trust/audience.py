"""The ways in which a client may have written the URL it called."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import urlsplit

from starlette.types import Scope

LOOPBACK = ("127.0.0.1", "localhost", "::1")


def called(scope: Scope, bases: Sequence[str]) -> tuple[str, ...]:
    """The URL called under each address of this service, with and without its query.

    What a proxy or a caller says of the address (Host) counts only where none is set, and then on loopback alone.
    """
    path = (scope.get("raw_path") or scope["path"].encode()).decode("latin-1")
    query = scope.get("query_string", b"").decode("latin-1")
    urls = tuple(base + path for base in bases or _as_called(scope))
    return urls + tuple(f"{url}?{query}" for url in urls) if query else urls


def is_ours(url: str, bases: Sequence[str]) -> bool:
    """Whether a client that calls this URL calls this service; where no address is set, it must be on loopback."""
    if bases:
        return any(url.startswith(f"{base}/") for base in bases)
    _, _, rest = url.partition("://")
    return _is_loopback(rest.partition("/")[0])


def _as_called(scope: Scope) -> tuple[str, ...]:
    hosts = [value.decode("latin-1") for name, value in scope["headers"] if name == b"host"]
    here = scope.get("server") or ("", None)
    if len(hosts) != 1 or here[0] not in LOOPBACK or not _is_loopback(hosts[0]):
        return ()
    return (f"{scope['scheme']}://{hosts[0]}",)


def _is_loopback(host: str) -> bool:
    try:
        return urlsplit(f"//{host}").hostname in LOOPBACK
    except ValueError:
        return False
