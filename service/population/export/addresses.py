"""Which addresses an export may call, and which of them may see our token."""

from __future__ import annotations

from collections.abc import Sequence

import httpx

from service.population.export.failure import ExportFailed

HERE = ("localhost", "127.0.0.1", "::1")


def require_safe(address: str | httpx.URL, whose: str) -> httpx.URL:
    """The address, when what is sent to it stays secret: by https, or not past this machine.

    Raises:
        ExportFailed: it is none; `whose` says where it comes from.
    """
    try:
        url = httpx.URL(address)
    except httpx.InvalidURL:
        raise ExportFailed(f"{whose} is no address") from None
    if not url.host or (url.scheme != "https" and not (url.scheme == "http" and url.host in HERE)):
        raise ExportFailed(f"{whose} must begin with https://; http:// only on this machine")
    return url


def client_of(patience: float, *, trust_env: bool = True) -> httpx.Client:
    """A client that follows where it is led, but never to where others can listen. httpx leaves a token behind then."""

    def look(request: httpx.Request) -> None:
        require_safe(request.url, "an address that the server names")

    return httpx.Client(timeout=patience, follow_redirects=True, event_hooks={"request": [look]}, trust_env=trust_env)


class Places:
    """The server, and where else its files may lie that it wants our token for."""

    def __init__(self, server: str, files_at: Sequence[str] = ()) -> None:
        self._server = httpx.URL(server)
        self._trusted = [_origin(url) for url in (self._server, *map(httpx.URL, files_at))]

    def settled(self, base: str | httpx.URL, address: str) -> str:
        """An address the server names, in full. Behind a proxy it may not know that it is called by https."""
        try:
            url = httpx.URL(base).join(address)
        except httpx.InvalidURL:
            raise ExportFailed("the server names an address that is none") from None
        if (url.scheme, self._server.scheme) == ("http", "https") and url.host == self._server.host:
            url = url.copy_with(scheme=self._server.scheme, port=self._server.port)
        return str(require_safe(url, "an address that the server names"))

    def require_trusted(self, url: httpx.URL) -> None:
        """That our token may be sent there.

        Raises:
            ExportFailed: it is another host than the server's.
        """
        if _origin(url) not in self._trusted:
            where = f"{url.scheme}://{url.netloc.decode()}"
            raise ExportFailed(f"the server wants our token at {where}; if that is right, add --files-at {where}")


def _origin(url: httpx.URL) -> tuple[str, str, int | None]:
    return url.scheme, url.host, url.port
