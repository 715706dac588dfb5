"""Reads a form with a file. It is taken apart in memory, where it ends with the request: nothing is written to disk."""

from __future__ import annotations

from collections.abc import AsyncGenerator

from starlette.datastructures import FormData, UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import Request

from cds_hooks.refusal import Refusal
from service.http.body import read_bounded

MEDIA = "multipart/form-data"
MOST = 1_000  # fields
MOST_FILES = 10


class _InMemory(MultiPartParser):
    """Its files are never rolled over to disk; the body's limit bounds them."""

    spool_max_size = 0


async def read_parts(request: Request, limit: int, patience: int) -> dict[str, bytes]:
    """The fields and files of a form by name, the first of each that holds something.

    Raises:
        Refusal: 415 for another media type, 413 above the limit, 400 for what is no form, 408 when it is late.
    """
    if not request.headers.get("content-type", "").lower().startswith(MEDIA):
        raise Refusal(415, "not-supported", f"Send a form, with the header Content-Type: {MEDIA}.")
    form = await _parse(request, await read_bounded(request, limit, patience), limit)
    found: dict[str, bytes] = {}
    for name, part in form.multi_items():
        content = await part.read() if isinstance(part, UploadFile) else part.encode()
        found[name] = found.get(name) or content
    await form.close()
    return found


async def _parse(request: Request, body: bytes, limit: int) -> FormData:
    async def whole() -> AsyncGenerator[bytes, None]:
        yield body

    headers = request.headers
    parser = _InMemory(headers, whole(), max_files=MOST_FILES, max_fields=MOST, max_part_size=limit)
    try:
        return await parser.parse()
    except (MultiPartException, ValueError, KeyError):
        said = f"The body is not a form that can be read. Send at most {MOST} fields in UTF-8."
        raise Refusal(400, "structure", said) from None
