"""Predicate over results since a drug was begun: how far the newest stands above the lowest of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from cds_hooks.facts import Reading
from cds_hooks.judgement.chart.case import Case
from cds_hooks.judgement.chart.marks import Marks, marks
from cds_hooks.judgement.chart.shown import number
from cds_hooks.judgement.predicates.bounds import flipped, joint
from cds_hooks.judgement.predicates.drugs.drugs import Truth, either
from cds_hooks.judgement.predicates.outcome import Outcome, step
from cds_hooks.judgement.predicates.predicate import Numbers, Predicate, Written
from cds_hooks.judgement.predicates.results import early_too, hindered, nothing_found
from cds_hooks.judgement.predicates.starts import has_stopped, not_taken, undated
from cds_hooks.judgement.timing.clock import days_between
from cds_hooks.judgement.timing.forms import Days
from cds_hooks.judgement.timing.sequence import moments, same_moment
from cds_hooks.judgement.written.threshold import Threshold, compare
from terminology.units.conversion import EXACT

_KEYWORD = "above_nadir"


class WrittenAboveNadir(Written):
    """`above_nadir`: the newest result is so much above the lowest one since a drug was begun.

    `times` and `apart` ask for that many results in a row, of different days, over so long.
    """

    keyword: ClassVar[str] = _KEYWORD

    above_nadir: str
    at_least: str | None = None
    above: str | None = None
    since_start_of: tuple[str, ...] = ()
    times: int = 1
    apart: Days = 0

    def ready(self, numbers: Numbers) -> AboveNadir:
        """With its limit in the analyte's canonical unit."""
        limit = numbers.threshold(self.above_nadir, {"above": self.above, "at_least": self.at_least})
        urgent = numbers.urgency == "critical"
        return AboveNadir(self.above_nadir, limit, self.since_start_of, self.times, self.apart, urgent)


@dataclass(frozen=True, slots=True)
class AboveNadir(Predicate):
    """The newest results against the lowest since the start."""

    analyte: str
    threshold: Threshold
    drugs: tuple[str, ...]
    times: int
    apart: int
    urgent: bool

    @property
    def asks_about(self) -> tuple[str, ...]:
        return (self.analyte,)

    @property
    def marks(self) -> Marks | None:
        return marks("listed", self.drugs) | marks("given", self.drugs) if self.drugs else None

    def surely_false(self, case: Case) -> bool:
        """Whether the drug is not taken, or the newest result is surely not so far above the lowest."""
        if self.urgent and case.has_preliminary(self.analyte):
            return False
        course = case.course_of(self.drugs)
        if course is None or has_stopped(course):
            return True
        start = course.start
        if start is None:
            return False
        since = [r for r in case.usable(self.analyte, preliminary=False) if days_between(start, r.effective) >= 0]
        if not since or case.blocking(self.analyte, since[0], preliminary=self.urgent):
            return False
        nadir, under = _nadir(since)
        newest = [reading for reading in since if same_moment(reading.effective, since[0].effective)]
        return all(self._risen(reading, nadir, under) is False for reading in newest)

    def judge(self, case: Case) -> Outcome:
        """False while the drug is not taken; unknown without its start, or a result since."""
        return early_too(lambda early: self._judge_with(case, early), case, (self.analyte,), urgent=self.urgent)

    def _judge_with(self, case: Case, preliminary: bool) -> Outcome:
        course = case.course_of(self.drugs)
        if course is None or has_stopped(course):
            return not_taken(_KEYWORD, self.drugs)
        if course.start is None:
            return undated(_KEYWORD, self.drugs)
        start = course.start
        since = [r for r in case.usable(self.analyte, preliminary=preliminary) if days_between(start, r.effective) >= 0]
        blocked = case.blocking(self.analyte, since[0] if since else None, preliminary=preliminary or self.urgent)
        if not since:
            where = f"since the start on {start.day.isoformat()}"
            return nothing_found(_KEYWORD, case, (self.analyte,), blocked, where, self.threshold.words)
        return hindered(_KEYWORD, case, self._compare(case, since), blocked)

    def _compare(self, case: Case, since: Sequence[Reading]) -> Outcome:
        nadir, under = _nadir(since)
        groups = [(group, either(self._risen(r, nadir, under) for r in group)) for group in moments(since)]
        newest = max(groups[0][0], key=lambda reading: reading.value)
        rise = EXACT.subtract(newest.value, nadir.value)
        truth = self._confirmed(groups)
        text = (
            f"{case.named(newest)} against the lowest since the start, {case.canonical(nadir)} of "
            f"{nadir.effective.text}: {number(rise)} {newest.unit} above it"
        )
        if self.times > 1:
            text += f"; asked for in {self.times} results in a row, at least {self.apart} days apart"
        because = step(_KEYWORD, truth, text, value=f"{number(rise)} {newest.unit}", limit=self.threshold.words)
        values = {
            **case.sentence(newest),
            "change": f"{number(rise)} {newest.unit}",
            "nadir": case.canonical(nadir),
            "baseline": case.canonical(nadir),
            "nadir_date": nadir.effective.day.isoformat(),
            "limit": self.threshold.text,
        }
        blocked = ("reported only as a bound",) if truth is None else ()
        return Outcome(truth, (because,), (newest, nadir), (), blocked, values)

    def _risen(self, reading: Reading, nadir: Reading, under: str | None) -> Truth:
        bound = joint(reading.comparator, flipped(under))
        if reading is nadir:
            return False
        if bound is None:
            return None
        rise = EXACT.subtract(reading.value, nadir.value)
        return compare(self.threshold.operator, rise, self.threshold.value, bound or None)

    def _confirmed(self, groups: Sequence[tuple[tuple[Reading, ...], Truth]]) -> Truth:
        """Whether enough of the newest results in a row stand above, those that may left out, then let in."""
        if self._enough(groups, (True,)):
            return True
        return None if self._enough(groups, (True, None)) else False

    def _enough(self, groups: Sequence[tuple[tuple[Reading, ...], Truth]], counted: tuple[Truth, ...]) -> bool:
        row: list[Reading] = []
        for group, truth in groups:
            if truth not in counted:
                break
            row.append(group[0])
        if not row:
            return False
        apart = days_between(row[-1].effective, row[0].effective)
        return len({reading.effective.day for reading in row}) >= self.times and apart >= self.apart


def _nadir(since: Sequence[Reading]) -> tuple[Reading, str | None]:
    """The lowest result, and its comparator: a bound such as `< 0.5` beside a lowest of 0.3 may hide a lower one."""
    nadir = min(since, key=lambda reading: (reading.value, reading.comparator not in ("<", "<=")))
    hidden = any(r.comparator in ("<", "<=") and r.value > nadir.value for r in since) and not nadir.comparator
    return nadir, "<=" if hidden else nadir.comparator
