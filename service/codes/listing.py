"""Lists which codes were seen and not understood, for whoever keeps the site's code map."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Literal

import msgspec
from sqlmodel import Session

from service.storage.tables import UnmappedCode
from service.storage.unmapped import recall_unmapped
from terminology.vocabulary import Conversion, Vocabulary

LOINC = "http://loinc.org"
UCUM = "http://unitsofmeasure.org"
SETTLED = ("unmatched", "disjoint")  # a person said that the code is none of ours
MOST = 1_000  # rows in one answer


class Suggestion(msgspec.Struct, frozen=True, omit_defaults=True):
    """A code that could be meant."""

    system: str
    code: str
    display: str = ""


class SeenCode(msgspec.Struct, frozen=True, omit_defaults=True):
    """A code that was not understood; `unit` is what its results came in, `analyte` what a unit was of.

    Without `code` the result had no code at all. `(withheld)` stands for text that is not a code.
    """

    kind: Literal["laboratory", "unit", "drug"]
    count: int
    firstSeen: date
    lastSeen: date
    system: str = ""
    code: str = ""
    analyte: str = ""
    unit: str = ""
    suggestions: tuple[Suggestion, ...] = ()


class UnmappedCodes(msgspec.Struct, frozen=True):
    """What nobody mapped yet, those with a suggestion first, then the most frequent; `total` counts also the rest."""

    codeMap: int
    total: int
    unmapped: tuple[SeenCode, ...]


def unmapped_codes(session: Session, vocabulary: Vocabulary) -> UnmappedCodes:
    """All that was counted, without what the map in force understands by now."""
    rows = list(_still_unmapped(recall_unmapped(session), vocabulary))
    return UnmappedCodes(vocabulary.local.version, len(rows), tuple(_seen(rows[:MOST], vocabulary)))


def _still_unmapped(rows: Sequence[UnmappedCode], vocabulary: Vocabulary) -> Iterable[UnmappedCode]:
    entries = vocabulary.local.code_map.entries
    settled = {(entry.kind, entry.system, entry.code) for entry in entries if entry.equivalence in SETTLED}
    unsettled = (row for row in rows if (row.kind, row.system, row.code) not in settled)
    return (row for row in unsettled if not _is_understood(row, vocabulary))


def _is_understood(row: UnmappedCode, vocabulary: Vocabulary) -> bool:
    if row.kind == "laboratory":
        known = vocabulary.local.result(row.system, row.code, row.last_seen)
        return known is not None and known.analyte in vocabulary.analytes
    if row.kind == "drug":
        return vocabulary.drug([(row.system, row.code, "")], []) is not None
    return isinstance(vocabulary.unit(row.analyte, row.code, None, False), Conversion)


def _seen(rows: Iterable[UnmappedCode], vocabulary: Vocabulary) -> Iterable[SeenCode]:
    for row in rows:
        yield SeenCode(
            kind=row.kind,  # type: ignore[arg-type]
            count=row.count,
            firstSeen=row.first_seen,
            lastSeen=row.last_seen,
            system=row.system,
            code=row.code,
            analyte=row.analyte,
            unit=row.unit,
            suggestions=tuple(_suggested(row, vocabulary)),
        )


def _suggested(row: UnmappedCode, vocabulary: Vocabulary) -> Iterable[Suggestion]:
    if row.kind == "unit" and row.analyte in vocabulary.analytes:
        return [Suggestion(UCUM, unit) for unit in vocabulary.analytes[row.analyte].written]
    known = (vocabulary.loinc.get(code) for code in row.suggestions.split())
    return [Suggestion(LOINC, code.code, code.long_name) for code in known if code is not None]
