"""The files that pages load: ours and Swagger UI's. An address that names a file's content may be kept for ever."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path
from typing import NamedTuple

from starlette.requests import Request
from starlette.responses import Response
from swagger_ui_bundle import swagger_ui_path

HERE = Path(__file__).parent / "static"
SWAGGER = Path(swagger_ui_path)
FILES = {file.name: file for file in sorted(HERE.iterdir())} | {
    name: SWAGGER / name for name in ("swagger-ui.css", "swagger-ui-bundle.js")
}
MEDIA = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
_FOR_EVER = "public, max-age=31536000, immutable"
_ASK_AGAIN = "public, no-cache"


class File(NamedTuple):
    """A file's bytes, and a mark that changes with them."""

    content: bytes
    mark: str
    media: str


@cache
def read_file(name: str) -> File | None:
    """One file, read when first asked for; None: there is none."""
    path = FILES.get(name)
    if path is None:
        return None
    content = path.read_bytes()
    return File(content, hashlib.sha256(content).hexdigest()[:16], MEDIA[path.suffix])


def address_of(name: str) -> str:
    """Where a page finds a file, from the service's root. Raises KeyError: there is none."""
    file = read_file(name)
    if file is None:
        raise KeyError(name)
    return f"static/{name}?v={file.mark}"


def send(file: File, request: Request, headers: dict[str, str]) -> Response:
    """A file, or that the browser has it."""
    named = request.query_params.get("v") == file.mark
    told = headers | {"ETag": f'"{file.mark}"', "Cache-Control": _FOR_EVER if named else _ASK_AGAIN}
    if f'"{file.mark}"' in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=told)
    return Response(file.content, headers=told, media_type=file.media)
