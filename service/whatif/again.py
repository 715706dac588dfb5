"""Reads some patients of a population run again, where its input still is as it was."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from cds_hooks.refusal import Refusal
from service.population import parquet
from service.population.grouping.charts import Chart
from service.population.grouping.inputs import Source, fingerprint, sources
from service.population.grouping.owners import SHARED
from service.population.grouping.pieces import Piece, pieces_of
from service.population.run import Run
from service.worklist.runs import Found

MOST = 500  # patients that are judged again
MOST_BYTES = 300_000_000  # of an input that is read while somebody waits
_SAMPLE = "SELECT patient FROM read_parquet(?) WHERE problem IS NULL ORDER BY md5(patient) LIMIT ?"


Entries = set[tuple[str, bytes]]  # type and Bundle entry of each resource


class Sample(NamedTuple):
    """Charts of some patients, the same ones each time, and how many the run has."""

    charts: Sequence[bytes]
    patients: int


def sample_of(found: Found, most: int = MOST, most_bytes: int = MOST_BYTES) -> Sample:
    """Patients of a run as they stand in its input.

    Raises:
        Refusal: 404, that input is not known, changed, or too large to be read while somebody waits.
    """
    read = _input_of(found)
    if sum(source.size for source in read) > most_bytes:
        raise _refused(f"has more than {most_bytes // 1_000_000} MB, too much to be read while you wait")
    try:
        with parquet.connected() as connection, parquet.explained("the results"):
            place = parquet.table(found.place, "patients")
            names = [name for (name,) in connection.execute(_SAMPLE, [place, most]).fetchall()]
            ((all_of_them,),) = connection.execute("SELECT count(*) FROM read_parquet(?)", [place]).fetchall()
        return Sample(_charts(read, names), int(all_of_them))
    except (OSError, parquet.Missing):
        raise _refused("cannot be read") from None


def _input_of(found: Found) -> Sequence[Source]:
    manifest = Run(found.place).manifest()
    if manifest is None or manifest.place is None:
        raise _refused("is not recorded: it was elsewhere, or an earlier version made the run")
    try:
        read = sources(Path(manifest.place), found.place)
        is_same = fingerprint(read) == found.about.input
    except (OSError, ValueError):
        raise _refused("is not there any more, or not readable by this service") from None
    if not is_same:
        raise _refused("changed since")
    return read


def _charts(read: Sequence[Source], names: Sequence[str]) -> list[bytes]:
    entries: dict[str, Entries] = {name: set() for name in names}
    needs: dict[str, set[str]] = {}
    shared: dict[str, set[bytes]] = {}
    for source in read:
        for piece in pieces_of(source):
            if isinstance(piece, Piece):
                _keep(piece, entries, needs, shared)
    for identity, patients in needs.items():
        for entry in shared.get(identity, ()):
            for patient in patients:
                entries[patient].add((SHARED, entry))
    return [Chart(name, tuple(sorted(some))).bundle for name, some in entries.items()]


def _keep(
    piece: Piece,
    entries: Mapping[str, Entries],
    needs: dict[str, set[str]],
    shared: dict[str, set[bytes]],
) -> None:
    if piece.patient is None:
        shared.setdefault(piece.id or "", set()).add(piece.entry)
    elif piece.patient in entries:
        entries[piece.patient].add((piece.kind, piece.entry))
        if piece.needs is not None:
            needs.setdefault(piece.needs, set()).add(piece.patient)


def _refused(why: str) -> Refusal:
    return Refusal(404, "not-found", f"The input of the last run {why}. Send charts instead, or run it again.", "of")
