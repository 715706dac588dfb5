"""Predicates over the newest result and the start of treatment: whether it says anything about the treatment."""

from __future__ import annotations

from typing import ClassVar

from cds_hooks.judgement.chart.case import Case
from cds_hooks.judgement.predicates.outcome import Outcome, step
from cds_hooks.judgement.predicates.predicate import Plain
from cds_hooks.judgement.predicates.results import nothing_found
from cds_hooks.judgement.predicates.starts import undated
from cds_hooks.judgement.timing.clock import days_between


class DrawnBeforeStart(Plain):
    """The newest result was drawn before the present course of the protocol's drug began."""

    keyword: ClassVar[str] = "drawn_before_start"

    drawn_before_start: str  # the analyte

    @property
    def asks_about(self) -> tuple[str, ...]:
        return (self.drawn_before_start,)

    def judge(self, case: Case) -> Outcome:
        """Unknown without a result or a recorded start; one of the day of the start may be of either side: false."""
        within = case.policy.results_for
        group = case.latest(self.drawn_before_start, preliminary=False, within=within)
        if not group:
            return nothing_found(self.keyword, case, self.asks_about, (), f"in the last {within} days")
        start = case.course.start if case.course is not None else None
        if start is None:
            return undated(self.keyword, ())
        truth = days_between(start, group[0].effective) < 0
        verb = "before" if truth else "after"
        text = f"{case.named(group[0])} was drawn {verb} treatment began on {start.day.isoformat()}"
        return Outcome(truth, (step(self.keyword, truth, text),), group[:1])


class DrawnOnTreatment(Plain):
    """The newest result was drawn on the day the present course of the protocol's drug began, or later.

    Where the start is not recorded it counts: what may be an effect of the drug is not waved away.
    """

    keyword: ClassVar[str] = "drawn_on_treatment"

    drawn_on_treatment: str  # the analyte

    @property
    def asks_about(self) -> tuple[str, ...]:
        return (self.drawn_on_treatment,)

    def judge(self, case: Case) -> Outcome:
        """Unknown without a result."""
        within = case.policy.results_for
        group = case.latest(self.drawn_on_treatment, preliminary=False, within=within)
        if not group:
            return nothing_found(self.keyword, case, self.asks_about, (), f"in the last {within} days")
        start = case.course.start if case.course is not None else None
        if start is None:
            text = f"{case.named(group[0])}: when treatment began is not recorded, so it counts"
            return Outcome(True, (step(self.keyword, True, text),), group[:1])
        truth = days_between(start, group[0].effective) >= 0
        verb = "since" if truth else "before"
        text = f"{case.named(group[0])} was drawn {verb} treatment began on {start.day.isoformat()}"
        return Outcome(truth, (step(self.keyword, truth, text),), group[:1])
