"""Headers of every answer that keep browsers and caches from doing more with it than is meant."""

from __future__ import annotations

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service.trust.exempt import OPEN_UNDER

Header = tuple[bytes, bytes]
# What is no page loads nothing and stands in no frame; pages say more, see service.pages.
BARE_POLICY = "default-src 'none'; frame-ancestors 'none'"
SAFETY = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Content-Security-Policy": BARE_POLICY,
    "Cache-Control": "no-store",
}
_ALWAYS = tuple((name.lower().encode(), value.encode()) for name, value in SAFETY.items())
# Knowledge that is named by an ETag may be kept, and has to be asked for again; files that are served may be kept.
_KEPT = (*(header for header in _ALWAYS if header[0] != b"cache-control"), (b"cache-control", b"no-cache"))
_FILES = _KEPT[:-1]
# A year, for this host alone: others below its name may be somebody else's.
_TLS: Header = (b"strict-transport-security", b"max-age=31536000")


class Headed:
    """Adds what an answer does not say itself. Strict-Transport-Security only where the call came over TLS."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def send_headed(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], *_lacking(scope, message["headers"])]
            await send(message)

        await self.app(scope, receive, send_headed)


def _lacking(scope: Scope, said: list[Header]) -> list[Header]:
    names = {name.lower() for name, _ in said}
    wanted = _FILES if scope["path"].startswith(OPEN_UNDER) else _KEPT if b"etag" in names else _ALWAYS
    added = [header for header in wanted if header[0] not in names]
    return [*added, _TLS] if scope["scheme"] == "https" else added
