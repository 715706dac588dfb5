"""ETags of what is published: a caller who has a resource already is told that it is still the same.

The tag is of the content, since what is published has no versions of its own at an address. Nothing that is judged has
one: an answer is never fetched again.
"""

from __future__ import annotations

from hashlib import blake2b
from typing import Any

from starlette.requests import Request
from starlette.responses import Response


def tagged(request: Request, answer: Response) -> Response:
    """The answer with its ETag, or 304 when the caller names it in If-None-Match."""
    tag = f'W/"{blake2b(bytes(answer.body), digest_size=8).hexdigest()}"'
    known = {one.strip() for one in request.headers.get("if-none-match", "").split(",")}
    if {"*", tag, tag.removeprefix("W/")} & known:
        return Response(status_code=304, headers={"ETag": tag})
    answer.headers["ETag"] = tag
    return answer


IF_NONE_MATCH: dict[str, Any] = {
    "name": "If-None-Match",
    "in": "header",
    "description": "The ETag of what the caller has already.",
    "schema": {"type": "string"},
}
NOT_MODIFIED: dict[str, Any] = {"description": "The caller has it already: the ETag is the same."}
