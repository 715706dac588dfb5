"""Predicate over a trend: the line through the last results reaches a limit before the next visit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from functools import cached_property
from typing import ClassVar

from cds_hooks.facts import Reading
from cds_hooks.judgement.chart.case import Case
from cds_hooks.judgement.chart.shown import number, rounded
from cds_hooks.judgement.predicates.outcome import Outcome, step
from cds_hooks.judgement.predicates.predicate import Numbers, Predicate, Written
from cds_hooks.judgement.predicates.results import early_too, hindered, nothing_found
from cds_hooks.judgement.timing.clock import days_between
from cds_hooks.judgement.timing.forms import Days
from cds_hooks.judgement.timing.sequence import moments
from cds_hooks.judgement.written.threshold import ABOVE, AT_LEAST, Threshold, compare
from terminology.units.conversion import EXACT

_KEYWORD = "projected"


class WrittenProjected(Written):
    """`projected`: the straight line through the last `results` (least squares) reaches a limit before the next visit.

    Where no visit is due, as far ahead as policy says. A line that runs the other way reaches nothing.
    """

    keyword: ClassVar[str] = _KEYWORD

    projected: str
    at_least: str | None = None
    above: str | None = None
    at_most: str | None = None
    below: str | None = None
    limit: str | None = None
    results: int = 3
    within: Days | None = None  # how old the results may be

    def ready(self, numbers: Numbers) -> Projected:
        """With its limit in the analyte's canonical unit."""
        if self.results < 2:
            raise ValueError("projected: a line needs at least 2 results")
        if self.limit is not None:
            threshold = numbers.named_limit(self.projected, self.limit)
        else:
            threshold = numbers.threshold(self.projected, self.as_written())
        within = self.within if self.within is not None else numbers.policy.results_for
        return Projected(self.projected, threshold, self.results, within, numbers.urgency == "critical")


@dataclass(frozen=True)
class Line:
    """The least-squares line through results; `at` gives the value on a day, as a fraction with a positive divisor."""

    days: tuple[int, ...]  # since `first`
    values: tuple[Decimal, ...]
    first: date

    @cached_property
    def _spread(self) -> int:
        return len(self.days) * sum(day * day for day in self.days) - sum(self.days) ** 2

    @cached_property
    def slope(self) -> Decimal:
        """The slope times the spread of the days, which is positive: its sign is the slope's."""
        products = sum(
            (EXACT.multiply(day, value) for day, value in zip(self.days, self.values, strict=True)), Decimal()
        )
        return EXACT.subtract(len(self.days) * products, sum(self.days) * sum(self.values, Decimal()))

    def at(self, day: date) -> tuple[Decimal, int]:
        """The value on a day as numerator and divisor, both exact."""
        count, ahead = len(self.days), (day - self.first).days
        level = EXACT.multiply(sum(self.values, Decimal()), self._spread)
        climb = EXACT.multiply(self.slope, count * ahead - sum(self.days))
        return EXACT.add(level, climb), count * self._spread


@dataclass(frozen=True, slots=True)
class Projected(Predicate):
    """A trend against a limit."""

    analyte: str
    threshold: Threshold
    results: int
    within: int
    urgent: bool

    @property
    def asks_about(self) -> tuple[str, ...]:
        return (self.analyte,)

    def surely_false(self, case: Case) -> bool:
        """Whether there is a trend that nothing stands in the way of, and it does not reach the limit."""
        if self.urgent and case.has_preliminary(self.analyte):
            return False
        recent, used = self._used(case, preliminary=False)
        if not self._make_a_trend(used) or any(reading.comparator for reading in used):
            return False
        if case.blocking(self.analyte, recent[0], preliminary=self.urgent):
            return False
        return not self._reaches(_line_through(used), _horizon(case))

    def judge(self, case: Case) -> Outcome:
        """Unknown with fewer results, or where one of them is only a bound."""
        return early_too(lambda early: self._judge_with(case, early), case, (self.analyte,), urgent=self.urgent)

    def _judge_with(self, case: Case, preliminary: bool) -> Outcome:
        recent, used = self._used(case, preliminary=preliminary)
        blocked = case.blocking(self.analyte, recent[0] if recent else None, preliminary=preliminary or self.urgent)
        if not self._make_a_trend(used):
            where = f"in the last {self.within} days; {self.results} of them make a trend"
            found = nothing_found(_KEYWORD, case, (self.analyte,), blocked, where, self.threshold.words)
            if blocked or not used:
                return found
            text = f"{len(used)} usable {case.label(self.analyte)} results found here {where}"
            missing = f"Observation ({case.label(self.analyte)})"
            because = step(_KEYWORD, None, text, limit=self.threshold.words, missing=missing)
            return Outcome(None, (because,), tuple(used), (), found.blocked)
        bound = next((reading for reading in used if reading.comparator), None)
        if bound is not None:
            because = step(_KEYWORD, None, f"{case.named(bound)} is only a bound: no trend can be drawn through it")
            return Outcome(None, (because,), tuple(used), (), ("reported only as a bound", *blocked))
        return hindered(_KEYWORD, case, self._draw(case, used), blocked)

    def _used(self, case: Case, *, preliminary: bool) -> tuple[list[Reading], list[Reading]]:
        """The recent results, and of them the last few, of results of one moment the worse."""
        usable = case.usable(self.analyte, preliminary=preliminary)
        recent = [reading for reading in usable if days_between(reading.effective, case.today) <= self.within]
        return recent, [self._worse(group) for group in moments(recent)[: self.results]]

    def _make_a_trend(self, used: Sequence[Reading]) -> bool:
        return len(used) == self.results and len({reading.effective.day for reading in used}) > 1

    def _worse(self, group: Sequence[Reading]) -> Reading:
        most = max if self._upward else min
        return most(group, key=lambda reading: reading.value)

    @property
    def _upward(self) -> bool:
        return self.threshold.operator in (ABOVE, AT_LEAST)

    def _is_towards(self, line: Line) -> bool:
        return line.slope > 0 if self._upward else line.slope < 0

    def _reaches(self, line: Line, horizon: date) -> bool:
        if not self._is_towards(line):
            return False
        value, divisor = line.at(horizon)
        return compare(self.threshold.operator, value, EXACT.multiply(self.threshold.value, divisor), None) is True

    def _draw(self, case: Case, used: Sequence[Reading]) -> Outcome:
        line, horizon = _line_through(used), _horizon(case)
        value, divisor = line.at(horizon)
        truth, towards = self._reaches(line, horizon), self._is_towards(line)
        known = case.vocabulary.analytes.get(self.analyte)
        decimals = max(1, known.decimals if known is not None else 1)
        shown = f"{number(rounded(EXACT.divide(value, divisor), decimals))} {used[0].unit}"
        listed = ", ".join(f"{case.canonical(reading)} of {reading.effective.text}" for reading in reversed(used))
        verb = "is" if truth else "is not"
        text = (
            f"the line through {listed} leads to {shown} on {horizon.isoformat()}, which {verb} {self.threshold.words}"
        )
        if not towards:
            text = f"the line through {listed} does not lead towards {self.threshold.text}"
        because = step(_KEYWORD, truth, text, value=shown, limit=self.threshold.words)
        values = {
            **case.sentence(used[0]),
            "projected": shown,
            "by": horizon.isoformat(),
            "limit": self.threshold.text,
        }
        return Outcome(truth, (because,), tuple(used), values=values)


def _line_through(used: Sequence[Reading]) -> Line:
    first = used[-1].effective.day
    days = tuple([(reading.effective.day - first).days for reading in used])
    return Line(days, tuple([reading.value for reading in used]), first)


def _horizon(case: Case) -> date:
    """The next visit's day, else as far ahead as policy draws a trend out."""
    due = case.due.due if case.due is not None else None
    if due is not None and due > case.today.day:
        return due
    return case.today.day + timedelta(days=case.policy.projected_for)
