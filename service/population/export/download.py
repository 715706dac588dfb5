"""Brings one file whole: a cut transfer goes on where it stopped, and what came is counted."""

from __future__ import annotations

import os
import re
from pathlib import Path

import httpx

from service.population.export.asking import Again, Wait, patiently, require
from service.population.export.failure import ExportFailed
from service.population.export.progress import File
from service.population.export.unpacking import is_plain, unpacked

NDJSON = "application/fhir+ndjson"
_RANGE = re.compile(r"bytes (\d{1,18})-(\d{1,18})/(\d{1,18})", re.ASCII)


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
    while not _fetch_some(file, part, http, auth):
        pass


def _fetch_some(file: File, part: Path, http: httpx.Client, auth: httpx.Auth | None) -> bool:
    """Whether it is whole then: a server may send less than was asked for."""
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
        rest = _rest(answer, had) if adds else 0
        if rest is None or (adds and not goes_on):
            part.unlink(missing_ok=True)
            raise Again(f"{file.name}: the server sent another part than was asked for")
        with part.open("ab" if adds else "wb") as written:
            # Once the part is empty, and not before: a tag must never stand beside bytes of another file.
            tag_file.write_text(tag if adds else _strong_tag(answer))
            for piece in unpacked(answer, file.name):
                written.write(piece)
            written.flush()
            os.fsync(written.fileno())
    if rest:
        if part.stat().st_size == had:
            raise Again(f"{file.name}: the server sent nothing of what was asked for")
        return False
    tag_file.unlink()
    return True


def _strong_tag(answer: httpx.Response) -> str:
    given: str = answer.headers.get("ETag", "")
    return given if given.startswith('"') and is_plain(answer) else ""


def _rest(answer: httpx.Response, had: int) -> int | None:
    """How many bytes of the file are still to come after this answer; None where it does not begin behind ours."""
    told = _RANGE.fullmatch(answer.headers.get("Content-Range", "").strip())
    is_ours = told is not None and int(told[1]) == had <= int(told[2]) < int(told[3]) and is_plain(answer)
    if told is None or not is_ours:
        return None
    return int(told[3]) - int(told[2]) - 1


def _lines_in(part: Path) -> int:
    """Resources in a file: its lines that are not empty."""
    with part.open("rb") as written:
        return sum(1 for line in written if line.strip())
