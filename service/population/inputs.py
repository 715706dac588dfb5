"""What a population run reads: the files of an input folder, by how they are written, and a mark of their state."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import msgspec

Kind = Literal["lines", "bundle", "parquet"]
ENDINGS: dict[str, Kind] = {
    ".ndjson": "lines",
    ".jsonl": "lines",
    ".ndjson.gz": "lines",
    ".jsonl.gz": "lines",
    ".json": "bundle",
    ".json.gz": "bundle",
    ".parquet": "parquet",
}
GZIP_GROWS = 12  # so many times an export's gzip is its text, about; only for choosing the number of parts


class Source(msgspec.Struct, frozen=True):
    """One file. `name` is its path below the input; `size` what it holds, about, when unpacked."""

    path: Path
    name: str
    kind: Kind
    size: int


def sources(place: Path) -> list[Source]:
    """The readable files of a folder, also below it, by name; or the one file that was named.

    Raises:
        ValueError: there are none.
    """
    paths = sorted(path for path in place.rglob("*") if path.is_file()) if place.is_dir() else [place]
    found = [source for path in paths if (source := _source(path, place)) is not None]
    if not found:
        raise ValueError(f"{place}: no file to read; known endings: {', '.join(ENDINGS)}")
    return found


def _source(path: Path, place: Path) -> Source | None:
    ending = max((one for one in ENDINGS if path.name.lower().endswith(one)), key=len, default=None)
    if ending is None or not path.is_file():
        return None
    size = path.stat().st_size * (GZIP_GROWS if ending.endswith((".gz", ".parquet")) else 1)
    name = path.name if path == place else path.relative_to(place).as_posix()
    return Source(path, name, ENDINGS[ending], size)


def fingerprint(found: Sequence[Source]) -> str:
    """Tells one state of the input from another by names, sizes and times of change; no file is read for it."""
    digest = hashlib.sha256()
    for source in found:
        state = source.path.stat()
        digest.update(f"{source.name}\0{state.st_size}\0{state.st_mtime_ns}\n".encode())
    return digest.hexdigest()
