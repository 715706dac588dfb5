"""A site's own codes: what each local laboratory, unit or drug code stands for, as one version somebody answers for."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from datetime import date
from typing import Literal

import msgspec

from terminology.loinc import LoincCode

Kind = Literal["laboratory", "unit", "drug"]
KINDS: tuple[Kind, ...] = ("laboratory", "unit", "drug")
DECIDING = ("equal", "equivalent")
# The value set of ConceptMap.group.element.target.equivalence, R4.
EQUIVALENCES = (
    *("relatedto", "equivalent", "equal", "wider", "subsumes", "narrower", "specializes"),
    *("inexact", "unmatched", "disjoint"),
)


class Entry(msgspec.Struct, frozen=True, omit_defaults=True):
    """One row: a local code and what it stands for.

    `system` and `code` are the chart's; of a unit `code` is the string as written and `system` is empty. `target` is a
    LOINC code, a UCUM unit, or a drug by the name this service knows it by.

    `analytes`: of a unit, those written in it; empty means every analyte it fits. `unit`: of a laboratory code, the
    UCUM unit of results whose own unit is written `local_unit` (empty: whose unit is not written at all).
    `valid_from` and `valid_to`, both included, bound the days of the results a laboratory row is for.
    """

    kind: Kind
    code: str
    target: str
    equivalence: str
    system: str = ""
    display: str = ""
    analytes: tuple[str, ...] = ()
    local_unit: str = ""
    unit: str = ""
    valid_from: date | None = None
    valid_to: date | None = None

    @property
    def decides(self) -> bool:
        """Whether results may be judged by it: what is wider, narrower or inexact is kept and not used."""
        return self.equivalence in DECIDING

    @property
    def is_dated(self) -> bool:
        """Whether it is for some days only."""
        return self.valid_from is not None or self.valid_to is not None

    def is_for(self, day: date | None) -> bool:
        """Whether it is for results of that day; of an unknown day nothing is ruled out."""
        if day is None:
            return True
        return (self.valid_from is None or self.valid_from <= day) and (self.valid_to is None or day <= self.valid_to)

    def overlaps(self, other: Entry) -> bool:
        """Whether there is a day both are for."""
        starts = max(self.valid_from or date.min, other.valid_from or date.min)
        return starts <= min(self.valid_to or date.max, other.valid_to or date.max)


class CodeMap(msgspec.Struct, frozen=True):
    """All of a site's own codes, as loaded at one time. Version 0 is the empty map every site starts with."""

    version: int = 0
    author: str = ""
    loaded: date | None = None
    entries: tuple[Entry, ...] = ()

    def of(self, kind: Kind) -> tuple[Entry, ...]:
        """The rows of one kind."""
        return tuple(entry for entry in self.entries if entry.kind == kind)


@dataclass(frozen=True, slots=True)
class MappedCode(LoincCode):
    """The registry's code that a local code stands for, by an entry of the map with that version."""

    entry: Entry
    version: int

    @classmethod
    def by(cls, entry: Entry, code: LoincCode, version: int) -> MappedCode:
        """The code as named by an entry."""
        return cls(**{field.name: getattr(code, field.name) for field in fields(code)}, entry=entry, version=version)


class LocalCodes:
    """A code map laid over the registry. A row whose target this version does not know is not used."""

    def __init__(self, code_map: CodeMap, registry: Mapping[str, LoincCode]) -> None:
        self.code_map = code_map
        self._results: dict[tuple[str, str], list[Entry]] = defaultdict(list)
        for entry in code_map.of("laboratory"):
            if entry.target in registry:
                self._results[entry.system, entry.code].append(entry)
        self._dated = {(entry.system, entry.code) for entry in code_map.of("laboratory") if entry.is_dated}
        self._registry = registry

    def __bool__(self) -> bool:
        return bool(self.code_map.entries)

    @property
    def version(self) -> int:
        """The map's version; 0 when the site has none."""
        return self.code_map.version

    @property
    def have_days(self) -> bool:
        """Whether any row is for some days only."""
        return bool(self._dated)

    def is_dated(self, system: str | None, code: str | None) -> bool:
        """Whether it depends on the day what a local code stands for."""
        return (system, code) in self._dated

    def entries(self, system: str | None, code: str | None) -> Iterable[Entry]:
        """Every laboratory row of a local code, usable or not."""
        return self._results.get((system or "", code or ""), ())

    def result(self, system: str | None, code: str | None, day: date | None) -> MappedCode | None:
        """What a local laboratory code stands for on a day, where the map decides it.

        Of an unknown day, what it stands for on all days.
        """
        fitting = [entry for entry in self.entries(system, code) if entry.decides and entry.is_for(day)]
        # On an unknown day several rows may be meant; then none is.
        if not fitting or any(entry.target != fitting[0].target for entry in fitting):
            return None
        return MappedCode.by(fitting[0], self._registry[fitting[0].target], self.code_map.version)

    @property
    def laboratory_codes(self) -> tuple[tuple[str, str, str], ...]:
        """The codes a query for results must name besides LOINC's: (system, code, kind of the target)."""
        return tuple(
            dict.fromkeys(
                (entry.system, entry.code, self._registry[entry.target].kind)
                for entries in self._results.values()
                for entry in entries
                if entry.decides
            )
        )
