"""Counts the codes that were not understood, in memory, and names what of them may be kept: never words of a chart."""

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

MOST = 2_000  # different codes between two writes; more are let go, so that no chart can fill the memory
WITHHELD = "(withheld)"
# A code system's name, a code and a unit as they may be kept: no spaces in the first two, so no sentence of a chart.
_SYSTEM = re.compile(r"[\w:/.#%+~-]{0,200}")
_CODE = re.compile(r"[\w:/.#%+^-]{0,40}")
_UNIT = re.compile(r"(?!\D*\d{4})[\w/%*.\[\]{}()^+ µμ-]{0,24}")


class Key(NamedTuple):
    """What is counted."""

    kind: str
    system: str
    code: str
    analyte: str
    unit: str


class Tally:
    """Counts since they were last taken. Names are kept until then, for suggestions, and never written.

    Calls are answered in one thread and counts are written in another, so each touches them in turn.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._counts: dict[Key, int] = {}
        self._names: dict[Key, str] = {}

    def add(self, unmapped: Sequence[Unmapped]) -> None:
        """Count what one chart had."""
        if unmapped:
            with self._lock:
                for item in unmapped:
                    self._count(_key(item), 1, item.name)

    def take(self, vocabulary: Vocabulary, today: date) -> list[UnmappedCode]:
        """The counts as rows, with suggestions; the tally starts again from nothing."""
        with self._lock:
            counts, names = self._counts, self._names
            self._counts, self._names = {}, {}
        return [_row(key, count, names[key], vocabulary, today) for key, count in counts.items()]

    def give_back(self, rows: Iterable[UnmappedCode]) -> None:
        """Count again what could not be written."""
        with self._lock:
            for row in rows:
                self._count(Key(row.kind, row.system, row.code, row.analyte, row.unit), row.count, "")

    def _count(self, key: Key, times: int, name: str) -> None:
        if key in self._counts or len(self._counts) < MOST:
            self._counts[key] = self._counts.get(key, 0) + times
            self._names.setdefault(key, name)


def _key(item: Unmapped) -> Key:
    code = _kept(_UNIT if item.kind == "unit" else _CODE, item.code)
    return Key(item.kind, _kept(_SYSTEM, item.system), code, item.analyte or "", _kept(_UNIT, item.unit or ""))


def _kept(allowed: re.Pattern[str], text: str) -> str:
    return text if allowed.fullmatch(text) else WITHHELD


def _row(key: Key, count: int, name: str, vocabulary: Vocabulary, today: date) -> UnmappedCode:
    found = suggest(name, key.unit or None, vocabulary) if key.kind == "laboratory" and name else ()
    suggestions = " ".join(code.code for code in found)
    return UnmappedCode(**key._asdict(), count=count, first_seen=today, last_seen=today, suggestions=suggestions)
