"""Keeps which files of knowledge were proven with which code, so that no start need prove the same again.

Only `hormone-cds protocols prove` writes it, as the image's build does, among this code's bytecode: who can write there
can change the code itself. It holds for exactly these bytes of code and knowledge; whatever differs is proven anew.
"""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Iterator, Mapping
from importlib.util import cache_from_source
from pathlib import Path

import msgspec
import pydantic

import cds_hooks
import terminology

Folder = Mapping[str, bytes]
PLACE = Path(cache_from_source(__file__)).with_suffix(".proven")
_ROOMS = [Path(room.__path__[0]) for room in (terminology, cds_hooks)]  # of all code that judges
_BELOW = f"{sys.version} {pydantic.VERSION} {msgspec.__version__}"  # and what that stands on


def was_proven(*folders: Folder, place: Path = PLACE) -> bool:
    """Whether the knowledge in these files, as they were read, was proven by this code before."""
    try:
        return place.read_text(encoding="ascii") == _digest(folders)
    except (OSError, ValueError):
        return False


def keep_proof(*folders: Folder, place: Path = PLACE) -> None:
    """Remember that it just was. Raises OSError where nothing may be written."""
    place.parent.mkdir(exist_ok=True)
    place.write_text(_digest(folders), encoding="ascii")


def _digest(folders: tuple[Folder, ...]) -> str:
    content = hashlib.sha256(_BELOW.encode())
    for name, code in (*_code(), *((name, folder[name]) for folder in folders for name in sorted(folder))):
        content.update(b"\0" + name.encode() + b"\0" + hashlib.sha256(code).digest())
    return content.hexdigest()


def _code() -> Iterator[tuple[str, bytes]]:
    for room in _ROOMS:
        for file in sorted(room.rglob("*.py")):
            yield str(file.relative_to(room.parent)), file.read_bytes()
