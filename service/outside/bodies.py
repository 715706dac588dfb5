"""Reads an answer's body, plain or gzip, and stops at a limit that counts before and after decompression."""

from __future__ import annotations

import zlib
from collections.abc import AsyncIterable

from service.outside.refusing import Refused, Why

_GZIP = 16 + zlib.MAX_WBITS


async def read_plain(chunks: AsyncIterable[bytes], most: int) -> bytes:
    """The body as it came. Raises Refused beyond `most` bytes."""
    body = bytearray()
    async for chunk in chunks:
        body += chunk
        if len(body) > most:
            raise Refused(Why.TOO_LARGE)
    return bytes(body)


async def read_gzip(chunks: AsyncIterable[bytes], most: int) -> bytes:
    """The body decompressed, never more than `most` bytes of it at any time. Raises Refused beyond that."""
    packed = await read_plain(chunks, most)
    unpacking = zlib.decompressobj(_GZIP)
    try:
        body = unpacking.decompress(packed, most + 1)
    except zlib.error:
        raise Refused(Why.BROKEN) from None
    if len(body) > most:
        raise Refused(Why.TOO_LARGE)
    if not unpacking.eof or unpacking.unused_data:
        raise Refused(Why.BROKEN)
    return body


READERS = {b"": read_plain, b"identity": read_plain, b"gzip": read_gzip, b"x-gzip": read_gzip}
