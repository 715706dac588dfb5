"""The limits of one analyte side by side: the newest number finds its place among them once, however many there are."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import groupby
from typing import TYPE_CHECKING, Any, NamedTuple

from cds_hooks.judgement.predicates.predicate import Predicate
from cds_hooks.judgement.written.threshold import ABOVE, AT_LEAST, AT_MOST, BELOW, Threshold

if TYPE_CHECKING:
    from cds_hooks.judgement.chart.case import Case

Places = int  # a set of places, one bit each
# A condition by identity, how it tells that it plainly fails, who waits for it, and who is left then.
Question = tuple[int, Callable[["Case"], bool], Places, Places]
Cut = Callable[[Any, Any], int]
# How a value is placed among limits in ascending order, the limits, and by that place who is left.
Scale = tuple[Cut, Sequence[Decimal], Sequence[Places]]


class Needed(NamedTuple):
    """A condition: who waits for it, who falls where it plainly fails, and who is open where it lacks a result."""

    predicate: Predicate
    waiting: Places
    falls: Places
    opens: Places

    def question(self, whole: Places) -> Question:
        """As it is asked one by one."""
        return id(self.predicate), self.predicate.surely_false, self.waiting, whole & ~self.falls


class Span(NamedTuple):
    """The conditions that look back so many days."""

    within: int
    lacking: Places  # who is open without a result so recent
    scales: Sequence[Scale]  # of a number
    asked: Sequence[Question]  # what no scale tells
    unsure: Sequence[Question]  # all of them, where the result is not a number with nothing in its way


@dataclass(frozen=True, slots=True)
class Limits:
    """All that is asked of the newest result of one analyte."""

    analyte: str
    waiting: Places
    lacking: Places  # who is open where it was never measured
    spans: Sequence[Span]


def limits_of(needed: Iterable[Needed], whole: Places) -> tuple[Limits, ...]:
    """The conditions that only need a result of one analyte, together."""
    keyed = [(one.predicate.opens_without or ("", 0), one) for one in needed]
    keyed.sort(key=lambda each: each[0])
    found = []
    for analyte, group in groupby(keyed, key=lambda each: each[0][0]):
        of_analyte = list(group)
        spans = tuple(
            _span(within, [one for _, one in same], whole)
            for (_, within), same in groupby(of_analyte, key=lambda each: each[0])
        )
        waiting, lacking = _union(one.waiting for _, one in of_analyte), _union(one.opens for _, one in of_analyte)
        found.append(Limits(analyte, waiting, lacking, spans))
    return tuple(found)


def _span(within: int, needed: Sequence[Needed], whole: Places) -> Span:
    scaled = [(threshold, one.falls) for one in needed if (threshold := one.predicate.plainly) is not None]
    return Span(
        within,
        _union(one.opens for one in needed),
        tuple(
            scale
            for operator in (AT_LEAST, ABOVE, AT_MOST, BELOW)
            if (scale := _scale(operator, [each for each in scaled if each[0].operator == operator], whole)) is not None
        ),
        tuple(one.question(whole) for one in needed if one.predicate.plainly is None),
        tuple(one.question(whole) for one in needed),
    )


def _scale(operator: str, limits: Sequence[tuple[Threshold, Places]], whole: Places) -> Scale | None:
    """Who is left by the place of a value: lower limits are reached up to it, upper ones from it on."""
    if not limits:
        return None
    ordered = sorted(limits, key=lambda each: each[0].value)
    falls = [places for _, places in ordered]
    upward = operator in (AT_LEAST, ABOVE)
    left = [whole & ~_union(falls[place:] if upward else falls[:place]) for place in range(len(falls) + 1)]
    cut = bisect_right if operator in (AT_LEAST, BELOW) else bisect_left
    return cut, tuple(threshold.value for threshold, _ in ordered), tuple(left)


def _union(masks: Iterable[Places]) -> Places:
    found = 0
    for mask in masks:
        found |= mask
    return found
