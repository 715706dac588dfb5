"""Predicate over the hour of a draw: whether the newest result was drawn between two times of day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import time
from typing import ClassVar

from pydantic import field_validator

from cds_hooks.facts import Reading
from cds_hooks.judgement.chart.case import Case
from cds_hooks.judgement.predicates.drugs.drugs import Truth, both, either
from cds_hooks.judgement.predicates.outcome import Outcome, step
from cds_hooks.judgement.predicates.predicate import Numbers, Predicate, Written
from cds_hooks.judgement.predicates.results import early_too, hindered, nothing_found
from cds_hooks.judgement.timing.forms import ClockTime

_KEYWORD = "drawn_between"
FED = "not-fasting"  # as a reading's notes say it
NO_HOUR = "time of day of Observation.effectiveDateTime"
Hours = tuple[ClockTime, ClockTime]


class WrittenDrawnBetween(Written):
    """`drawn_between`: the newest result was drawn between two times of day, both included.

    `not_after_food` asks besides that it is not known to be drawn after food; where nothing is said of food, it counts.
    """

    keyword: ClassVar[str] = _KEYWORD

    drawn_between: str  # the analyte
    clock: Hours
    not_after_food: bool = False

    @field_validator("clock")
    @classmethod
    def _ordered(cls, clock: tuple[time, time]) -> tuple[time, time]:
        return ordered(clock)

    def ready(self, numbers: Numbers) -> DrawnBetween:
        """With the time a result is judged for."""
        return DrawnBetween(self.drawn_between, self.clock, self.not_after_food, numbers.urgency == "critical")


@dataclass(frozen=True, slots=True)
class DrawnBetween(Predicate):
    """The hour of the newest result."""

    analyte: str
    clock: tuple[time, time]
    not_after_food: bool
    urgent: bool

    @property
    def asks_about(self) -> tuple[str, ...]:
        return (self.analyte,)

    def judge(self, case: Case) -> Outcome:
        """Unknown without a time of day, or a result."""
        return early_too(lambda early: self._judge_with(case, early), case, (self.analyte,), urgent=self.urgent)

    def _judge_with(self, case: Case, preliminary: bool) -> Outcome:
        within = case.policy.results_for
        group = case.latest(self.analyte, preliminary=preliminary, within=within)
        blocked = case.blocking(self.analyte, group[0] if group else None, preliminary=preliminary or self.urgent)
        if not group:
            return nothing_found(_KEYWORD, case, (self.analyte,), blocked, f"in the last {within} days")
        truths = [self._fits(reading) for reading in group]
        truth = both(truths) if False not in truths else False if either(truths) is False else None
        fed = any(self._is_fed(reading) for reading in group)
        text = f"{case.named(group[0])} {'was drawn after food' if fed else spoken(truth, self.clock)}"
        because = step(_KEYWORD, truth, text, missing=NO_HOUR if truth is None else None)
        obstacle = ("time of day",) if truth is None else ()
        outcome = Outcome(truth, (because,), group, (), obstacle, case.sentence(group[0]))
        return hindered(_KEYWORD, case, outcome, blocked)

    def _fits(self, reading: Reading) -> Truth:
        return False if self._is_fed(reading) else drawn_within(reading, self.clock)

    def _is_fed(self, reading: Reading) -> bool:
        return self.not_after_food and FED in reading.notes


def drawn_within(reading: Reading, clock: tuple[time, time]) -> Truth:
    """Whether a result was drawn between two times of day; unknown without its local hour."""
    drawn = reading.effective.clock
    return None if drawn is None else clock[0] <= drawn <= clock[1]


def ordered(clock: tuple[time, time]) -> tuple[time, time]:
    """The two times, once the earlier comes first."""
    if clock[0] >= clock[1]:
        raise ValueError("write the earlier time first")
    return clock


def between(clock: tuple[time, time]) -> str:
    """`07:00–11:00`."""
    return "–".join(hour.isoformat("minutes") for hour in clock)


def spoken(truth: Truth, clock: tuple[time, time]) -> str:
    """How a sentence says when a result was drawn."""
    if truth is None:
        return f"was drawn at an hour that is not recorded; asked for: {between(clock)}"
    return f"was {'' if truth else 'not '}drawn {between(clock)}"
