"""Groups an export by patient on disk, in memory that does not grow with it: parts that each hold whole patients.

Plain files do this: see benchmarks/README.md for what DuckDB and Polars needed for the same.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from pathlib import Path
from typing import IO
from zlib import crc32

import msgspec

from service.population.grouping.inputs import Source
from service.population.grouping.pieces import Aside, Piece, pieces_of
from service.population.kept import read_kept, write_whole

PART_BYTES, FEWEST, MOST = 16_000_000, 4, 200  # of resources in one part, about; parts; files open at a time
BUFFER = 1 << 16
SHELVES = 32  # of Medications, which belong to no patient until somebody refers to them
encode = msgspec.json.encode


class Chart(msgspec.Struct, frozen=True, gc=False):
    """All resources about one patient: the type and the Bundle entry of each, in an order that no input decides."""

    patient: str
    entries: tuple[tuple[str, bytes], ...]

    @property
    def bundle(self) -> bytes:
        """The chart as a client would post it."""
        entries = b",".join([entry for _, entry in self.entries])
        return b'{"resourceType":"Bundle","type":"collection","entry":[' + entries + b"]}"


class Grouped(msgspec.Struct, frozen=True):
    """What grouping found: resources kept, patients in each part, and how many things were set aside, by fault."""

    resources: int
    patients: tuple[int, ...]
    aside: dict[str, int]


def parts_for(found: Sequence[Source]) -> int:
    """Into how many parts an input is to be grouped."""
    return min(max(sum(source.size for source in found) // PART_BYTES + 1, FEWEST), MOST)


def group(
    found: Iterable[Source], parts: int, folder: Path, aside: Path, tell: Callable[[int], None] = lambda count: None
) -> Grouped:
    """Write every resource into the part of its patient below `folder`, and what is broken into the file `aside`.

    A folder that was grouped before is believed; one that was left unfinished is begun again.

    Raises:
        Refused: what was grouped before cannot be read.
    """
    done = folder / "grouped.json"
    if done.exists():
        return read_kept(done, Grouped)
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    faults: dict[str, int] = {}
    with Shelf(folder, "part", parts) as kept, aside.open("wb") as broken:
        with Shelf(folder, "drug", SHELVES) as drugs, Shelf(folder, "needs", SHELVES) as needs:
            for source in found:
                for piece in pieces_of(source):
                    if isinstance(piece, Aside):
                        broken.write(encode(piece) + b"\n")
                        faults[piece.fault] = faults.get(piece.fault, 0) + 1
                    else:
                        _put(piece, kept, drugs, needs)
                        tell(kept.count)
        _hand_out(folder, kept)
        count = kept.count
    grouped = Grouped(count, tuple(_people(folder, part) for part in range(parts)), faults)
    write_whole(done, encode(grouped))
    return grouped


def charts_in(folder: Path, part: int) -> Iterator[Chart]:
    """The patients of a part, by id; the same whatever order and files the input came in."""
    found: dict[bytes, set[bytes]] = {}
    for line in _lines(folder, "part", part):
        patient, _, resource = line.rstrip(b"\n").partition(b"\t")
        found.setdefault(patient, set()).add(resource)
    for patient in sorted(found):  # UTF-8 sorts as the text does
        yield chart_of(patient.decode(), found.pop(patient))


def chart_of(patient: str, lines: Collection[bytes]) -> Chart:
    """A patient's chart from the lines of their pieces, each line once."""
    entries = (line.partition(b"\t") for line in sorted(set(lines)))
    return Chart(patient, tuple([(kind.decode(), entry) for kind, _, entry in entries]))


def _people(folder: Path, part: int) -> int:
    return len({line.partition(b"\t")[0] for line in _lines(folder, "part", part)})


class Shelf:
    """Numbered files that lines are put into by a key."""

    def __init__(self, folder: Path, name: str, size: int) -> None:
        self._folder, self._name, self._size = folder, name, size
        self._open: dict[int, IO[bytes]] = {}
        self.count = 0

    def __enter__(self) -> Shelf:
        return self

    def __exit__(self, *ended: object) -> None:
        for opened in self._open.values():
            opened.close()

    def put(self, key: bytes, content: bytes) -> None:
        """Add one line that begins with its key."""
        place = crc32(key) % self._size
        opened = self._open.get(place)
        if opened is None:
            opened = self._open[place] = _path(self._folder, self._name, place).open("ab", buffering=BUFFER)
        opened.write(b"%b\t%b\n" % (key, content))
        self.count += 1


def _put(piece: Piece, kept: Shelf, drugs: Shelf, needs: Shelf) -> None:
    if piece.patient is None:
        assert piece.id is not None  # noqa: S101 - what is shared has one
        drugs.put(piece.id.encode(), piece.line)
        return
    patient = piece.patient.encode()
    kept.put(patient, piece.line)
    if piece.needs is not None:
        needs.put(piece.needs.encode(), patient)


def _hand_out(folder: Path, kept: Shelf) -> None:
    """Give each patient the Medications that orders refer to."""
    for place in range(SHELVES):
        drugs: dict[bytes, list[bytes]] = {}
        for line in _lines(folder, "drug", place):
            identity, _, resource = line.rstrip(b"\n").partition(b"\t")
            drugs.setdefault(identity, []).append(resource)
        for line in set(_lines(folder, "needs", place)) if drugs else ():
            identity, _, patient = line.rstrip(b"\n").partition(b"\t")
            for resource in drugs.get(identity, ()):
                kept.put(patient, resource)


def _lines(folder: Path, name: str, place: int) -> Iterator[bytes]:
    path = _path(folder, name, place)
    if path.exists():
        with path.open("rb", buffering=1 << 20) as lines:
            yield from lines


def _path(folder: Path, name: str, place: int) -> Path:
    return folder / f"{name}-{place:04}"
