"""What was worked out about one patient's facts, kept while they are judged; never from one call to the next."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from cds_hooks.facts import Reading, Therapy
from cds_hooks.findings import Evidence
from cds_hooks.judgement.chart.anatomy import Anatomy
from cds_hooks.judgement.chart.marks import Marks
from cds_hooks.judgement.chart.newest import Newest
from cds_hooks.judgement.predicates.outcome import Outcome
from cds_hooks.judgement.reference.variation import Pair
from cds_hooks.judgement.timing.course import Course, NamedOrder, Timing
from cds_hooks.judgement.timing.forms import TimingClass


@dataclass(slots=True)
class Worked:
    """What was already worked out about a patient's readings, by identity: many checks ask the same of the same."""

    usable: dict[tuple[str, bool], tuple[Reading, ...]] = field(default_factory=dict)
    latest: dict[tuple[str, bool, int | None], tuple[Reading, ...]] = field(default_factory=dict)
    blocking: dict[tuple[str, int, bool], tuple[str, ...]] = field(default_factory=dict)
    canonical: dict[int, str] = field(default_factory=dict)
    named: dict[int, str] = field(default_factory=dict)
    timings: dict[tuple[int, int], Timing | None] = field(default_factory=dict)  # by course and reading
    shown: dict[tuple[int, TimingClass | None], Evidence] = field(default_factory=dict)
    untimed: dict[tuple[int, str], Outcome] = field(default_factory=dict)  # by reading, and what is wrong with its time
    sentences: dict[tuple[int, int], Mapping[str, str]] = field(default_factory=dict)  # by reading and course
    drawn: dict[int, str] = field(default_factory=dict)  # when a reading was drawn, as it is written
    names: dict[str, frozenset[str]] = field(default_factory=dict)
    ordered: tuple[NamedOrder, ...] | None = None  # with the ingredients and classes of each
    orders: dict[tuple[str, ...], tuple[Therapy, ...]] = field(default_factory=dict)
    taken: dict[tuple[str, ...], tuple[Therapy, ...]] = field(default_factory=dict)
    daily: dict[int, Decimal | None] = field(default_factory=dict)
    courses: dict[tuple[str, ...], Course | None] = field(default_factory=dict)
    organs: dict[str, tuple[bool | None, str]] = field(default_factory=dict)
    drawn_on: dict[str, frozenset[date]] = field(default_factory=dict)
    free: dict[tuple[int, int], tuple[Decimal, Decimal]] = field(default_factory=dict)
    anatomy: Anatomy | None = None
    marks: Marks | None = None
    newest: Mapping[str, Newest | None] | None = None
    pairs: tuple[Pair, ...] | None = None  # results that may be compared, for each analyte

    def without_held(self) -> Worked:
        """What is still so once some readings may not be used: how they are written."""
        return Worked(canonical=self.canonical, named=self.named, drawn=self.drawn, marks=self.marks)
