"""Reads a request's JSON body, bounded, from plain or gzip transport."""

from __future__ import annotations

import zlib
from collections.abc import AsyncIterator

from starlette.requests import Request

from cds_hooks.refusal import Refusal

GZIP = 16 + zlib.MAX_WBITS


async def read_json(request: Request, limit: int) -> bytes:
    """The body's bytes, at most `limit` of them after decompression.

    Raises:
        Refusal: 415 for another media type, charset or encoding, 413 above the limit, 400 for broken bytes.
    """
    _require_json(request.headers.get("content-type", ""))
    _require_size(request.headers.get("content-length", ""), limit)
    return await _BY_ENCODING[_encoding(request.headers.get("content-encoding", ""))](request.stream(), limit)


def _require_json(content_type: str) -> None:
    media_type, _, parameters = content_type.lower().partition(";")
    subtype = media_type.strip().removeprefix("application/")
    charset = parameters.partition("charset=")[2].partition(";")[0].strip(' "')
    if (subtype == "json" or (subtype.endswith("+json") and "/" not in subtype)) and charset in ("", "utf-8", "utf8"):
        return
    raise Refusal(415, "not-supported", "Send JSON in UTF-8, with the header Content-Type: application/json.")


def _require_size(length: str, limit: int) -> None:
    if length.isdecimal() and int(length) > limit:
        raise _too_large(limit)


def _encoding(name: str) -> str:
    encoding = name.strip().lower() or "identity"
    if encoding not in _BY_ENCODING:
        raise Refusal(415, "not-supported", "Send the body plain or with Content-Encoding: gzip.")
    return encoding


def _too_large(limit: int) -> Refusal:
    return Refusal(413, "too-long", f"The body is larger than {limit} bytes. Send fewer resources in one call.")


async def _read_plain(stream: AsyncIterator[bytes], limit: int) -> bytes:
    parts: list[bytes] = []
    size = 0
    async for part in stream:
        parts.append(part)
        size += len(part)
        if size > limit:
            raise _too_large(limit)
    return b"".join(parts)


async def _read_gzip(stream: AsyncIterator[bytes], limit: int) -> bytes:
    inflate = zlib.decompressobj(GZIP)
    body = bytearray()
    try:
        async for part in stream:
            body += inflate.decompress(part, limit + 1 - len(body))
            if len(body) > limit:
                raise _too_large(limit)
    except zlib.error:
        raise Refusal(400, "structure", "The body is not valid gzip. Compress it again, or send it plain.") from None
    if not inflate.eof or inflate.unused_data:
        raise Refusal(400, "structure", "The gzip body ends early or has bytes after its end.")
    return bytes(body)


_BY_ENCODING = {"identity": _read_plain, "gzip": _read_gzip}
