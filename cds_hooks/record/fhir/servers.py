"""On which server a resource is: an id names one thing on one server, and may name another elsewhere.

References are resolved as FHIR R4 has it for Bundles: a relative one against the fullUrl of the entry it stands in.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple

_DEFAULT_PORTS = {"http": ":80", "https": ":443"}


def base_of(url: str | None) -> str:
    """What stands before type and id, as written; empty for what is no web address."""
    if not url or not url.startswith("http"):
        return ""
    return url[: max(url.rfind("/", 0, max(url.rfind("/"), 0)), 0)]


def server_of(url: str | None) -> str | None:
    """The server in `https://a.example/fhir/Patient/1`, to compare; None for what is no address of a resource.

    Neither http or https, nor the case of the host's name, nor a default port makes it another server.
    """
    scheme, _, rest = (url or "").partition("/_history/")[0].partition("://")
    parts = rest.rsplit("/", 2)
    if scheme.lower() not in _DEFAULT_PORTS or len(parts) < 3 or not _is_type(parts[1]):
        return None
    host, slash, path = parts[0].rstrip("/").partition("/")
    return f"{host.lower().removesuffix(_DEFAULT_PORTS[scheme.lower()])}{slash}{path}"


def named_server(base: str) -> str | None:
    """The same of a server's base URL."""
    return server_of(f"{base.rstrip('/')}/Patient/1") if base else None


def _is_type(name: str) -> bool:
    return name[:1].isupper() and name.isascii() and name.isalpha()


class Home(NamedTuple):
    """Where one person's resources are: on these servers, and on none that is named where `takes_unsaid`."""

    servers: frozenset[str]
    takes_unsaid: bool

    def has(self, server: str | None) -> bool:
        """Whether what is said of the person's id on a server is said of the person."""
        return self.takes_unsaid if server is None else server in self.servers


def home_of(own: Collection[str], shown: Collection[str], called: str | None, *, is_told: bool) -> Home:
    """Where a person is at home.

    `own` are the servers of the Patient's entries, `shown` those on which references place somebody of that id,
    `called` the server of the call; `is_told` whether the call itself says which patient is meant. Where two servers
    are shown and nothing settles which is meant, what names one of them is not the person's.
    """
    if own:
        return Home(frozenset(own), is_told or set(shown) <= set(own))
    if len(shown) == 1:
        return Home(frozenset(shown), takes_unsaid=True)
    return Home(frozenset({called} if called in shown and called is not None else ()), takes_unsaid=True)
