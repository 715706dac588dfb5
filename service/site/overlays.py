"""Finds and reads the site's overlay files: profiles it adds to the shipped protocols."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from service.site.environment import variable_of
from service.site.settings import StartRefused

SUFFIX = ".toml"


def overlay_files(paths: Iterable[Path]) -> dict[str, bytes]:
    """The content of files, and of every TOML file in folders, by path.

    Raises:
        StartRefused: a path that is not there or cannot be read, or a folder without a TOML file.
    """
    return {str(file): _content(file) for path in paths for file in _files_at(path)}


def _files_at(path: Path) -> Iterator[Path]:
    if not path.is_dir():
        yield path
        return
    found = [file for file in sorted(path.iterdir()) if file.suffix == SUFFIX and file.is_file()]
    if not found:
        raise StartRefused(f"{variable_of('overlays')}: {path}: no {SUFFIX} file in this folder")
    yield from found


def _content(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise StartRefused(f"{variable_of('overlays')}: {file}: {error.strerror}") from error
