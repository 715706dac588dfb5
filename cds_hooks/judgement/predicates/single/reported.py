"""Predicate over the unit a result came in, for limits a guideline prints in two units that are not one number."""

from __future__ import annotations

from typing import ClassVar

from cds_hooks.judgement.chart.case import Case
from cds_hooks.judgement.predicates.outcome import Outcome, step
from cds_hooks.judgement.predicates.predicate import Plain


class ReportedIn(Plain):
    """The newest usable result of an analyte was reported in one of these UCUM units."""

    keyword: ClassVar[str] = "reported"

    reported: str
    unit: tuple[str, ...]

    @property
    def asks_about(self) -> tuple[str, ...]:
        return (self.reported,)

    def judge(self, case: Case) -> Outcome:
        """False without a result."""
        found = case.latest(self.reported, preliminary=False, within=case.policy.results_for)
        if not found:
            return Outcome(False, (step(self.keyword, False, f"no usable {case.label(self.reported)} result"),))
        unit = found[0].reported_unit
        truth = unit in self.unit
        because = step(self.keyword, truth, f"{case.named(found[0])} was reported in {unit}")
        return Outcome(truth, (because,), (found[0],))
