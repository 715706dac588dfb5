"""Cuts a body into lines as it arrives; never holds more than one of them, nor one that is too long."""

from __future__ import annotations

import asyncio
import zlib
from collections.abc import AsyncIterator
from typing import NamedTuple

from cds_hooks.refusal import Refusal
from service.http.body import GZIP

MOST_EMPTY = 1_000  # lines in a row
STEP = 65_536  # bytes taken out of a compressed body at a time


class Line(NamedTuple):
    """A line by its number from 1; None for one that is too long."""

    number: int
    content: bytes | None


async def lines_of(stream: AsyncIterator[bytes], limit: int) -> AsyncIterator[Line]:
    """Every line, also those that are empty; what follows the last line break is a line unless it is empty.

    Raises:
        Refusal: 400 for more empty lines in a row than anyone means to send.
    """
    held: list[bytes] = []
    size = number = blank = 0
    async for piece in stream:
        *ended, rest = piece.split(b"\n")
        for part in ended:
            number, size = number + 1, size + len(part)
            blank = 0 if size else blank + 1
            if blank > MOST_EMPTY:
                raise Refusal(400, "structure", f"More than {MOST_EMPTY} lines in a row are empty.")
            yield Line(number, b"".join([*held, part]) if size <= limit else None)
            held, size = [], 0
        size += len(rest)
        if size <= limit:
            held.append(rest)
        else:
            held = []
    if size:
        yield Line(number + 1, b"".join(held) if size <= limit else None)


async def patient(lines: AsyncIterator[Line], patience: int) -> AsyncIterator[Line]:
    """The same lines. Raises Refusal (408) when one is longer on its way than `patience` seconds."""
    while True:
        try:
            async with asyncio.timeout(patience):
                line = await anext(lines)
        except StopAsyncIteration:
            return
        except TimeoutError:
            said = f"It did not arrive within {patience} seconds. The lines before were judged."
            raise Refusal(408, "timeout", said) from None
        yield line


async def inflated(stream: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """A gzip body, a bounded step at a time. Raises Refusal (400) when it is not valid gzip, or ends early."""
    inflate = zlib.decompressobj(GZIP)
    async for piece in stream:
        waiting = piece
        while waiting:
            if inflate.eof:  # one stream after the other is one body
                inflate = zlib.decompressobj(GZIP)
            try:
                part = inflate.decompress(waiting, STEP)
            except zlib.error:
                raise Refusal(400, "structure", _BROKEN) from None
            waiting = inflate.unconsumed_tail or inflate.unused_data
            if part:
                yield part
    if not inflate.eof:
        raise Refusal(400, "structure", _BROKEN)


_BROKEN = "The body is not valid gzip, or it ends early. The lines before were judged."
