"""A check ready to judge: its conditions with the numbers of one profile."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from cds_hooks.findings import Citation, Strength
from cds_hooks.judgement.chart.marks import Marks
from cds_hooks.judgement.predicates.predicate import Predicate
from cds_hooks.judgement.predicates.visits import RepeatMissed, VisitIs
from cds_hooks.judgement.protocol.sieve import Needs
from cds_hooks.judgement.written.threshold import Band
from cds_hooks.judgement.written.written import BranchFile, CheckFile


@dataclass(frozen=True, slots=True)
class Branch:
    """One way a check is raised."""

    file: BranchFile
    all: tuple[Predicate, ...]


@dataclass(frozen=True, slots=True)
class InRange:
    """When a clear result may be called in range: inside `band`, not older than `within` days, none of `none`."""

    band: Band
    within: int
    none: tuple[Predicate, ...]


@dataclass(frozen=True)
class Check:
    """A check ready to judge: its predicates with the numbers of one profile."""

    file: CheckFile
    all: tuple[Predicate, ...]
    any: tuple[Predicate, ...]
    none: tuple[Predicate, ...]
    unless: tuple[Predicate, ...]
    branches: tuple[Branch, ...]
    sources: tuple[Citation, ...]
    strength: Strength
    in_range: InRange | None

    @cached_property
    def excluding(self) -> tuple[tuple[Marks | None, Predicate], ...]:
        """Those of which one that holds makes it clear, each with the marks it needs."""
        return tuple((predicate.marks, predicate) for predicate in (*self.none, *self.unless))

    @cached_property
    def yields_to(self) -> tuple[str, ...]:
        """The checks that stand for it when they are raised."""
        return self.file.yields_to

    @cached_property
    def tells_nothing_else(self) -> bool:
        """Whether there is nothing to tell of it unless it is raised, or something stands in the way."""
        return self.in_range is None and not self.file.holds

    @property
    def needs(self) -> Needs:
        """What it surely is clear without, whatever it says of readings.

        Of one that may call readings in range only what comes before it looks at them; of one that holds readings back
        no condition of its own, since each of them may hold its own.
        """
        if self.in_range is not None:
            return Needs((self.before_results,) if self.before_results is not None else (), (), may_be_open=False)
        holds = self.file.holds
        ways = (tuple((predicate,) for predicate in self.any), tuple(branch.all for branch in self.branches))
        hidden = holds and (self.all or self.branches)
        alternatives = () if hidden else tuple(found for found in ways if found)
        return Needs(() if holds else self.all, alternatives, may_be_open=not holds)

    @cached_property
    def before_results(self) -> Predicate | None:
        """Its first condition, where that one looks at no result."""
        first = self.all[0] if self.all else None
        return first if first is not None and not first.asks_about else None

    @cached_property
    def opens_otherwise(self) -> bool:
        """Whether one of its conditions may lack more than a result, so that only itself can tell it at a glance."""
        own = (*self.all, *self.any, *(predicate for branch in self.branches for predicate in branch.all))
        return any(one.can_be_open and one.opens_without is None for one in own)

    @cached_property
    def asks_for_repeats(self) -> bool:
        """Whether it speaks of repeats that other checks asked for: it is judged after them."""
        return any(isinstance(predicate, RepeatMissed) for predicate in self.all)

    @cached_property
    def asks_for_visits(self) -> bool:
        """Whether it speaks of a set of draws that the schedule asks for."""
        predicates = (*self.all, *(predicate for branch in self.branches for predicate in branch.all))
        return any(isinstance(predicate, VisitIs) for predicate in predicates)

    @cached_property
    def asks_about(self) -> tuple[str, ...]:
        """The analytes whose results decide."""
        branches = (predicate for branch in self.branches for predicate in branch.all)
        predicates = (*self.all, *self.any, *self.none, *branches)
        return tuple(dict.fromkeys(name for predicate in predicates for name in predicate.asks_about))
