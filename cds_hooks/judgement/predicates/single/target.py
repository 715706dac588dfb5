"""Predicate over the newest result: on which side of a target that depends on the patient it lies."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal

from cds_hooks.facts import Reading
from cds_hooks.judgement.chart.case import Case
from cds_hooks.judgement.chart.shown import number
from cds_hooks.judgement.predicates.bars import Side, goal_for, range_of
from cds_hooks.judgement.predicates.drugs.drugs import Truth
from cds_hooks.judgement.predicates.newest import barless, judge_newest, said_of
from cds_hooks.judgement.predicates.outcome import Outcome
from cds_hooks.judgement.predicates.person.pregnancy import WrittenPregnant
from cds_hooks.judgement.predicates.predicate import Numbers, Predicate, Written, read_predicate
from cds_hooks.judgement.reference.targets import Function, Target, tsh_target
from cds_hooks.judgement.timing.age import age
from cds_hooks.judgement.timing.forms import Days

_KEYWORD = "target"


class WrittenTarget(Written):
    """`target`: the newest result is below or above the target that a named function gives for this patient."""

    keyword: ClassVar[str] = _KEYWORD

    target: Literal["tsh"]
    function: Function
    side: Side
    within: Days | None = None

    def ready(self, numbers: Numbers) -> OfTarget:
        """With what tells a pregnancy."""
        within = self.within if self.within is not None else numbers.policy.results_for
        pregnant = read_predicate({"pregnant": True}, {"pregnant": WrittenPregnant}, numbers)
        return OfTarget(self.target, self.side, within, numbers.urgency == "critical", pregnant)


@dataclass(frozen=True, slots=True)
class OfTarget(Predicate):
    """The newest TSH against the patient's target."""

    analyte: str
    side: Side
    within: int
    urgent: bool
    pregnant: Predicate

    @property
    def asks_about(self) -> tuple[str, ...]:
        return (self.analyte,)

    def judge(self, case: Case) -> Outcome:
        """Unknown without a result, where TSH has no target, or where the age that decides is not recorded."""
        return judge_newest(
            _KEYWORD, case, self.analyte, lambda one: self._judge_one(case, one), within=self.within, urgent=self.urgent
        )

    def _judge_one(self, case: Case, reading: Reading) -> Outcome:
        recorded = {condition.concept for condition in case.facts.conditions if condition.active}
        rules = case.tables.tsh
        if not recorded.isdisjoint(rules.central):
            return _no_target(case, reading, "TSH has no target in central hypothyroidism: free T4 is read instead")
        pregnant = case.answer(self.pregnant).truth
        cancer = not recorded.isdisjoint(rules.cancer)
        goal = goal_for(case, self.analyte) if cancer or not pregnant else None
        if goal is not None:
            named = f"the patient's own goal, {goal.reference}"
            chosen = Target(goal.low, goal.high, below_high=False, source=named, grade="")
            truth = chosen.beyond(self.side, reading.value, reading.comparator)
            edge = goal.low if self.side == "below" else goal.high
            return self._said(case, reading, False if edge is None else truth, range_of(goal, reading.unit), named)
        if cancer and self.side == "below":
            return _no_target(case, reading, "TSH may be kept low on purpose after thyroid cancer; no goal is recorded")
        return self._by_age(case, reading, self._candidates(case, reading, recorded, pregnant))

    def target_for(self, case: Case, reading: Reading) -> Target | None:
        """The one target this result is read against; None where there is none, or it is not known which."""
        recorded = {condition.concept for condition in case.facts.conditions if condition.active}
        rules = case.tables.tsh
        if not recorded.isdisjoint((*rules.central, *rules.cancer)):
            return None
        found = self._candidates(case, reading, recorded, case.answer(self.pregnant).truth)
        return found[0] if len(set(found)) == 1 else None

    def _candidates(self, case: Case, reading: Reading, recorded: set[str], pregnant: Truth) -> list[Target]:
        """The target, or each that it may be where the age is not known."""
        rules = case.tables.tsh
        years = age(case.facts.patient.birth_date, reading.effective.day)
        planning = not recorded.isdisjoint(rules.planning) and case.has_organ("uterus")[0] is True
        ages = [at_least for at_least, _ in rules.ages] if years is None else [years]
        found = (
            tsh_target(
                rules,
                age=years,
                pregnant=bool(pregnant),
                planning=planning,
                central=False,
                own_low=reading.lower,
                own_high=reading.upper,
            )
            for years in ages
        )
        return [target for target in found if target is not None]

    def _by_age(self, case: Case, reading: Reading, targets: Sequence[Target]) -> Outcome:
        truths = {target.beyond(self.side, reading.value, reading.comparator) for target in targets}
        if len(truths) > 1:
            why = "the target depends on the age, which is not recorded"
            return barless(_KEYWORD, case, reading, why, "Patient.birthDate", "age")
        target = targets[-1]
        return self._said(case, reading, truths.pop(), _span(target, reading), target.source, target.grade)

    def _said(self, case: Case, reading: Reading, truth: Truth, span: str, source: str, grade: str = "") -> Outcome:
        words = f"{self.side} the target {span} ({source})"
        return said_of(_KEYWORD, case, reading, truth, words, span, source_of_target=source, grade_of_target=grade)


def _no_target(case: Case, reading: Reading, why: str) -> Outcome:
    return barless(_KEYWORD, case, reading, why, "Goal.target.detailRange", "no target")


def _span(target: Target, reading: Reading) -> str:
    low = number(target.low) if target.low is not None else ""
    if target.below_high:
        return f"{low} to below {number(target.high) if target.high is not None else ''} {reading.unit}"
    return f"{low}–{number(target.high) if target.high is not None else ''} {reading.unit}"
