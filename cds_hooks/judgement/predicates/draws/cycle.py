"""Predicates over the menstrual cycle: how long ago the last period began, and on which day of it a draw was made."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import model_validator

from cds_hooks.judgement.chart.case import Case
from cds_hooks.judgement.predicates.outcome import Outcome, step
from cds_hooks.judgement.predicates.predicate import Plain
from cds_hooks.judgement.predicates.results import hindered, nothing_found
from cds_hooks.judgement.timing.clock import days_between
from cds_hooks.judgement.timing.forms import Days

_MISSING = "Observation (last menstrual period, LOINC 8665-2)"
_OBSTACLE = ("last period",)


class LastPeriod(Plain):
    """The last recorded period began at least, or less than, some time ago."""

    keyword: ClassVar[str] = "last_period"

    last_period: Literal[True]
    at_least: Days | None = None
    less_than: Days | None = None

    @model_validator(mode="after")
    def _some_limit(self) -> LastPeriod:
        if self.at_least is None and self.less_than is None:
            raise ValueError("last_period: give at_least or less_than")
        return self

    def surely_false(self, case: Case) -> bool:
        """Whether a period is recorded, and began at another time."""
        began = case.facts.last_period
        return began is not None and not self._fits(days_between(began, case.today))

    def _fits(self, days: int) -> bool:
        return (self.at_least is None or days >= self.at_least) and (self.less_than is None or days < self.less_than)

    def judge(self, case: Case) -> Outcome:
        """Unknown without a recorded period."""
        began = case.facts.last_period
        if began is None:
            because = step(self.keyword, None, "the last menstrual period is not recorded", missing=_MISSING)
            return Outcome(None, (because,), blocked=_OBSTACLE)
        days = days_between(began, case.today)
        truth = self._fits(days)
        text = f"last period began on {began.day.isoformat()}, {days} days ago"
        limits = [
            *((f"at least {self.at_least} days",) if self.at_least is not None else ()),
            *((f"less than {self.less_than} days",) if self.less_than is not None else ()),
        ]
        because = step(self.keyword, truth, text, value=f"{days} days", limit=" and ".join(limits))
        return Outcome(truth, (because,), values={"date": began.day.isoformat(), "days": str(days)})


class CycleDay(Plain):
    """The newest result was drawn on one of these days of the cycle; the first day of the period is day 1."""

    keyword: ClassVar[str] = "cycle_day"

    cycle_day: str  # the analyte
    between: tuple[int, int]

    @model_validator(mode="after")
    def _ordered(self) -> CycleDay:
        if not 1 <= self.between[0] <= self.between[1]:
            raise ValueError("cycle_day: write the earlier day first, counted from 1")
        return self

    @property
    def asks_about(self) -> tuple[str, ...]:
        return (self.cycle_day,)

    def judge(self, case: Case) -> Outcome:
        """Unknown without a result, or a period recorded before it."""
        within = case.policy.results_for
        group = case.latest(self.cycle_day, preliminary=False, within=within)
        blocked = case.blocking(self.cycle_day, group[0] if group else None, preliminary=False)
        if not group:
            return nothing_found(self.keyword, case, (self.cycle_day,), blocked, f"in the last {within} days")
        newest, began = group[0], case.facts.last_period
        if began is None or days_between(began, newest.effective) < 0:
            text = f"{case.named(newest)} was drawn on a day of the cycle that is not known"
            because = step(self.keyword, None, text, missing=_MISSING)
            return Outcome(None, (because,), group, (), _OBSTACLE)
        day = days_between(began, newest.effective) + 1
        first, last = self.between
        truth = first <= day <= last
        text = f"{case.named(newest)} was drawn on day {day} of the cycle that began on {began.day.isoformat()}"
        because = step(self.keyword, truth, text, value=f"day {day}", limit=f"day {first} to {last}")
        outcome = Outcome(truth, (because,), group, values={**case.sentence(newest), "day": str(day)})
        return hindered(self.keyword, case, outcome, blocked)
