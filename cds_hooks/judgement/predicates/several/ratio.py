"""Predicate over two results of one day: the one divided by the other, both in their canonical units."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import ClassVar

from pydantic import model_validator

from cds_hooks.facts import Reading
from cds_hooks.judgement.chart.case import Case
from cds_hooks.judgement.chart.shown import number, rounded
from cds_hooks.judgement.predicates.bounds import flipped, joint
from cds_hooks.judgement.predicates.outcome import Outcome, step
from cds_hooks.judgement.predicates.predicate import Numbers, Predicate, Written
from cds_hooks.judgement.predicates.results import hindered, nothing_found
from cds_hooks.judgement.timing.clock import days_between
from cds_hooks.judgement.timing.forms import Days
from cds_hooks.judgement.written.threshold import ABOVE, compare, in_words

_KEYWORD = "ratio"


class WrittenRatio(Written):
    """`ratio`: the newest of the first analyte over the second of the same day is above a number.

    `unit` is the one the number is meant in; the ratio of two lipids in mmol/L is another number.
    """

    keyword: ClassVar[str] = _KEYWORD

    ratio: tuple[str, str]
    above: Decimal
    unit: str
    within: Days | None = None

    @model_validator(mode="after")
    def _positive(self) -> WrittenRatio:
        if self.above <= 0:
            raise ValueError("ratio: the limit is above nought")
        return self

    def ready(self, numbers: Numbers) -> Ratio:
        """Raises ValueError where one of the two is not kept in the unit that is written."""
        for analyte in self.ratio:
            kept = numbers.vocabulary.analytes[analyte].unit
            if kept != self.unit:
                raise ValueError(f"ratio: {analyte} is kept in {kept}, not in {self.unit}")
        within = self.within if self.within is not None else numbers.policy.results_for
        return Ratio(*self.ratio, self.above, self.unit, within)


@dataclass(frozen=True, slots=True)
class Ratio(Predicate):
    """Two results of one day against a number."""

    over: str
    under: str
    limit: Decimal
    unit: str
    within: int

    @property
    def asks_about(self) -> tuple[str, ...]:
        return (self.over, self.under)

    def judge(self, case: Case) -> Outcome:
        """Unknown without both of one day, or where the bounds of the two leave it open."""
        pair = self._newest_pair(case)
        blocked = case.blocking(self.over, pair[0] if pair else None, preliminary=False)
        if pair is None:
            return nothing_found(_KEYWORD, case, self.asks_about, blocked, f"of one day in the last {self.within} days")
        return hindered(_KEYWORD, case, self._judge_pair(case, *pair), blocked)

    def _newest_pair(self, case: Case) -> tuple[Reading, Reading] | None:
        """Of the newest day with both; nothing is divided by nought."""
        under = {one.effective.day: one for one in case.usable(self.under, preliminary=False) if one.value > 0}
        for one in case.usable(self.over, preliminary=False):
            if days_between(one.effective, case.today) > self.within:
                return None
            if one.effective.day in under:
                return one, under[one.effective.day]
        return None

    def _judge_pair(self, case: Case, over: Reading, under: Reading) -> Outcome:
        bound = joint(over.comparator, flipped(under.comparator))
        truth = None if bound is None else compare(ABOVE, over.value, self.limit * under.value, bound or None)
        shown = f"{bound or ''}{number(rounded(over.value / under.value, 2))}"
        limit = f"{in_words(ABOVE, number(self.limit))} (both in {self.unit})"
        verb = "may or may not be" if truth is None else "is" if truth else "is not"
        text = f"{case.named(over)} over {case.named(under)}: {shown} {verb} {limit}"
        because = step(_KEYWORD, truth, text, value=shown, limit=limit)
        values = {**case.sentence(over), "ratio": shown, "limit": number(self.limit)}
        blocked = ("reported only as a bound",) if truth is None else ()
        return Outcome(truth, (because,), (over, under), (), blocked, values)
