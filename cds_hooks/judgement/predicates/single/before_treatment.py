"""Predicate over the last result before treatment: it was already beyond a limit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from cds_hooks.judgement.chart.case import Case
from cds_hooks.judgement.predicates.outcome import Outcome, step
from cds_hooks.judgement.predicates.predicate import Numbers, Predicate, Written
from cds_hooks.judgement.timing.clock import days_between
from cds_hooks.judgement.written.threshold import Threshold

_KEYWORD = "before_treatment"


class WrittenBeforeTreatment(Written):
    """`before_treatment`: the last result before the present course is beyond a limit."""

    keyword: ClassVar[str] = _KEYWORD

    before_treatment: str  # the analyte
    at_least: str | None = None
    above: str | None = None
    at_most: str | None = None
    below: str | None = None

    def ready(self, numbers: Numbers) -> BeforeTreatment:
        """With its limit in the analyte's canonical unit."""
        limit = numbers.threshold(self.before_treatment, self.as_written())
        return BeforeTreatment(self.before_treatment, limit, numbers.policy.baseline_for)


@dataclass(frozen=True, slots=True)
class BeforeTreatment(Predicate):
    """The last usable result before the present course against a limit."""

    analyte: str
    threshold: Threshold
    within: int

    @property
    def asks_about(self) -> tuple[str, ...]:
        return (self.analyte,)

    def judge(self, case: Case) -> Outcome:
        """Unknown without a recorded start, or a result of the months before it."""
        start = case.course.start if case.course is not None else None
        if start is None:
            because = step(
                _KEYWORD, None, "the start of treatment is not recorded", missing="MedicationRequest.authoredOn"
            )
            return Outcome(None, (because,), blocked=("start of treatment",))
        usable = case.usable(self.analyte, preliminary=False)
        before = [one for one in usable if 0 <= days_between(one.effective, start) <= self.within]
        if not before:
            text = f"no {case.label(self.analyte)} result before treatment found here"
            return Outcome(None, (step(_KEYWORD, None, text, missing="Observation before treatment"),))
        truth = self.threshold.holds(before[0])
        text = f"{case.named(before[0])} before treatment"
        because = step(_KEYWORD, truth, text, value=case.canonical(before[0]), limit=self.threshold.words)
        return Outcome(truth, (because,), (before[0],), values={"baseline": case.canonical(before[0])})
