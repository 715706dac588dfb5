"""Compares what a run found with what was planted."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby
from pathlib import Path
from typing import Generic, TypeVar

import msgspec

from service.population.rows import DrawRow, FindingRow, UnreadRow
from service.population.synthetic.defects import UNMAPPED
from service.population.synthetic.people import Truth

T = TypeVar("T", FindingRow, DrawRow, UnreadRow)


def disagreements(truths: Iterable[Truth], out: Path) -> Iterator[str]:
    """Every claim of the truth that the results in the folder `out` do not bear out, as a sentence each.

    Both are read once, in the order of patients.
    """
    findings = _Told(_rows(out / "findings.ndjson", FindingRow))
    draws = _Told(_rows(out / "draws.ndjson", DrawRow))
    unread = _Told(_rows(out / "unread.ndjson", UnreadRow))
    for truth in sorted(truths, key=lambda truth: truth.patient):
        patient = truth.patient.removeprefix("Patient/")
        raised = {row.check for row in findings.of(patient) if row.state == "raised"}
        overdue = {analyte for row in draws.of(patient) if row.overdue for analyte in row.analytes}
        reasons: dict[str, set[str]] = {}
        for row in unread.of(patient):
            reasons.setdefault(row.reference, set()).add(row.reason)
        for wrong in (*_checks(truth, raised), *_overdue(truth, overdue), *_unread(truth, reasons)):
            yield f"{truth.patient} ({truth.card}): {wrong}"


def _checks(truth: Truth, raised: set[str]) -> Iterator[str]:
    yield from (f"{check} is not raised" for check in truth.raises if check not in raised)
    yield from (f"{check} is raised" for check in truth.quiet if check in raised)


def _overdue(truth: Truth, found: set[str]) -> Iterator[str]:
    if truth.overdue is not None and (found != set() if not truth.overdue else not found.issuperset(truth.overdue)):
        yield f"overdue are {sorted(found)}, not {list(truth.overdue)}"


def _unread(truth: Truth, found: dict[str, set[str]]) -> Iterator[str]:
    for reference, reason in truth.unread.items():
        expected = {reason} - {UNMAPPED}
        if found.get(reference, set()) != expected:
            yield f"{reference} is unread for {sorted(found.get(reference, set()))}, not {reason}"


class _Told(Generic[T]):
    """Rows by patient, for patients asked for in order."""

    def __init__(self, rows: Iterator[T]) -> None:
        self._groups: Iterator[tuple[str, Iterable[T]]] = groupby(rows, key=lambda row: row.patient)
        self._next: tuple[str, list[T]] | None = None

    def of(self, patient: str) -> list[T]:
        while self._next is None or self._next[0] < patient:
            following = next(self._groups, None)
            if following is None:
                return []
            self._next = following[0], list(following[1])
        return self._next[1] if self._next[0] == patient else []


def _rows(path: Path, kind: type[T]) -> Iterator[T]:
    decoder = msgspec.json.Decoder(kind)
    with path.open("rb") as lines:
        yield from map(decoder.decode, lines)
