"""Files that a run keeps for itself: there as a whole or not at all, and explained where they cannot be read."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import TypeVar

import msgspec

fcntl: ModuleType | None
try:
    import fcntl
except ImportError:  # not on Windows
    fcntl = None

LOCK = "lock"
T = TypeVar("T")


class Refused(Exception):
    """A run that must not begin; the message says what to do instead."""


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """While this process is at work on a folder, which is made where there is none.

    Raises:
        Refused: another one is.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if fcntl is None:
        yield
        return
    with (folder / LOCK).open("wb") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise Refused(f"another process is at work on {folder}") from None
        yield


def write_whole(path: Path, content: bytes) -> None:
    """Written beside and renamed, so that nobody finds half of it."""
    beside = path.with_suffix(".partial")
    beside.write_bytes(content)
    beside.replace(path)


def read_kept(path: Path, kind: type[T]) -> T:
    """What was written there as JSON.

    Raises:
        Refused: it is something else, as after a full disk or by somebody's hand.
    """
    try:
        return msgspec.json.decode(path.read_bytes(), type=kind)
    except msgspec.DecodeError:
        raise damaged(path) from None


def damaged(path: object) -> Refused:
    """That a file of the run cannot be read."""
    return Refused(f"{path} is damaged: name another folder, or delete this one and begin again")
