"""Where an export stands, kept beside its files, so that the same command goes on after any end."""

from __future__ import annotations

import os
from pathlib import Path

import msgspec

from service.population.export.failure import ExportFailed
from service.population.kept import LOCK

NAME = "export.json"


class Asked(msgspec.Struct, frozen=True):
    """What was asked of which server."""

    server: str
    level: str  # "$export", "Patient/$export" or "Group/…/$export"
    since: str | None = None
    types: tuple[str, ...] = ()


class File(msgspec.Struct, frozen=True):
    """One file of the answer. `kind` is output, deleted or error."""

    name: str  # in our folder
    type: str
    url: str
    kind: str = "output"
    count: int | None = None  # of resources, as the server says
    lines: int | None = None  # that were brought; None: not yet whole


class Progress(msgspec.Struct, frozen=True):
    """An export under way. Its addresses may hold secrets: the file is readable by its owner alone."""

    asked: Asked
    status_url: str = ""  # where the server tells how far it is; empty once it need not be asked any more
    transaction_time: str = ""
    needs_token: bool = True
    files: tuple[File, ...] = ()
    told: bool = False  # the server has listed all files

    @property
    def missing(self) -> tuple[File, ...]:
        """The files still to be brought."""
        return tuple(file for file in self.files if file.lines is None)


def recall(folder: Path, asked: Asked) -> Progress:
    """How far an export into this folder came; a new one where there is none.

    Raises:
        ExportFailed: the folder holds something else.
    """
    file = folder / NAME
    if not file.exists():
        if folder.exists() and any(path.name != LOCK for path in folder.iterdir()):
            raise ExportFailed(f"{folder} is not empty and holds no export to go on with")
        return Progress(asked)
    try:
        found = msgspec.json.decode(file.read_bytes(), type=Progress)
    except msgspec.MsgspecError:
        raise ExportFailed(f"{file} cannot be read; remove the folder to begin anew") from None
    if found.asked != asked:
        raise ExportFailed(f"{folder} holds an export of something else; name another folder")
    return found


def keep(folder: Path, progress: Progress) -> None:
    """Write it down as a whole, or not at all."""
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o700)  # what is in it is of patients
    new = folder / f"{NAME}.new"
    new.touch(mode=0o600)
    new.write_bytes(msgspec.json.format(msgspec.json.encode(progress), indent=1))
    os.replace(new, folder / NAME)
