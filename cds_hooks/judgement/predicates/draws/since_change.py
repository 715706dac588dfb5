"""Predicate over the newest result and the last change of a dose: how long after it the blood was drawn."""

from __future__ import annotations

from typing import ClassVar

from pydantic import model_validator

from cds_hooks.judgement.chart.case import Case
from cds_hooks.judgement.predicates.outcome import Outcome, step
from cds_hooks.judgement.predicates.predicate import Plain
from cds_hooks.judgement.predicates.results import nothing_found
from cds_hooks.judgement.predicates.starts import not_taken
from cds_hooks.judgement.timing.clock import days_between
from cds_hooks.judgement.timing.forms import Days


class DrawnSinceChange(Plain):
    """The newest result was drawn at least, or less than, so many days after the last start or change of a drug.

    Of the protocol's own drug, or of those in `of`. One drawn before that start or change counts for `less_than` only
    with `before_too`.
    """

    keyword: ClassVar[str] = "drawn_since_change"

    drawn_since_change: str  # the analyte
    of: tuple[str, ...] = ()
    at_least: Days | None = None
    less_than: Days | None = None
    before_too: bool = False

    @model_validator(mode="after")
    def _some_limit(self) -> DrawnSinceChange:
        if self.at_least is None and self.less_than is None:
            raise ValueError("drawn_since_change: give at_least or less_than")
        return self

    @property
    def asks_about(self) -> tuple[str, ...]:
        return (self.drawn_since_change,)

    def judge(self, case: Case) -> Outcome:
        """Unknown without a result; where no start is recorded nothing says that the dose is a new one."""
        course = case.course_of(self.of)
        if course is None:
            return not_taken(self.keyword, self.of)
        within = case.policy.results_for
        group = case.latest(self.drawn_since_change, preliminary=False, within=within)
        if not group:
            return nothing_found(self.keyword, case, self.asks_about, (), f"in the last {within} days")
        newest, changed = group[0], course.first_valid_from
        if changed is None:
            truth = self.less_than is None
            text = f"{case.named(newest)}: no start or change of treatment is recorded, so it counts as settled"
            return Outcome(truth, (step(self.keyword, truth, text),), group, values=case.sentence(newest))
        days = days_between(changed, newest.effective)
        truth = (self.at_least is None or days >= self.at_least) and (
            self.less_than is None or (days < self.less_than and (days >= 0 or self.before_too))
        )
        side = f"{days} days after" if days >= 0 else f"{-days} days before"
        text = f"{case.named(newest)} was drawn {side} the last start or change on {changed.day.isoformat()}"
        values = {**case.sentence(newest), "days": str(days), "since": changed.day.isoformat()}
        return Outcome(truth, (step(self.keyword, truth, text, limit=self._limit),), group, values=values)

    @property
    def _limit(self) -> str:
        return f"at least {self.at_least} days" if self.at_least is not None else f"less than {self.less_than} days"
