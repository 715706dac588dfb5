"""Unpacks what a server sent packed, to its end: httpx takes a gzip that breaks off, or its first part, for all."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator

import httpx

from service.population.export.asking import Again
from service.population.export.failure import ExportFailed, on_one_line

GZIP = 31  # what zlib calls it


def is_plain(answer: httpx.Response) -> bool:
    """Whether it comes as it is."""
    return _coding(answer) in ("", "identity")


def unpacked(answer: httpx.Response, what: str) -> Iterator[bytes]:
    """The content of an answer.

    Raises:
        Again: its gzip breaks off or is broken.
        ExportFailed: it is packed in a way that was not asked for.
    """
    if is_plain(answer):
        yield from answer.iter_raw()
    elif _coding(answer) in ("gzip", "x-gzip"):
        try:
            yield from _gunzipped(answer.iter_raw())
        except (zlib.error, EOFError):
            raise Again(f"{what}: the gzip stream ends or breaks in its middle") from None
    else:
        raise ExportFailed(f"{what}: packed as {on_one_line(_coding(answer))}, which was not asked for")


def _gunzipped(pieces: Iterable[bytes]) -> Iterator[bytes]:
    opened = None
    for piece in pieces:
        rest = piece
        while rest:
            if opened is None or opened.eof:
                opened = zlib.decompressobj(GZIP)  # a gzip may be several, one after another
            yield opened.decompress(rest)
            rest = opened.unused_data
    if opened is None or not opened.eof:
        raise EOFError


def _coding(answer: httpx.Response) -> str:
    written: str = answer.headers.get("Content-Encoding", "")
    return written.strip().lower()
