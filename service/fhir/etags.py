"""ETags of what is published: one for everything under one knowledge, so that a reader learns at once of a new one."""

from __future__ import annotations

import hashlib
import re
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from cds_hooks.judgement.knowledge.knowledge import Knowledge
from cds_hooks.presentation.artifacts.libraries import file_name, mark_of

Schema = dict[str, Any]
_TAG = re.compile(r'(?:W/)?("[^"]*")')


def etag_of(knowledge: Knowledge, version: str) -> str:
    """The tag of the knowledge in force, its code map and orderables, and the service; weak, as `_pretty` may vary.

    What a site calls its files is told as well, but is no part of the knowledge's digest.
    """
    files = [(file_name(path), mark_of(content)) for path, content in knowledge.site_files.items()]
    local = repr(([order.local for order in knowledge.orders], files)).encode()
    site = hashlib.sha256(local).hexdigest()[:6]
    return f'W/"{knowledge.digest}-{knowledge.vocabulary.local.version}-{site}-{version}"'


def is_held(request: Request, etag: str) -> bool:
    """Whether a caller has this already, by If-None-Match; compared weakly, as HTTP has it for reads."""
    sent = ",".join(request.headers.getlist("if-none-match"))
    return sent.strip() == "*" or etag.removeprefix("W/") in _TAG.findall(sent)


def not_modified(etag: str) -> Response:
    """The answer to who has it already."""
    return Response(status_code=304, headers={"ETag": etag})


IF_NONE_MATCH: Schema = {
    "name": "If-None-Match",
    "in": "header",
    "description": "An ETag of an earlier answer: where it still holds, 304 without a body.",
    "schema": {"type": "string"},
}
_ETAG: Schema = {
    "ETag": {"description": "Names the knowledge in force and its code map; weak.", "schema": {"type": "string"}}
}


def tagged(answers: Schema) -> Schema:
    """The answers of a read, with its ETag."""
    unchanged = {"description": "What If-None-Match names still holds.", "headers": _ETAG}
    return dict(sorted((answers | {"200": answers["200"] | {"headers": _ETAG}, "304": unchanged}).items()))
