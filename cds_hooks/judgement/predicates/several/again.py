"""Predicate over results on treatment: a value is beyond a limit again, after it was not for a time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from cds_hooks.facts import Reading
from cds_hooks.judgement.chart.case import Case
from cds_hooks.judgement.predicates.drugs.drugs import Truth, either
from cds_hooks.judgement.predicates.outcome import Outcome, step
from cds_hooks.judgement.predicates.predicate import Numbers, Predicate, Written
from cds_hooks.judgement.predicates.results import early_too, hindered, nothing_found
from cds_hooks.judgement.predicates.starts import not_taken, undated
from cds_hooks.judgement.timing.clock import days_between
from cds_hooks.judgement.timing.forms import Days
from cds_hooks.judgement.timing.sequence import moments
from cds_hooks.judgement.written.threshold import Threshold

_KEYWORD = "again"
_Group = tuple[tuple[Reading, ...], Truth]


class WrittenAgain(Written):
    """`again`: the newest result is beyond a limit, as an earlier one on treatment was, but one between them not."""

    keyword: ClassVar[str] = _KEYWORD

    again: str
    at_least: str | None = None
    above: str | None = None
    at_most: str | None = None
    below: str | None = None
    limit: str | None = None
    within: Days | None = None  # how old the newest may be

    def ready(self, numbers: Numbers) -> Again:
        """With its limit in the analyte's canonical unit."""
        if self.limit is not None:
            threshold = numbers.named_limit(self.again, self.limit)
        else:
            threshold = numbers.threshold(self.again, self.as_written())
        within = self.within if self.within is not None else numbers.policy.results_for
        return Again(self.again, threshold, within, numbers.urgency == "critical")


@dataclass(frozen=True, slots=True)
class Again(Predicate):
    """A relapse: beyond, not beyond, beyond."""

    analyte: str
    threshold: Threshold
    within: int
    urgent: bool

    @property
    def asks_about(self) -> tuple[str, ...]:
        return (self.analyte,)

    def surely_false(self, case: Case) -> bool:
        """Whether the newest result on treatment is surely not beyond the limit, with nothing in the way."""
        start = case.course.start if case.course is not None else None
        newest = case.latest(self.analyte, preliminary=False, within=self.within)
        if start is None or not newest or (self.urgent and case.has_preliminary(self.analyte)):
            return False
        if days_between(start, newest[0].effective) <= 0 or case.blocking(
            self.analyte, newest[0], preliminary=self.urgent
        ):
            return False
        return all(self.threshold.holds(reading) is False for reading in newest)

    def judge(self, case: Case) -> Outcome:
        """Unknown without a start of treatment, or a result on it."""
        return early_too(lambda early: self._judge_with(case, early), case, (self.analyte,), urgent=self.urgent)

    def _judge_with(self, case: Case, preliminary: bool) -> Outcome:
        course = case.course
        if course is None:
            return not_taken(_KEYWORD, ())
        if course.start is None:
            return undated(_KEYWORD, ())
        start = course.start
        usable = case.usable(self.analyte, preliminary=preliminary)
        since = [reading for reading in usable if days_between(start, reading.effective) > 0]
        recent = bool(since) and days_between(since[0].effective, case.today) <= self.within
        blocked = case.blocking(self.analyte, since[0] if recent else None, preliminary=preliminary or self.urgent)
        if not recent:
            where = f"on treatment in the last {self.within} days"
            return nothing_found(_KEYWORD, case, (self.analyte,), blocked, where, self.threshold.words)
        groups = [(group, either(self.threshold.holds(reading) for reading in group)) for group in moments(since)]
        return hindered(_KEYWORD, case, self._compare(case, groups), blocked)

    def _compare(self, case: Case, groups: Sequence[_Group]) -> Outcome:
        sure = _pattern(groups, beyond=(True,), between=(False,))
        found = sure or _pattern(groups, beyond=(True, None), between=(False, None))
        truth: Truth = True if sure else None if found else False
        newest = self._of(groups[0][0])
        if found is None:
            verb = "is" if groups[0][1] else "is not"
            text = f"{case.named(newest)} {verb} {self.threshold.words}; not so once before with a result between"
            return Outcome(False, (step(_KEYWORD, False, text, limit=self.threshold.words),), (newest,))
        earlier, between = self._of(found[1]), self._of(found[0])
        text = (
            f"{case.named(newest)} {'is' if truth else 'may be'} {self.threshold.words} again, "
            f"as {case.named(earlier)} was; {case.canonical(between)} of {between.effective.text} was not"
        )
        because = step(_KEYWORD, truth, text, value=case.canonical(newest), limit=self.threshold.words)
        values = {
            **case.sentence(newest),
            "limit": self.threshold.text,
            "baseline": case.canonical(earlier),
            "earlier": f"{case.canonical(earlier)} of {earlier.effective.day.isoformat()}",
            "between": f"{case.canonical(between)} of {between.effective.day.isoformat()}",
        }
        blocked = ("reported only as a bound",) if truth is None else ()
        return Outcome(truth, (because,), (newest, between, earlier), (), blocked, values)

    def _of(self, group: Sequence[Reading]) -> Reading:
        """Of results of one moment the one that is beyond."""
        return next((reading for reading in group if self.threshold.holds(reading)), group[0])


def _pattern(
    groups: Sequence[_Group], *, beyond: tuple[Truth, ...], between: tuple[Truth, ...]
) -> tuple[tuple[Reading, ...], tuple[Reading, ...]] | None:
    """The results between and before, where the newest is beyond again."""
    if groups[0][1] not in beyond:
        return None
    for place, (group, truth) in enumerate(groups[1:], 1):
        if truth in between:
            earlier = next((before for before, held in groups[place + 1 :] if held in beyond), None)
            return (group, earlier) if earlier is not None else None
    return None
