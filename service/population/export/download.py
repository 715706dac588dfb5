"""Brings one file whole: a cut transfer goes on where it stopped, and what came is counted."""

from __future__ import annotations

import os
from pathlib import Path

import httpx

from service.population.export.asking import Again, Wait, patiently, require
from service.population.export.failure import ExportFailed
from service.population.export.progress import File

NDJSON = "application/fhir+ndjson"


def bring(file: File, folder: Path, http: httpx.Client, auth: httpx.Auth | None, wait: Wait) -> int:
    """The number of resources brought into `folder`.

    Raises:
        ExportFailed: the server will not send it, or sent another number than it listed.
    """
    part = folder / f"{file.name}.part"
    for attempt in patiently(wait):
        with attempt:
            _fetch(file, part, http, auth)
    lines = _lines_in(part)
    if file.count is not None and lines != file.count:
        part.unlink()
        raise ExportFailed(f"{file.name}: {lines:,} resources came where the server listed {file.count:,}")
    os.replace(part, folder / file.name)
    return lines


def _fetch(file: File, part: Path, http: httpx.Client, auth: httpx.Auth | None) -> None:
    """All that is still missing of the file, or as much as comes."""
    tag_file = part.with_suffix(".etag")
    had, tag = part.stat().st_size if part.exists() else 0, tag_file.read_text() if tag_file.exists() else ""
    # A piece can only be added to exactly the file it is of: without a strong ETag it is brought anew.
    goes_on = bool(had and tag)
    headers = {"Accept": NDJSON, "Accept-Encoding": "identity" if goes_on else "gzip"}
    if goes_on:
        headers |= {"Range": f"bytes={had}-", "If-Range": tag}
    with http.stream("GET", file.url, headers=headers, auth=auth) as answer:
        if answer.status_code == httpx.codes.REQUESTED_RANGE_NOT_SATISFIABLE and goes_on:
            part.unlink()
            raise Again(f"{file.name}: the part that was there does not fit")
        require(answer, file.name, 200, 206)
        adds = answer.status_code == httpx.codes.PARTIAL_CONTENT
        if adds and not _begins_at(answer, had):
            part.unlink()
            raise Again(f"{file.name}: the server sent another part than was asked for")
        given = answer.headers.get("ETag", "")
        is_plain = "Content-Encoding" not in answer.headers
        tag_file.write_text(given if given.startswith('"') and is_plain else "")
        with part.open("ab" if adds else "wb") as written:
            for piece in answer.iter_bytes():
                written.write(piece)
            written.flush()
            os.fsync(written.fileno())
    tag_file.unlink()


def _begins_at(answer: httpx.Response, place: int) -> bool:
    told: str = answer.headers.get("Content-Range", "")
    return told.startswith(f"bytes {place}-")


def _lines_in(part: Path) -> int:
    """Resources in a file: its lines that are not empty."""
    with part.open("rb") as written:
        return sum(1 for line in written if line.strip())
