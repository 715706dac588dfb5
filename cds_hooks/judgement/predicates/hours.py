"""Predicate over the hour of a draw: whether the newest result was drawn between two times of day."""

from __future__ import annotations

from datetime import time
from typing import ClassVar

from pydantic import field_validator

from cds_hooks.facts import Reading
from cds_hooks.judgement.case import Case
from cds_hooks.judgement.predicates.drugs import Truth, both, either
from cds_hooks.judgement.predicates.outcome import Outcome, step
from cds_hooks.judgement.predicates.predicate import Plain
from cds_hooks.judgement.predicates.results import hindered, nothing_found
from cds_hooks.judgement.timing.forms import ClockTime

FED = "not-fasting"  # as a reading's notes say it
NO_HOUR = "time of day of Observation.effectiveDateTime"
Hours = tuple[ClockTime, ClockTime]


class DrawnBetween(Plain):
    """The newest result was drawn between two times of day, both included.

    `not_after_food` asks besides that it is not known to be drawn after food; where nothing is said of food, it counts.
    """

    keyword: ClassVar[str] = "drawn_between"

    drawn_between: str  # the analyte
    clock: Hours
    not_after_food: bool = False

    @field_validator("clock")
    @classmethod
    def _ordered(cls, clock: tuple[time, time]) -> tuple[time, time]:
        return ordered(clock)

    @property
    def asks_about(self) -> tuple[str, ...]:
        return (self.drawn_between,)

    def judge(self, case: Case) -> Outcome:
        """Unknown without a time of day, or a result."""
        within = case.policy.results_for
        group = case.latest(self.drawn_between, preliminary=False, within=within)
        blocked = case.blocking(self.drawn_between, group[0] if group else None, preliminary=False)
        if not group:
            return nothing_found(self.keyword, case, (self.drawn_between,), blocked, f"in the last {within} days")
        truths = [self._fits(reading) for reading in group]
        truth = both(truths) if False not in truths else False if either(truths) is False else None
        fed = any(self._is_fed(reading) for reading in group)
        text = f"{case.named(group[0])} {'was drawn after food' if fed else spoken(truth, self.clock)}"
        because = step(self.keyword, truth, text, missing=NO_HOUR if truth is None else None)
        obstacle = ("time of day",) if truth is None else ()
        outcome = Outcome(truth, (because,), group, (), obstacle, case.sentence(group[0]))
        return hindered(self.keyword, case, outcome, blocked)

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
