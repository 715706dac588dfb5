"""Predicate over two results: a fall or rise, in per cent, since before a drug was begun."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import ClassVar

from cds_hooks.facts import Moment, Reading
from cds_hooks.judgement.chart.case import Case
from cds_hooks.judgement.chart.shown import number, rounded
from cds_hooks.judgement.predicates.bounds import flipped, joint
from cds_hooks.judgement.predicates.outcome import Outcome, step
from cds_hooks.judgement.predicates.predicate import Numbers, Predicate, Written
from cds_hooks.judgement.predicates.results import early_too, hindered, nothing_found, worst
from cds_hooks.judgement.predicates.starts import not_taken, undated
from cds_hooks.judgement.timing.clock import days_between
from cds_hooks.judgement.timing.forms import Days
from cds_hooks.judgement.timing.sequence import newest_of
from cds_hooks.judgement.written.threshold import ABOVE, AT_LEAST, AT_MOST, BELOW, compare
from terminology.units.conversion import EXACT

_KEYWORD = "change"
_BEFORE = "before treatment"
_FIRST = "when first measured on treatment"


class WrittenChange(Written):
    """`change`: the newest result on treatment has fallen, or risen, by a share of the last one before it.

    Counted from the protocol's own course, or from the start of a drug in `since`. `from_day` and `until_day` are days
    of that treatment between which the newest result must have been drawn. With `or_first` the first result on
    treatment serves where there is none before it, and is named so.
    """

    keyword: ClassVar[str] = _KEYWORD

    change: str
    fallen_by: str | None = None
    risen_by: str | None = None
    more_than: bool = False  # the change must be greater; otherwise the edge counts
    since: tuple[str, ...] = ()
    from_day: Days | None = None
    until_day: Days | None = None
    before_start: Days | None = None
    or_first: bool = False

    def ready(self, numbers: Numbers) -> Change:
        """With its share as a number of per cent."""
        if (self.fallen_by is None) is (self.risen_by is None):
            raise ValueError(f"{self.change}: give exactly one of fallen_by, risen_by")
        if self.change not in numbers.vocabulary.analytes:
            raise ValueError(f"change: not an analyte: {self.change}")
        before = self.before_start if self.before_start is not None else numbers.policy.baseline_for
        share, falls = _per_cent(self.fallen_by or self.risen_by or ""), self.fallen_by is not None
        days, urgent = (self.from_day, self.until_day), numbers.urgency == "critical"
        return Change(self.change, share, falls, self.more_than, self.since, days, before, self.or_first, urgent)


@dataclass(frozen=True, slots=True)
class Change(Predicate):
    """The newest result on treatment against the last one before it."""

    analyte: str
    share: Decimal
    falls: bool
    strict: bool
    since: tuple[str, ...]
    days: tuple[int | None, int | None]
    before_start: int
    or_first: bool
    urgent: bool

    @property
    def asks_about(self) -> tuple[str, ...]:
        return (self.analyte,)

    def surely_open(self, case: Case) -> bool:
        """Whether nothing was measured, or nothing before the start, with nothing in the way."""
        course = case.course_of(self.since)
        if course is None or course.start is None or "labs" in case.facts.incomplete:
            return False
        if case.lacks(self.analyte):
            return True
        if not case.is_plain(self.analyte) or self.days != (None, None) or self.or_first:
            return False
        usable, start = case.readings[self.analyte], course.start
        for reading in reversed(usable):
            before = days_between(reading.effective, start)
            if before < 0:
                return True
            if before <= self.before_start:
                return False
        return True

    def judge(self, case: Case) -> Outcome:
        """Unknown without a start, a result on treatment, or one before it."""
        return early_too(lambda early: self._judge_with(case, early), case, (self.analyte,), urgent=self.urgent)

    def _judge_with(self, case: Case, preliminary: bool) -> Outcome:
        course = case.course_of(self.since)
        if course is None:
            return not_taken(_KEYWORD, self.since)
        if course.start is None:
            return undated(_KEYWORD, self.since)
        start = course.start
        usable = case.usable(self.analyte, preliminary=preliminary)
        on_treatment = [r for r in usable if self._is_on_treatment(case, start, r)]
        newest = newest_of(on_treatment)
        blocked = case.blocking(self.analyte, newest[0] if newest else None, preliminary=preliminary or self.urgent)
        if not newest:
            where = f"on treatment in the last {case.policy.results_for} days"
            return nothing_found(_KEYWORD, case, (self.analyte,), blocked, where, self._limit)
        day = days_between(start, newest[0].effective)
        first, last = self.days
        if (first is not None and day < first) or (last is not None and day > last):
            text = f"{case.named(newest[0])} was drawn on day {day} of treatment, which does not count"
            return hindered(_KEYWORD, case, Outcome(False, (step(_KEYWORD, False, text),), newest), blocked)
        before = newest_of([r for r in usable if 0 <= days_between(r.effective, start) <= self.before_start])
        named = _BEFORE if before else _FIRST
        if not before and self.or_first and on_treatment[-1] not in newest:
            before = (on_treatment[-1],)
        if not before:
            return self._without_baseline(case, start, newest, blocked)
        outcomes = [self._compare(case, one, baseline, named, day) for one in newest for baseline in before]
        return hindered(_KEYWORD, case, worst(outcomes), blocked)

    def _is_on_treatment(self, case: Case, start: Moment, reading: Reading) -> bool:
        recent = days_between(reading.effective, case.today) <= case.policy.results_for
        return recent and days_between(start, reading.effective) > 0

    def _without_baseline(
        self, case: Case, start: Moment, newest: Sequence[Reading], blocked: tuple[str, ...]
    ) -> Outcome:
        held = tuple(
            case.held[reading.reference, self.analyte]
            for reading in case.readings.get(self.analyte, ())
            if (reading.reference, self.analyte) in case.held
            and 0 <= days_between(reading.effective, start) <= self.before_start
        )
        text = f"no result in the {self.before_start} days before the start to compare {case.named(newest[0])} with"
        if held:
            text = f"the result before treatment cannot be judged: {case.obstacles(held)}"
        because = step(_KEYWORD, None, text, limit=self._limit, missing="Observation before treatment")
        return Outcome(None, (because,), tuple(newest), (), tuple(dict.fromkeys((*blocked, *held))))

    def _compare(self, case: Case, newest: Reading, baseline: Reading, named: str, day: int) -> Outcome:
        bound = joint(newest.comparator, flipped(baseline.comparator))
        pair = (newest, baseline)
        against = f"{case.named(newest)} against {case.canonical(baseline)} of {baseline.effective.text}"
        if bound is None or baseline.value <= 0:
            because = step(_KEYWORD, None, f"{against}: the change cannot be computed", limit=self._limit)
            return Outcome(None, (because,), pair, (), ("reported only as a bound",))
        factor = Decimal(100) - self.share if self.falls else Decimal(100) + self.share
        limit = EXACT.multiply(factor, baseline.value)
        truth = compare(self._operator, EXACT.multiply(Decimal(100), newest.value), limit, bound or None)
        change = _changed(newest.value, baseline.value)
        because = step(_KEYWORD, truth, f"{against} ({named}): {change}", value=change, limit=self._limit)
        values = {
            **case.sentence(newest),
            "change": change,
            "baseline": case.canonical(baseline),
            "named": named,
            "baseline_date": baseline.effective.day.isoformat(),
            "limit": f"{number(self.share)} %",
            "day": str(day),
        }
        blocked = ("reported only as a bound",) if truth is None else ()
        return Outcome(truth, (because,), pair, (), blocked, values)

    @property
    def _operator(self) -> str:
        if self.falls:
            return BELOW if self.strict else AT_MOST
        return ABOVE if self.strict else AT_LEAST

    @property
    def _limit(self) -> str:
        return f"{'fall' if self.falls else 'rise'} of {'more than ' if self.strict else ''}{number(self.share)} %"


def _changed(newest: Decimal, baseline: Decimal) -> str:
    """`30 % lower`."""
    share = rounded(EXACT.divide(EXACT.multiply(newest - baseline, Decimal(100)), baseline), 1)
    if not share:
        return "no change"
    return f"{number(abs(share)).removesuffix('.0')} % {'lower' if share < 0 else 'higher'}"


def _per_cent(text: str) -> Decimal:
    value, _, unit = text.partition(" ")
    if unit != "%" or not value.replace(".", "", 1).isdecimal():
        raise ValueError(f"{text!r} is not a share; write it as in '20 %'")
    return Decimal(value)
