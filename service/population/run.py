"""One run over one input: what it is about, where its files are, and which of its parts are done.

A part is done when its folder is there: it is written beside and renamed as a whole, so that a kill loses none and
leaves no half of one.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from cds_hooks.judgement.knowledge.parsing import digest_of
from service import __version__
from service.population.about import MANIFEST, About, Engine, Manifest
from service.population.judging import Judging
from service.population.kept import LOCK, Refused, alone, read_kept, write_whole
from service.population.rows import TABLES, Rows, encode
from service.population.summing.counts import Counts
from service.site.site import packaged_files

BEGINNINGS = {LOCK, "run.partial", f"{MANIFEST}.partial"}  # what a run leaves that was stopped before anything


class Run:
    """The files of a run below the folder `out`."""

    def __init__(self, out: Path) -> None:
        self.out = out
        self.work = out / "work"
        self.grouped = self.work / "grouped"
        self.parts = self.work / "parts"
        self.aside = out / "aside.ndjson"
        self._manifest = out / MANIFEST

    def begin(self, about: About) -> bool:
        """Begin, or go on with what a run about the same left; False when that came to its end already.

        Raises:
            Refused: the folder holds a run about something else, or cannot be closed to others.
        """
        former = self.manifest()
        if former is not None:
            require_same(self.out, former, about)
        if former is not None and former.finished:
            shutil.rmtree(self.work, ignore_errors=True)  # where it was killed between its end and this
            return False
        self._close()
        if former is None:
            write_whole(self._manifest, encode(Manifest(about)))
        self.parts.mkdir(parents=True, exist_ok=True)
        return True

    def manifest(self) -> Manifest | None:
        """What the folder holds, if it holds a run."""
        return read_kept(self._manifest, Manifest) if self._manifest.exists() else None

    @contextmanager
    def alone(self) -> Iterator[None]:
        """While this process is at work on the run, in a folder that is made where there is none.

        Raises:
            Refused: another one is, or the folder holds something else.
        """
        if self.out.exists() and not self._manifest.exists():
            require_free(self.out, {path.name for path in self.out.iterdir()})
        with alone(self.out):
            yield

    def end(self, about: About, place: Path) -> None:
        """Say that the run is finished and where its input is, and drop what was only needed on the way."""
        write_whole(self._manifest, encode(Manifest(about, finished=True, place=str(place.resolve()))))
        shutil.rmtree(self.work)

    def is_done(self, part: int) -> bool:
        """Whether a part's results are there."""
        return self.part(part).exists()

    def part(self, part: int) -> Path:
        """Where a part's results are."""
        return self.parts / f"{part:04}"

    def keep(self, part: int, results: Iterable[Rows], counts: Counts) -> None:
        """Write a part's results, all or nothing. If somebody else has by then, theirs stay: they are the same."""
        beside = Path(tempfile.mkdtemp(prefix=f"{part:04}.", suffix=".partial", dir=self.parts))
        opened = {table: (beside / f"{table}.ndjson").open("wb") for table in TABLES}
        try:
            for rows in results:
                counts.add(rows)
                for table, some in tables_of(rows).items():
                    opened[table].writelines([encode(row) + b"\n" for row in some])
        finally:
            for file in opened.values():
                file.close()
        (beside / "counts.json").write_bytes(counts.encoded())
        try:
            beside.rename(self.part(part))
        except OSError:
            if not self.is_done(part):
                raise

    def _close(self) -> None:
        """Charts lie in it: for nobody else."""
        if os.name != "posix" or not self.out.stat().st_mode & 0o077:
            return
        try:
            self.out.chmod(0o700)
        except PermissionError:
            raise Refused(f"{self.out} is open to others and somebody else's: name another folder") from None


def require_same(out: object, former: Manifest, about: About, engine: Engine = "local") -> None:
    """Raises Refused where the folder's run is about something else, or another engine's."""
    if former.engine != engine:
        raise Refused(f"{out} holds a run of the engine {former.engine}: name another folder")
    fields = [name for name in About.__struct_fields__ if getattr(former.about, name) != getattr(about, name)]
    if fields:
        raise Refused(f"{out} holds another run ({', '.join(fields)} differ): name another folder")


def require_free(out: object, names: set[str]) -> None:
    """Raises Refused where a folder that holds no run holds anything."""
    if names - BEGINNINGS:
        raise Refused(f"{out} is not empty and holds no run: name another folder")


def tables_of(rows: Rows) -> dict[str, tuple[msgspec.Struct, ...]]:
    """A patient's rows by table."""
    return {"findings": rows.findings, "draws": rows.draws, "unread": rows.unread, "patients": (rows.patient,)}


def about_of(judging: Judging, fingerprint: str, parts: int) -> About:
    """What a run with these means is about."""
    site = judging.site
    knowledge = site.knowledge
    return About(
        fingerprint,
        judging.today.text,
        judging.profiles,
        knowledge.digest,
        knowledge.vocabulary.local.version,
        _digest(knowledge.vocabulary.local.code_map.entries),
        _digest([order.local for order in knowledge.orders]),
        digest_of(packaged_files("terminology.tables")),
        str(site.settings.timezone or ""),
        __version__,
        parts,
    )


def _digest(content: object) -> str:
    return hashlib.sha256(encode(content)).hexdigest()[:12]
