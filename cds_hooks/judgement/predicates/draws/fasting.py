"""Predicate over a draw: whether it was made fasting, and between two times of day."""

from __future__ import annotations

from typing import ClassVar

from pydantic import field_validator

from cds_hooks.facts import Reading
from cds_hooks.judgement.chart.case import Case
from cds_hooks.judgement.predicates.draws.hours import FED, Hours, between, drawn_within, ordered
from cds_hooks.judgement.predicates.outcome import Outcome, step
from cds_hooks.judgement.predicates.predicate import Plain
from cds_hooks.judgement.predicates.results import nothing_found

_FASTING = "fasting"  # as a reading's notes say it


class NotFasting(Plain):
    """The newest result is not known to be drawn fasting between two times of day; what is not recorded counts."""

    keyword: ClassVar[str] = "not_fasting"

    not_fasting: str  # the analyte
    clock: Hours

    @field_validator("clock")
    @classmethod
    def _ordered(cls, clock: Hours) -> Hours:
        return ordered(clock)

    @property
    def asks_about(self) -> tuple[str, ...]:
        return (self.not_fasting,)

    def surely_open(self, case: Case) -> bool:
        """Whether nothing was measured."""
        return case.lacks(self.not_fasting)

    def judge(self, case: Case) -> Outcome:
        """Unknown only without a result."""
        within = case.policy.results_for
        group = case.latest(self.not_fasting, preliminary=False, within=within)
        if not group:
            return nothing_found(self.keyword, case, (self.not_fasting,), (), f"in the last {within} days")
        faults = {reading: self._fault(reading) for reading in group}
        faulty = tuple(reading for reading, fault in faults.items() if fault)
        shown = faulty[0] if faulty else group[0]
        fault = faults[shown]
        text = f"{case.named(shown)}: {fault or f'drawn fasting {between(self.clock)}'}"
        because = step(self.keyword, bool(faulty), text, limit=f"fasting, {between(self.clock)}")
        values = {**case.sentence(shown), "fault": fault}
        return Outcome(bool(faulty), (because,), faulty or group[:1], values=values)

    def _fault(self, reading: Reading) -> str:
        """What speaks against it; empty when nothing does."""
        if FED in reading.notes:
            return "drawn after food"
        hour = drawn_within(reading, self.clock)
        if hour is False:
            return f"drawn outside {between(self.clock)}"
        if _FASTING not in reading.notes:
            return "whether it was drawn fasting is not recorded"
        return "" if hour else "its hour is not recorded"
