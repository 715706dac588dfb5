"""Predicate over several results: so many of them, of different days, are beyond a limit."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import time
from typing import ClassVar

from pydantic import field_validator

from cds_hooks.facts import Reading
from cds_hooks.judgement.chart.case import Case
from cds_hooks.judgement.predicates.draws.hours import NO_HOUR, Hours, between, drawn_within, ordered
from cds_hooks.judgement.predicates.drugs.drugs import Truth, both
from cds_hooks.judgement.predicates.outcome import Outcome, step
from cds_hooks.judgement.predicates.predicate import Numbers, Predicate, Written
from cds_hooks.judgement.predicates.results import early_too, in_the_way
from cds_hooks.judgement.timing.clock import days_between
from cds_hooks.judgement.timing.forms import Days
from cds_hooks.judgement.written.threshold import Threshold

_KEYWORD = "counted"


class WrittenCounted(Written):
    """`counted`: at least `times` results of different days are beyond a limit, drawn between the `clock` hours."""

    keyword: ClassVar[str] = _KEYWORD

    counted: str
    at_least: str | None = None
    above: str | None = None
    at_most: str | None = None
    below: str | None = None
    limit: str | None = None
    within: Days | None = None
    times: int = 2
    clock: Hours | None = None

    @field_validator("clock")
    @classmethod
    def _ordered(cls, clock: tuple[time, time] | None) -> tuple[time, time] | None:
        return ordered(clock) if clock is not None else None

    def ready(self, numbers: Numbers) -> Counted:
        """With its limit in the analyte's canonical unit."""
        if self.limit is not None:
            threshold = numbers.named_limit(self.counted, self.limit)
        else:
            threshold = numbers.threshold(self.counted, self.as_written())
        within = self.within if self.within is not None else numbers.policy.results_for
        return Counted(self.counted, threshold, within, self.times, self.clock, numbers.urgency == "critical")


@dataclass(frozen=True, slots=True)
class Counted(Predicate):
    """How many results are beyond a limit."""

    analyte: str
    threshold: Threshold
    within: int
    times: int
    clock: tuple[time, time] | None
    urgent: bool

    @property
    def asks_about(self) -> tuple[str, ...]:
        return (self.analyte,)

    def judge(self, case: Case) -> Outcome:
        """Unknown while results that may or may not count would be enough, or older pages were not supplied."""
        return early_too(lambda early: self._judge_with(case, early), case, (self.analyte,), urgent=self.urgent)

    def _judge_with(self, case: Case, preliminary: bool) -> Outcome:
        usable = [
            reading
            for reading in case.usable(self.analyte, preliminary=preliminary)
            if days_between(reading.effective, case.today) <= self.within
        ]
        counts = [(reading, self._counts(reading)) for reading in usable]
        beyond = [reading for reading, truth in counts if truth]
        days = {reading.effective.day for reading in beyond}
        doubtful = [reading for reading, truth in counts if truth is None and reading.effective.day not in days]
        obstacles = in_the_way(case, self.analyte, self.within, preliminary=preliminary or self.urgent)
        if len(days) >= self.times:
            return self._said(case, True, len(days), beyond, (), None)
        undated = sum(1 for day, _ in obstacles if day is None)
        possible = days | {r.effective.day for r in doubtful} | {day for day, _ in obstacles if day is not None}
        blocked = (
            *(name for _, name in obstacles),
            *(("reported only as a bound",) if any(self.threshold.holds(r) is None for r in doubtful) else ()),
            *(("time of day",) if any(self._without_hour(r) for r in doubtful) else ()),
        )
        if len(possible) + undated >= self.times:
            missing = NO_HOUR if any(self._without_hour(r) for r in doubtful) else "Observation"
            return self._said(case, None, len(days), [*beyond, *doubtful], tuple(dict.fromkeys(blocked)), missing)
        if "labs" in case.facts.incomplete:
            return self._said(case, None, len(days), beyond, ("labs incomplete",), "Bundle.link")
        return self._said(case, False, len(days), beyond or usable[:1], (), None)

    def _counts(self, reading: Reading) -> Truth:
        return both((self.threshold.holds(reading), self.clock is None or drawn_within(reading, self.clock)))

    def _without_hour(self, reading: Reading) -> bool:
        return self.clock is not None and reading.effective.clock is None

    def _said(
        self,
        case: Case,
        truth: Truth,
        count: int,
        readings: list[Reading],
        blocked: tuple[str, ...],
        missing: str | None,
    ) -> Outcome:
        hours = f" drawn {between(self.clock)}" if self.clock is not None else ""
        text = (
            f"{count} of {self.times} {case.label(self.analyte)} results{hours} {self.threshold.words} "
            f"on different days in the last {self.within} days"
        )
        if readings:
            text += f": {', '.join(case.canonical(r) + ' of ' + r.effective.text for r in readings[:4])}"
        if truth is None:
            text += "; others may or may not count"
        because = step(_KEYWORD, truth, text, value=str(count), limit=self.threshold.limit, missing=missing)
        values = {"count": str(count), "times": str(self.times), "limit": self.threshold.text}
        values |= {"analyte": case.label(self.analyte), **(case.sentence(readings[0]) if readings else {})}
        return Outcome(truth, (because,), tuple(readings), (), blocked, values)
