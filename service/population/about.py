"""What a run is about, as its file `run.json` says it."""

from __future__ import annotations

from typing import Literal

import msgspec

MANIFEST = "run.json"
Engine = Literal["local", "spark"]


class About(msgspec.Struct, frozen=True):
    """What makes two runs the same: if any of it differs, nothing of the one may be used for the other."""

    input: str  # the input's fingerprint
    today: str
    profiles: tuple[str, ...]
    knowledge: str
    code_map: int
    codes: str  # digest of the code map's entries: another database's version 1 is another map
    orderables: str  # digest of the site's codes of orders
    tables: str  # digest of the terminology's tables, some of which a site may add
    time_zone: str
    version: str
    parts: int


class Manifest(msgspec.Struct, frozen=True):
    """The file `run.json`: what the run is about, which engine's it is, and whether it came to its end."""

    about: About
    finished: bool = False
    place: str | None = None  # where the input was, on this machine
    engine: Engine = "local"
    rows: dict[str, int] = {}  # of each table that lies in several files, for whoever reads them
