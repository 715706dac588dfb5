"""Takes files apart into resources, each with its place; what is broken is handed out with its place instead."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterator
from typing import IO, NoReturn

import msgspec

from service.population.grouping.inputs import Source
from service.population.grouping.owners import SHARED, Broken, Fault, Skeleton, is_key, last_part, skeleton
from service.population.parquet import texts_of

BOM = b"\xef\xbb\xbf"
LONGEST = 64_000_000  # bytes of one line or Bundle; longer ones are set aside


class Piece(msgspec.Struct, frozen=True, gc=False):
    """A resource as an entry of a Bundle, and the patient it is about: None for what is shared among all.

    Its ids are what it is grouped by, and stand on one line with others': none can be built that would end the line.
    """

    patient: str | None
    kind: str
    entry: bytes
    id: str | None = None  # of what is shared
    needs: str | None = None  # the id of a Medication it refers to

    @property
    def line(self) -> bytes:
        """Type and entry, as a chart is put together from them."""
        return b"%b\t%b" % (self.kind.encode(), self.entry)

    def __post_init__(self) -> None:
        if self.patient is not None and not is_key(self.patient):
            raise Broken("no-patient")
        if self.patient is None and not is_key(self.id):
            raise Broken("no-id")
        if self.needs is not None and not is_key(self.needs):
            raise Broken("no-id")


class Aside(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
    """What could not be used, with its place: the line of a file, or the entry of its Bundle there."""

    file: str
    line: int
    fault: Fault
    entry: int | None = None
    content: str = ""


def pieces_of(source: Source, longest: int = LONGEST) -> Iterator[Piece | Aside]:
    """Every resource of a file that a chart may need, and what is broken in it. A line may be a whole Bundle."""
    number = 0
    try:
        for number, raw in _contents(source, longest):
            yield from pieces_in(source.name, number, raw, longest)
    except (EOFError, zlib.error, gzip.BadGzipFile):
        yield Aside(source.name, number + 1, "not-json", content="(the gzip stream ends or breaks here)")


def pieces_in(file: str, number: int, raw: bytes, longest: int = LONGEST) -> Iterator[Piece | Aside]:
    """The same of one line, or of a whole file that is one resource."""
    content = raw.removeprefix(BOM).strip()
    if not content:
        return
    try:
        found = skeleton(content) if len(content) <= longest else _too_long()
        if found is None:
            return
        if found.resourceType == "Bundle":
            yield from _unpacked(file, number, content)
        else:
            yield _piece(found, found.patient, b'{"resource":%b}' % _on_one_line(content))
    except Broken as broken:
        shown = "" if broken.fault == "too-long" else _shown(content)
        yield Aside(file, number, broken.fault, content=shown)


def _too_long() -> NoReturn:
    raise Broken("too-long")


def _contents(source: Source, longest: int) -> Iterator[tuple[int, bytes]]:
    if source.kind == "parquet":
        yield from enumerate(texts_of(source.path), 1)
        return
    with source.path.open("rb") as raw:
        is_packed = source.path.name.lower().endswith(".gz")
        opened: IO[bytes] = gzip.GzipFile(fileobj=raw) if is_packed else raw  # type: ignore[assignment]
        if source.kind == "bundle":
            yield 1, opened.read(longest + 1)
        else:
            yield from enumerate(_lines(opened, longest), 1)


def _lines(opened: IO[bytes], longest: int) -> Iterator[bytes]:
    """The lines; of one that is too long only its beginning, which is longer than any may be."""
    while line := opened.readline(longest + 1):
        yield line
        is_cut = len(line) > longest
        while is_cut and line and not line.endswith(b"\n"):
            line = opened.readline(longest)


def _on_one_line(content: bytes) -> bytes:
    return msgspec.json.format(content, indent=-1) if b"\n" in content else content


def _piece(found: Skeleton, patient: str | None, entry: bytes) -> Piece:
    if found.resourceType == SHARED:
        return Piece(None, SHARED, entry, found.id)
    if patient is None:
        raise Broken("no-patient")
    return Piece(patient, found.resourceType, entry, needs=found.needs)


class _Entry(msgspec.Struct, gc=False):
    fullUrl: str | None = None
    resource: msgspec.Raw = msgspec.Raw(b"")


class _Entries(msgspec.Struct, gc=False):
    entry: list[msgspec.Raw] = []


_ENTRIES = msgspec.json.Decoder(_Entries)
_ENTRY = msgspec.json.Decoder(_Entry)


def _unpacked(file: str, number: int, content: bytes) -> Iterator[Piece | Aside]:
    """The resources of a Bundle. One that names no patient is the Bundle's only one's."""
    try:
        entries = _ENTRIES.decode(content).entry
    except msgspec.ValidationError:
        raise Broken("not-a-resource") from None
    opened: list[_Opened] = []
    for place, raw in enumerate(entries):
        try:
            found = _opened(place, raw)
            opened.extend([found] if found is not None else [])
        except Broken as broken:
            yield Aside(file, number, broken.fault, place, _shown(bytes(raw)))
    people = {one.name for one in opened if one.found.resourceType == "Patient"}
    only = next(iter(people)) if len(people) == 1 else None
    for one in opened:
        try:
            yield one.piece(only)
        except Broken as broken:
            yield Aside(file, number, broken.fault, one.place, _shown(one.raw))


class _Opened(msgspec.Struct, frozen=True, gc=False):
    """An entry of a Bundle with what tells whose its resource is."""

    place: int
    raw: bytes
    url: str | None
    found: Skeleton

    @property
    def name(self) -> str | None:
        """The id by which others refer to it."""
        return self.found.id or (last_part(self.url) if self.url else None)

    def piece(self, only: str | None) -> Piece:
        """Its resource, for its patient or the Bundle's only one."""
        found, entry = self.found, msgspec.json.format(self.raw, indent=-1)
        if found.resourceType == SHARED:
            return Piece(only, SHARED, entry, self.name if only is None else None)
        return _piece(found, self.name if found.resourceType == "Patient" else found.patient or only, entry)


def _opened(place: int, raw: msgspec.Raw) -> _Opened | None:
    try:
        entry = _ENTRY.decode(raw)
    except msgspec.ValidationError:
        raise Broken("not-a-resource") from None
    found = skeleton(entry.resource) if entry.resource else None
    return _Opened(place, bytes(raw), entry.fullUrl, found) if found is not None else None


def _shown(content: bytes) -> str:
    return content[:100_000].decode(errors="replace").strip()
