"""Counts codes that were not understood, in memory, and decides what of them may be kept: never words of a chart."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import date
from threading import Lock
from typing import NamedTuple

from cds_hooks.facts import Unmapped
from service.storage.tables import UnmappedCode
from terminology.suggestions import suggest
from terminology.vocabulary import Vocabulary

MOST = 2_000  # different codes in memory; the oldest that wait for more patients go first
WITHHELD = "(withheld)"
# A code system's name, a code and a unit as they may be kept: no spaces, so no sentence of a chart; no address of one
# person's record; no long run of digits in a unit.
_SYSTEM = re.compile(r"(?!.*/Patient/)[\w:/.#%+~-]{0,200}")
_CODE = re.compile(r"[\w:/.#%+-]{0,40}")
_UNIT = re.compile(r"(?!.*\d{4})(?!.*\d[./-]\d+[./-]\d)[\w/%*.\[\]{}()^+µμ-]{0,20}")


class Key(NamedTuple):
    """What is counted."""

    kind: str
    system: str
    code: str
    analyte: str
    unit: str


class Count:
    """How often one code was seen, and for whom as far as that still matters; the name is for a suggestion only."""

    __slots__ = ("name", "patients", "times")

    def __init__(self) -> None:
        self.times, self.name = 0, ""
        self.patients: set[int] = set()


class Tally:
    """Counts since they were last taken. What only `least` - 1 patients have is not given out: it may be one's name.

    Patients are told apart by a number that only this process can make from their reference, and that is never written.
    Calls are answered in one thread and counts are written in another, so each touches them in turn.
    """

    def __init__(self, least: int) -> None:
        self._least = least
        self._lock = Lock()
        self._counts: dict[Key, Count] = {}
        self._shared: dict[Key, str] = {}  # those that enough patients have, and what was suggested for them

    def add(self, patient: str, unmapped: Sequence[Unmapped]) -> None:
        """Count what one chart had."""
        if unmapped:
            with self._lock:
                for item in unmapped:
                    self._count(_key(item), 1, item.name, hash(patient))

    def take(self, vocabulary: Vocabulary, today: date) -> list[UnmappedCode]:
        """The counts that may be kept, as rows with suggestions; their counting starts again from nothing."""
        with self._lock:
            taken = {key: count for key, count in self._counts.items() if self._is_shared(key, count)}
            for key in taken:
                del self._counts[key]
        return [self._row(key, count, vocabulary, today) for key, count in taken.items()]

    def give_back(self, rows: Iterable[UnmappedCode]) -> int:
        """Count again what could not be written; how much that is."""
        lost = 0
        with self._lock:
            for row in rows:
                self._count(Key(row.kind, row.system, row.code, row.analyte, row.unit), row.count, "", None)
                lost += row.count
        return lost

    def _count(self, key: Key, times: int, name: str, patient: int | None) -> None:
        if key not in self._counts and len(self._counts) >= MOST:
            del self._counts[next(iter(self._counts))]
        count = self._counts.setdefault(key, Count())
        count.times += times
        count.name = count.name or name
        if patient is not None and len(count.patients) < self._least:
            count.patients.add(patient)

    def _is_shared(self, key: Key, count: Count) -> bool:
        return key in self._shared or len(count.patients) >= self._least

    def _row(self, key: Key, count: Count, vocabulary: Vocabulary, today: date) -> UnmappedCode:
        if key not in self._shared:
            if len(self._shared) >= MOST:
                self._shared.clear()
            self._shared[key] = _suggested(key, count.name, vocabulary)
        suggested = self._shared[key]
        return UnmappedCode(
            **key._asdict(), count=count.times, first_seen=today, last_seen=today, suggestions=suggested
        )


def _key(item: Unmapped) -> Key:
    code = _kept(_UNIT if item.kind == "unit" else _CODE, item.code)
    return Key(item.kind, _kept(_SYSTEM, item.system), code, item.analyte or "", _kept(_UNIT, item.unit or ""))


def _kept(allowed: re.Pattern[str], text: str) -> str:
    return text if allowed.fullmatch(text) else WITHHELD


def _suggested(key: Key, name: str, vocabulary: Vocabulary) -> str:
    found = suggest(name, key.unit or None, vocabulary) if key.kind == "laboratory" and name else ()
    return " ".join(code.code for code in found)
