"""The limit: the least a Python server can do with a hook call is decode what we read of it and answer a constant."""

from __future__ import annotations

import gc
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

import msgspec

from cds_hooks.wire.request import HookRequest

Message = MutableMapping[str, Any]

CARD = {"summary": "A constant card", "indicator": "info", "source": {"label": "Limit"}}
ANSWER = msgspec.json.encode({"cards": [CARD]})
HEADERS = [(b"content-type", b"application/json"), (b"content-length", str(len(ANSWER)).encode())]

_CALL = msgspec.json.Decoder(HookRequest)


async def app(
    scope: Message, receive: Callable[[], Awaitable[Message]], send: Callable[[Message], Awaitable[None]]
) -> None:
    """Answers every POST, at any address."""
    if scope["type"] == "lifespan":
        await _live(receive, send)
        return
    _CALL.decode(await _body(receive))
    await send({"type": "http.response.start", "status": 200, "headers": HEADERS})
    await send({"type": "http.response.body", "body": ANSWER})


async def _body(receive: Callable[[], Awaitable[Message]]) -> bytes:
    parts = []
    more = True
    while more:
        message = await receive()
        parts.append(message["body"])
        more = message["more_body"]
    return b"".join(parts)


async def _live(receive: Callable[[], Awaitable[Message]], send: Callable[[Message], Awaitable[None]]) -> None:
    while True:
        message = await receive()
        if message["type"] == "lifespan.startup":
            gc.collect()
            gc.freeze()  # as the service does
        await send({"type": f"{message['type']}.complete"})
        if message["type"] == "lifespan.shutdown":
            return
