"""The profiles of a protocol side by side: limits, targets, conditions and calendar, and where they differ.

A condition that asks for a named limit or target is told in that number's row, by its check alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from cds_hooks.findings import Citation
from cds_hooks.judgement.knowledge.knowledge import Knowledge
from cds_hooks.judgement.predicates.predicate import ALL_OF
from cds_hooks.judgement.protocol.protocol import Protocol
from cds_hooks.judgement.written.written import CheckFile
from cds_hooks.presentation.told.conditions import told
from cds_hooks.presentation.told.results import compared
from cds_hooks.presentation.told.terms import Terms, days, listed, span


@dataclass(frozen=True, slots=True)
class Cell:
    """What one profile says; empty: nothing."""

    text: str
    note: str = ""
    sources: tuple[Citation, ...] = ()


@dataclass(frozen=True, slots=True)
class Row:
    """One number in every profile, with the checks that ask for it."""

    name: str
    cells: tuple[Cell, ...]
    checks: tuple[str, ...] = ()

    @property
    def differs(self) -> bool:
        """Whether the profiles say different things."""
        return len({cell.text for cell in self.cells}) > 1


@dataclass(frozen=True, slots=True)
class Part:
    """Rows under a heading (its name among the words)."""

    heading: str
    rows: tuple[Row, ...]


def compared_profiles(variants: Sequence[Protocol], knowledge: Knowledge) -> list[Part]:
    """Limits, targets and calendar of every profile; of conditions only those in which they differ."""
    told_by = _Comparison(variants, knowledge)
    parts = (
        Part("numbers", tuple(told_by.numbers())),
        Part("conditions", tuple(told_by.conditions()) if len(variants) > 1 else ()),
        Part("calendar", tuple(told_by.calendar())),
    )
    return [part for part in parts if part.rows]


class _Comparison:
    def __init__(self, variants: Sequence[Protocol], knowledge: Knowledge) -> None:
        self.variants, self.knowledge = variants, knowledge
        self.terms = [Terms(knowledge, variant) for variant in variants]
        self.written = [(check.file.id, one) for check in variants[0].checks for one in _conditions(check.file)]

    def numbers(self) -> Iterator[Row]:
        for name in dict.fromkeys(name for variant in self.variants for name in variant.limits):
            cells = tuple(self._limit(variant, name) for variant in self.variants)
            yield Row(self._limit_name(name), cells, self._asking(name, "limit"))
        for name in dict.fromkeys(name for variant in self.variants for name in variant.bands):
            cells = tuple(self._band(variant, name) for variant in self.variants)
            yield Row(_plain(name), cells, self._asking(name, "band"))

    def conditions(self) -> Iterator[Row]:
        for check, condition in self.written:
            if not condition.keys() & {"limit", "band"}:
                tell = partial(told, condition)
                row = Row("", tuple(Cell(tell(terms)) for terms in self.terms), (check,))
                if row.differs:
                    yield row

    def calendar(self) -> Iterator[Row]:
        for item in dict.fromkeys(self._items()):
            yield Row(self.terms[0].label(item), tuple(Cell(_turns(variant, item)) for variant in self.variants))

    def _items(self) -> Iterator[str]:
        return (item for variant in self.variants for visit in variant.schedule.visits for item in visit.analytes)

    def _asking(self, name: str, kind: str) -> tuple[str, ...]:
        return tuple(dict.fromkeys(check for check, condition in self.written if condition.get(kind) == name))

    def _limit_name(self, name: str) -> str:
        analyte = next(
            (variant.limits[name].analyte for variant in self.variants if name in variant.limits),
            None,
        )
        return f"{self.terms[0].label(analyte)} limit" if analyte else _plain(name)

    def _limit(self, variant: Protocol, name: str) -> Cell:
        limit = variant.limits.get(name)
        return Cell("") if limit is None else Cell(compared(limit.operators()), limit.note, self._cited(limit.source))

    def _band(self, variant: Protocol, name: str) -> Cell:
        band = variant.bands.get(name)
        return Cell("") if band is None else Cell(span(band.low, band.high), band.note, self._cited(band.source))

    def _cited(self, names: tuple[str, ...]) -> tuple[Citation, ...]:
        return tuple(self.knowledge.sources[name] for name in names)


def _conditions(check: CheckFile) -> Iterator[Mapping[str, Any]]:
    """Every condition of a check, those inside others too."""
    branches = (condition for branch in check.branch for condition in branch.all)
    for condition in (*check.all, *check.any, *check.none, *check.unless, *check.in_range_none, *branches):
        yield from condition.get(ALL_OF, (condition,))


def _turns(variant: Protocol, item: str) -> str:
    """`day 90, 182 and 365, then every 365 days`."""
    asked = [visit for visit in variant.schedule.visits if item in visit.analytes]
    if not asked:
        return ""
    some = " (some forms)"
    told_days = [f"{visit.at}{some if visit.form else ''}" for visit in asked]
    again = asked[-1].every
    return f"day {listed(told_days, 'and')}" + (f", then every {days(again)}" if again is not None else "")


def _plain(name: str) -> str:
    return name.replace("-", " ")
