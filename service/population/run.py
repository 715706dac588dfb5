"""One run over one input: what it is about, where its files are, and which of its parts are done.

A part is done when its folder is there: it is written beside and renamed as a whole, so that a kill loses none and
leaves no half of one.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType

import msgspec

from service import __version__
from service.population.counts import Counts
from service.population.judging import Judging
from service.population.rows import TABLES, Rows, encode

fcntl: ModuleType | None
try:
    import fcntl
except ImportError:  # not on Windows
    fcntl = None


class Refused(Exception):
    """A run that must not begin; the message says what to do instead."""


class About(msgspec.Struct, frozen=True):
    """What makes two runs the same: if any of it differs, nothing of the one may be used for the other."""

    input: str  # the input's fingerprint
    today: str
    profiles: tuple[str, ...]
    knowledge: str
    code_map: int
    time_zone: str
    version: str
    parts: int


class Manifest(msgspec.Struct, frozen=True):
    """The file `run.json`: what the run is about, and whether it came to its end."""

    about: About
    finished: bool = False


class Run:
    """The files of a run below the folder `out`."""

    def __init__(self, out: Path) -> None:
        self.out = out
        self.work = out / "work"
        self.grouped = self.work / "grouped"
        self.parts = self.work / "parts"
        self.aside = out / "aside.ndjson"
        self._manifest = out / "run.json"

    def begin(self, about: About) -> bool:
        """Begin, or go on with what a run about the same left; False when that came to its end already.

        Raises:
            Refused: the folder holds a run about something else.
        """
        former = self.manifest()
        if former is None:
            if self.out.exists() and any(self.out.iterdir()):
                raise Refused(f"{self.out} is not empty and holds no run: name another folder")
            self.out.mkdir(mode=0o700, parents=True, exist_ok=True)  # charts lie in it: for nobody else
            self.parts.mkdir(parents=True, exist_ok=True)
            self._write(Manifest(about))
            return True
        if former.about != about:
            fields = [name for name in About.__struct_fields__ if getattr(former.about, name) != getattr(about, name)]
            raise Refused(f"{self.out} holds another run ({', '.join(fields)} differ): name another folder")
        return not former.finished

    def manifest(self) -> Manifest | None:
        """What the folder holds, if it holds a run."""
        try:
            return msgspec.json.decode(self._manifest.read_bytes(), type=Manifest)
        except FileNotFoundError:
            return None
        except msgspec.DecodeError:
            raise Refused(f"{self._manifest} cannot be read: name another folder, or delete this one") from None

    @contextmanager
    def alone(self) -> Iterator[None]:
        """While this process is at work on the run.

        Raises:
            Refused: another one is.
        """
        if fcntl is None:
            yield
            return
        with (self.out / "lock").open("wb") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                raise Refused(f"another process is at work on {self.out}") from None
            yield

    def end(self, about: About) -> None:
        """Say that the run is finished, and drop what was only needed on the way."""
        self._write(Manifest(about, finished=True))
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

    def _write(self, manifest: Manifest) -> None:
        beside = self._manifest.with_suffix(".partial")
        beside.write_bytes(encode(manifest))
        beside.replace(self._manifest)


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
        str(site.settings.timezone or ""),
        __version__,
        parts,
    )
