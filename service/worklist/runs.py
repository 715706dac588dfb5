"""Which population run is the one to show: of the finished ones in a folder, that of the latest day."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from service.population.about import MANIFEST, About, Manifest
from service.population.kept import Refused, read_kept
from service.population.rows import encode

log = logging.getLogger("hormone_cds")


@dataclass(frozen=True, slots=True)
class Found:
    """A finished run: where it is, what it is about, and when it was finished."""

    place: Path
    about: About
    ended: datetime
    rows: Mapping[str, int]  # of each table, where they are told

    @property
    def id(self) -> str:
        """The same for all that is read of one run; tells nothing of it."""
        return hashlib.sha256(encode((self.about, self.ended.isoformat()))).hexdigest()[:12]


def newest(folder: Path) -> Found | None:
    """The run that was judged as of the latest day, of several the one that was finished last.

    Raises:
        OSError: the folder cannot be read.
    """
    found = [run for place in (folder, *_below(folder)) if (run := finished(place)) is not None]
    return max(found, key=lambda run: (run.about.today[:10], run.ended, run.place.name), default=None)


def _below(folder: Path) -> Iterator[Path]:
    if folder.is_dir():
        yield from (place for place in folder.iterdir() if place.is_dir())


def finished(place: Path) -> Found | None:
    """What is there, if it is a run that came to its end. One that is damaged is told of and passed over."""
    file = place / MANIFEST
    try:
        manifest = read_kept(file, Manifest)
        ended = datetime.fromtimestamp(file.stat().st_mtime, UTC)
    except FileNotFoundError:
        return None
    except Refused:
        log.warning("%s is no run, or damaged: passed over", file)
        return None
    return Found(place, manifest.about, ended, manifest.rows) if manifest.finished else None
