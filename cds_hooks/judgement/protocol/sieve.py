"""Which checks are plainly clear, and which only lack a result: what most checks end with, told without judging them.

Each condition is asked at most once: whether a mark it needs is there, then the limits of each analyte together, then
the others one by one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from cds_hooks.judgement.chart.marks import Marks
from cds_hooks.judgement.chart.newest import Newest
from cds_hooks.judgement.predicates.predicate import Predicate
from cds_hooks.judgement.protocol.limits import Limits, Needed, Places, Question, limits_of

if TYPE_CHECKING:
    from cds_hooks.judgement.chart.case import Case

Ways = tuple[tuple[Predicate, ...], ...]  # alternatives, each a set of conditions
_NEVER = Newest(-1, None)  # measured


class Needs(NamedTuple):
    """Without which a check is clear: each of the conditions, and of each set of alternatives one.

    It `may_be_open` where nothing need be told of one that only lacks a result.
    """

    conditions: tuple[Predicate, ...]
    alternatives: tuple[Ways, ...]
    may_be_open: bool = True


class Left(NamedTuple):
    """The checks that are not plainly clear, and those of them that only lack a result."""

    all: Places
    open: Places


@dataclass(frozen=True, slots=True)
class Marked:
    """The conditions that need a mark, one bit each."""

    asked: Marks
    needing: Mapping[str, int]  # by mark, the conditions that it is enough for
    others: Sequence[tuple[int, Places]]  # a condition, and who is left without any of its marks
    whole: Places

    def left(self, marks: Marks) -> Places:
        """Who is left with these marks."""
        left, met = self.whole, 0
        for mark in self.asked & marks:
            met |= self.needing[mark]
        for condition, others in self.others:
            if not met & condition:
                left &= others
        return left


@dataclass(frozen=True, slots=True)
class Sieve:
    """Places stand for checks, in order from the lowest bit, and after them for their alternatives."""

    checks: Places
    marked: Marked
    limits: Sequence[Limits]
    questions: Sequence[Question]
    alternatives: Sequence[tuple[Places, Places]]  # the check's own place, and those of its alternatives
    whole: Places

    def left(self, case: Case) -> Left:
        """What remains of the checks."""
        left, open_, refuted = self.marked.left(case.marks), 0, case.refuted
        newest, whole = case.newest, "labs" not in case.facts.incomplete
        for limits in self.limits:
            if not left & limits.waiting:
                continue
            found = newest.get(limits.analyte, _NEVER)
            if found is _NEVER:
                if whole:
                    open_ |= limits.lacking
                continue
            for within, lacking, scales, asked, unsure in limits.spans:
                if found is None or (found.value is None and found.days <= within):
                    asked = unsure
                elif found.days > within:
                    if whole:
                        open_ |= lacking
                    continue
                else:
                    for cut, values, left_at in scales:
                        left &= left_at[cut(values, found.value)]
                for name, fails, waiting, others in asked:
                    if left & waiting:
                        failed = refuted[name] = fails(case)
                        if failed:
                            left &= others
        for name, fails, waiting, others in self.questions:
            if left & waiting:
                failed = refuted[name] = fails(case)
                if failed:
                    left &= others
        for own, ways in self.alternatives:
            remaining = left & ways
            if not remaining:
                left &= ~own
            elif not remaining & ~open_:
                open_ |= own
        left &= self.checks
        return Left(left, 0 if case.one_sided else left & open_)


def sieve_of(checks: Sequence[Needs]) -> Sieve:
    """The sieve that these checks go through together."""
    needed: list[Needed] = []
    alternatives: list[tuple[Places, Places]] = []
    place = 1 << len(checks)
    for index, check in enumerate(checks):
        own = falls = 1 << index
        for ways in check.alternatives:
            bits = [place << order for order in range(len(ways))]
            for bit, way in zip(bits, ways, strict=True):
                needed += [Needed(one, bit, bit, bit if check.may_be_open else 0) for one in way]
            alternatives.append((own, sum(bits)))
            falls |= sum(bits)
            place <<= len(ways)
        needed += [Needed(one, own, falls, own if check.may_be_open else 0) for one in check.conditions]
    whole = place - 1
    once = _once(needed)
    one_by_one = [one for one in once if one.predicate.opens_without is None and not one.predicate.told_by_marks]
    one_by_one.sort(key=lambda one: (bool(one.predicate.asks_about), -one.waiting.bit_count()))
    return Sieve(
        checks=(1 << len(checks)) - 1,
        marked=_marked(once, whole),
        limits=limits_of([one for one in once if one.predicate.opens_without is not None], whole),
        questions=tuple(one.question(whole) for one in one_by_one),
        alternatives=tuple(alternatives),
        whole=whole,
    )


def _marked(needed: Iterable[Needed], whole: Places) -> Marked:
    needing: dict[str, int] = {}
    falls: dict[Marks, Places] = {}
    for one in needed:
        marks = one.predicate.marks
        if marks is not None:
            falls[marks] = falls.get(marks, 0) | one.falls
    for place, marks in enumerate(falls):
        for mark in marks:
            needing[mark] = needing.get(mark, 0) | 1 << place
    others = tuple((1 << place, whole & ~fallen) for place, fallen in enumerate(falls.values()))
    return Marked(frozenset(needing), needing, others, whole)


def _once(needed: Iterable[Needed]) -> list[Needed]:
    """Each condition once, for all that need it."""
    found: dict[int, Needed] = {}
    for one in needed:
        known = found.get(id(one.predicate))
        if known is not None:
            one = Needed(one.predicate, known.waiting | one.waiting, known.falls | one.falls, known.opens | one.opens)
        found[id(one.predicate)] = one
    return list(found.values())
