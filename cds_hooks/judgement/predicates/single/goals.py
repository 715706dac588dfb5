"""Predicate over what the patient and the clinician agreed on: a target range of their own."""

from __future__ import annotations

from typing import ClassVar

from cds_hooks.judgement.chart.case import Case
from cds_hooks.judgement.predicates.bars import goal_for, range_of
from cds_hooks.judgement.predicates.outcome import Outcome, step
from cds_hooks.judgement.predicates.predicate import Plain


class HasGoal(Plain):
    """A Goal of the patient's own with a target range of this analyte is recorded."""

    keyword: ClassVar[str] = "goal"

    goal: str  # the analyte

    @property
    def asks_about(self) -> tuple[str, ...]:
        return (self.goal,)

    def judge(self, case: Case) -> Outcome:
        """Unknown only when nobody supplied goals."""
        label = case.label(self.goal)
        found = goal_for(case, self.goal)
        if found is not None:
            known = case.vocabulary.analytes.get(self.goal)
            target = range_of(found, known.unit if known is not None else "")
            because = step(self.keyword, True, f"goal of {target} for {label} recorded ({found.reference})")
            return Outcome(True, (because,), values={"goal": target, "analyte": label})
        if "goals" in case.facts.absent:
            because = step(self.keyword, None, f"whether a goal for {label} is recorded is not known", missing="Goal")
            return Outcome(None, (because,), blocked=("goals absent",))
        return Outcome(False, (step(self.keyword, False, f"no goal for {label} recorded here"),))
