"""Reads a request's body, JSON or a form, bounded, from plain or gzip transport."""

from __future__ import annotations

import asyncio
import re
import zlib
from collections.abc import AsyncIterator
from urllib.parse import parse_qsl

from starlette.requests import Request

from cds_hooks.refusal import Refusal
from service.http.turns import turns_at

GZIP = 16 + zlib.MAX_WBITS
FORM = "application/x-www-form-urlencoded"
MOST_FIELDS = 100  # of a form
MEDIA = ("application/json", "application/fhir+json")
_UTF_8 = ("utf-8", "utf8")
_JSON = re.compile(r"application/json|[\w!#$&^.+-]+/[\w!#$&^.+-]+\+json")


async def read_json(request: Request, limit: int, patience: int) -> bytes:
    """The body's bytes, at most `limit` of them before and after decompression, sent within `patience` seconds.

    It is handed over when it is the call's turn to be judged.

    Raises:
        Refusal: 415 for another media type, charset or encoding, 413 above the limit, 400 for broken bytes, 408 when
            the body does not arrive in time, 503 when too many wait for their turn.
    """
    _require_json(request.headers.get("content-type", ""))
    return await read_bounded(request, limit, patience)


async def read_form(request: Request, limit: int, patience: int) -> list[tuple[str, str]]:
    """The fields of a form in their order, also those that are empty; bounded and refused as `read_json` does."""
    media_type, charset = _media_and_charset(request.headers.get("content-type", ""))
    if media_type != FORM or charset not in _UTF_8:
        raise Refusal(415, "not-supported", f"Send a form in UTF-8, with the header Content-Type: {FORM}.")
    body = await read_bounded(request, limit, patience)
    try:
        return parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=MOST_FIELDS)
    except ValueError:
        remedy = f"Send at most {MOST_FIELDS} fields in UTF-8, as in name=value&name=value."
        raise Refusal(400, "structure", f"The body is not a form that can be read. {remedy}") from None


async def read_bounded(request: Request, limit: int, patience: int) -> bytes:
    """A body of any kind; bounded and refused as `read_json` does."""
    _require_size(request.headers.get("content-length", ""), limit)
    read = _BY_ENCODING[_encoding(request.headers.get("content-encoding", ""))]
    try:
        async with asyncio.timeout(patience):
            body = await read(request.stream(), limit)
    except TimeoutError:
        slow = f"The body did not arrive within {patience} seconds. Send it again, or fewer resources in one call."
        raise Refusal(408, "timeout", slow) from None
    await turns_at(request.scope).call()
    return body


def require_few(resources: int, limit: int) -> None:
    """Refuse a chart whose judgement would keep others waiting."""
    if resources > limit:
        remedy = "Send fewer in one call, or raise HORMONE_CDS_MAX_RESOURCES."
        raise Refusal(413, "too-costly", f"There are more than {limit} resources. {remedy}")


def _require_json(header: str) -> None:
    media_type, charset = _media_and_charset(header)
    if not _JSON.fullmatch(media_type) or charset not in _UTF_8:
        raise Refusal(415, "not-supported", f"Send JSON in UTF-8, with the header Content-Type: {' or '.join(MEDIA)}.")


def content_type(header: str) -> tuple[str, dict[str, str]]:
    """The media type of a body and its parameters, all in small letters."""
    media_type, *parameters = [part.strip() for part in header.lower().split(";")]
    return media_type, dict(parameter.partition("=")[::2] for parameter in parameters)


def _media_and_charset(header: str) -> tuple[str, str]:
    media_type, named = content_type(header)
    return media_type, named.get("charset", "utf-8").strip('"')


def _require_size(length: str, limit: int) -> None:
    if length.isdecimal() and int(length) > limit:
        raise _too_large(limit)


def _encoding(name: str) -> str:
    encoding = name.strip().lower() or "identity"
    if encoding not in _BY_ENCODING:
        raise Refusal(415, "not-supported", "Send the body plain or with Content-Encoding: gzip.")
    return encoding


def _too_large(limit: int) -> Refusal:
    return Refusal(
        413,
        "too-long",
        f"The body is larger than {limit} bytes. Send fewer resources in one call, or raise HORMONE_CDS_MAX_BODY.",
    )


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
    taken = 0  # a gzip header may go on for ever without a byte of content
    try:
        async for part in stream:
            taken += len(part)
            body += inflate.decompress(part, limit + 1 - len(body))
            if inflate.unused_data:
                raise _broken("The gzip body has bytes after its end.")
            if max(taken, len(body)) > limit:
                raise _too_large(limit)
    except zlib.error:
        raise _broken("The body is not valid gzip.") from None
    if not inflate.eof:
        raise _broken("The gzip body ends early.")
    return bytes(body)


def _broken(what: str) -> Refusal:
    return Refusal(400, "structure", f"{what} Compress it again as one gzip stream, or send it plain.")


_BY_ENCODING = {"identity": _read_plain, "gzip": _read_gzip}
