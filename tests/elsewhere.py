"""A server on loopback that answers exactly what a test tells it to, well or badly, and keeps what it was asked."""

from __future__ import annotations

import asyncio
import ssl
import threading
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress
from typing import NamedTuple


class Asked(NamedTuple):
    """One request as it arrived; header names in small letters."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes


Write = Callable[[bytes], Awaitable[None]]
Answer = Callable[[Asked, Write], Awaitable[None]]


class Elsewhere:
    """What a running server was asked, and where it is. `answer` may be replaced at any time."""

    def __init__(self, answer: Answer) -> None:
        self.answer = answer
        self.asked: list[Asked] = []
        self.connections = 0
        self.address = ""

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Requests of one connection, one after the other; an answer that raises ConnectionError cuts it off."""
        self.connections += 1

        async def write(piece: bytes) -> None:
            writer.write(piece)
            await writer.drain()

        try:
            while True:
                self.asked.append(await _read(reader))
                await self.answer(self.asked[-1], write)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.transport.abort()


async def _read(reader: asyncio.StreamReader) -> Asked:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    method, target, _ = head[0].split(" ")
    pairs = (line.split(": ", 1) for line in head[1:] if line)
    headers = {name.lower(): value for name, value in pairs}
    return Asked(method, target, headers, await reader.readexactly(int(headers.get("content-length", "0"))))


def said(body: bytes, status: str = "200 OK", **headers: str) -> bytes:
    """A whole HTTP answer. Header names are written with underscores."""
    lines = {"Content-Length": str(len(body)), **{name.replace("_", "-"): value for name, value in headers.items()}}
    head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
    return f"HTTP/1.1 {status}\r\n{head}\r\n".encode() + body


def always(answer: bytes) -> Answer:
    """The same answer to everything."""

    async def give(asked: Asked, write: Write) -> None:
        await write(answer)

    return give


@contextmanager
def elsewhere(answer: Answer, tls: ssl.SSLContext | None = None) -> Iterator[Elsewhere]:
    """A running server in a thread of its own."""
    told = Elsewhere(answer)
    loop = asyncio.new_event_loop()
    started = threading.Event()

    async def live() -> None:
        server = await asyncio.start_server(told.serve, "127.0.0.1", 0, ssl=tls, limit=1 << 20)
        scheme = "https" if tls else "http"
        told.address = "{}://{}:{}".format(scheme, *server.sockets[0].getsockname())
        started.set()
        with suppress(asyncio.CancelledError):
            await server.serve_forever()

    thread = threading.Thread(target=loop.run_forever, daemon=True)
    task = loop.create_task(live())
    thread.start()
    assert started.wait(10)
    try:
        yield told
    finally:
        loop.call_soon_threadsafe(task.cancel)
        asyncio.run_coroutine_threadsafe(_end(), loop).result(10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
        loop.close()


async def _end() -> None:
    """Cut off whoever is still connected."""
    others = asyncio.all_tasks() - {asyncio.current_task()}
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)
    await asyncio.sleep(0)
