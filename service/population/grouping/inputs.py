"""What a population run reads: the files of an input folder, by how they are written, and a mark of their state."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Literal

import msgspec

from service.population.export.progress import NAME, Progress

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


def sources(place: Path, out: Path | None = None) -> list[Source]:
    """The readable files of a folder, also below it, by name; or the one file that was named.

    What lies in `out`, the results' own folder, is none of them, nor is the note that `hormone-cds export` keeps.

    Raises:
        ValueError: there are none, or an export is not whole.
    """
    paths = sorted(path for path in place.rglob("*") if path.is_file()) if place.is_dir() else [place]
    results = out.resolve() if out is not None else None
    paths = [path for path in paths if results not in path.resolve().parents and not _is_note(path)]
    found = [source for path in paths if (source := _source(path, place)) is not None]
    if not found:
        raise no_file(place)
    return found


def _source(path: Path, place: Path) -> Source | None:
    kind = kind_of(path.name)
    if kind is None or not path.is_file():
        return None
    name = path.name if path == place else path.relative_to(place).as_posix()
    return Source(path, name, kind, unpacked(path.name, path.stat().st_size))


def kind_of(name: str) -> Kind | None:
    """How a file is written, by its name; None where it is none that can be read."""
    ending = max((one for one in ENDINGS if name.lower().endswith(one)), key=len, default=None)
    return ENDINGS[ending] if ending is not None else None


def unpacked(name: str, size: int) -> int:
    """What a file holds, about, when unpacked."""
    return size * (GZIP_GROWS if name.lower().endswith((".gz", ".parquet")) else 1)


def _is_note(path: Path) -> bool:
    """Whether it says how far an export came.

    Raises:
        ValueError: not to its end, so that patients or results would be missing.
    """
    return path.name == NAME and notes_a_whole_export(path.read_bytes(), str(path.parent))


def notes_a_whole_export(content: bytes, folder: str) -> bool:
    """Whether this is the note of `hormone-cds export`, not a Bundle of the same name.

    Raises:
        ValueError: it is, of an export that is not whole.
    """
    try:
        note = msgspec.json.decode(content, type=Progress)
    except msgspec.MsgspecError:
        return False
    if not note.told or note.missing:
        raise ValueError(f"{folder}: the export is not whole; finish it with hormone-cds export")
    return True


def no_file(place: object) -> ValueError:
    """That there is nothing to read."""
    return ValueError(f"{place}: no file to read; known endings: {', '.join(ENDINGS)}")


def fingerprint(found: Sequence[Source]) -> str:
    """Tells one state of the input from another; no file is read for it."""
    states = ((source.name, source.path.stat()) for source in found)
    return digest_of((name, state.st_size, state.st_mtime_ns // 1_000_000) for name, state in states)


def digest_of(states: Iterable[tuple[str, int, int]]) -> str:
    """Of the names, sizes and times of change in milliseconds of all files with anything in them.

    That is what every engine can tell.
    """
    lines = sorted(f"{name}\0{size}\0{changed}\n" for name, size, changed in states if size)
    return hashlib.sha256("".join(lines).encode(errors="surrogateescape")).hexdigest()
