"""Predicate over two drugs: how much of the one is taken in a day for each part of the other."""

from __future__ import annotations

from decimal import Decimal
from typing import ClassVar

from pydantic import model_validator

from cds_hooks.judgement.chart.case import Case
from cds_hooks.judgement.chart.marks import Marks, marks
from cds_hooks.judgement.chart.shown import number, rounded
from cds_hooks.judgement.predicates.drugs.drugs import is_one_of
from cds_hooks.judgement.predicates.outcome import Outcome, step
from cds_hooks.judgement.predicates.predicate import Plain
from cds_hooks.judgement.timing.amounts import daily_milligrams


class DoseRatio(Plain):
    """The daily dose of the first drug over that of the second is outside two numbers, both still inside."""

    keyword: ClassVar[str] = "dose_ratio"

    dose_ratio: tuple[str, str]
    outside: tuple[Decimal, Decimal]

    @model_validator(mode="after")
    def _ordered(self) -> DoseRatio:
        if not 0 < self.outside[0] < self.outside[1]:
            raise ValueError("dose_ratio: write the smaller number first, above nought")
        return self

    @property
    def marks(self) -> Marks | None:
        return marks("taken", self.dose_ratio[:1])

    def surely_false(self, case: Case) -> bool:
        """One of them is not taken."""
        current = [one for one in case.facts.therapies if one.current]
        return not all(any(is_one_of(one, (drug,)) for one in current) for drug in self.dose_ratio)

    def judge(self, case: Case) -> Outcome:
        """False unless both are taken; unknown where one order does not plainly say how much, or there are several."""
        current = [one for one in case.facts.therapies if one.current]
        taken = [[one for one in current if is_one_of(one, (drug,))] for drug in self.dose_ratio]
        if not all(taken):
            text = f"not both of {' and '.join(self.dose_ratio)} on the medication list"
            return Outcome(False, (step(self.keyword, False, text),))
        amounts = [daily_milligrams(found[0]) if len(found) == 1 else None for found in taken]
        over, under = amounts
        limit = f"{number(self.outside[0])}:1 to {number(self.outside[1])}:1"
        if not over or not under:
            text = f"how much of {' and '.join(self.dose_ratio)} is taken in a day is not known"
            because = step(self.keyword, None, text, limit=limit, missing="dosageInstruction.doseAndRate and timing")
            return Outcome(None, (because,), blocked=("dose",))
        truth = over < self.outside[0] * under or over > self.outside[1] * under
        shown = f"{number(rounded(over / under, 1))}:1"
        text = f"{' to '.join(self.dose_ratio)} is {shown}"
        return Outcome(truth, (step(self.keyword, truth, text, limit=limit),), values={"ratio": shown, "limit": limit})
