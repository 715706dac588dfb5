"""Predicate over the mean of the days before the newest result: for what varies from night to night."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import ClassVar

from cds_hooks.facts import Reading
from cds_hooks.judgement.chart.case import Case
from cds_hooks.judgement.chart.shown import number, rounded, spoken
from cds_hooks.judgement.predicates.drugs.drugs import Truth
from cds_hooks.judgement.predicates.outcome import Outcome, step
from cds_hooks.judgement.predicates.predicate import Numbers, Predicate, Written
from cds_hooks.judgement.predicates.results import hindered, nothing_found
from cds_hooks.judgement.timing.clock import days_between
from cds_hooks.judgement.timing.forms import Days
from cds_hooks.judgement.written.threshold import Threshold, compare

_KEYWORD = "mean"


class WrittenMean(Written):
    """`mean`: what was measured in the `over` days up to the newest result is beyond a limit on average.

    Of one day the highest counts: a device that tells a night in parts, or a nap beside it, makes no day short.
    """

    keyword: ClassVar[str] = _KEYWORD

    mean: str
    over: Days
    at_least: str | None = None
    above: str | None = None
    at_most: str | None = None
    below: str | None = None
    within: Days | None = None

    def ready(self, numbers: Numbers) -> Mean:
        """With its limit in the analyte's canonical unit."""
        within = self.within if self.within is not None else numbers.policy.results_for
        return Mean(self.mean, numbers.threshold(self.mean, self.as_written()), self.over, within)


@dataclass(frozen=True, slots=True)
class Mean(Predicate):
    """The mean of some days against a limit."""

    analyte: str
    threshold: Threshold
    over: int
    within: int

    @property
    def asks_about(self) -> tuple[str, ...]:
        return (self.analyte,)

    def judge(self, case: Case) -> Outcome:
        """Unknown without a result, where one of them is only a bound, or a newer one cannot be judged."""
        usable = case.usable(self.analyte, preliminary=False)
        newest = usable[0] if usable else None
        blocked = case.blocking(self.analyte, newest, preliminary=False)
        if newest is None or days_between(newest.effective, case.today) > self.within:
            return nothing_found(_KEYWORD, case, (self.analyte,), blocked, f"in the last {self.within} days")
        of_days = _highest([one for one in usable if days_between(one.effective, newest.effective) < self.over])
        return hindered(_KEYWORD, case, self._judge_days(case, of_days), blocked)

    def _judge_days(self, case: Case, of_days: Sequence[Reading]) -> Outcome:
        truth, count, newest = self._holds(of_days), len(of_days), of_days[0]
        mean = sum((one.value for one in of_days), start=Decimal(0)) / count
        known = case.vocabulary.analytes[self.analyte]
        shown = f"{number(rounded(mean, known.decimals))} {spoken(known.unit)}".rstrip()
        shown = shown if count > 1 else case.canonical(newest)
        verb = "may or may not be" if truth is None else "is" if truth else "is not"
        of = f"on average of {count} days, the last on" if count > 1 else "of"
        text = (
            f"{case.label(self.analyte)} {shown} {of} {newest.effective.day.isoformat()} {verb} {self.threshold.words}"
        )
        because = step(_KEYWORD, truth, text, value=shown, limit=self.threshold.words)
        blocked = ("reported only as a bound",) if truth is None else ()
        values = {**case.sentence(newest), "value": shown, "count": str(count), "limit": self.threshold.text}
        return Outcome(truth, (because,), tuple(of_days), (), blocked, values)

    def _holds(self, of_days: Sequence[Reading]) -> Truth:
        """Compared without a division that never ends."""
        if any(one.comparator for one in of_days):
            return None if len(of_days) > 1 else self.threshold.holds(of_days[0])
        total = sum((one.value for one in of_days), start=Decimal(0))
        return compare(self.threshold.operator, total, self.threshold.value * len(of_days), None)


def _highest(readings: Sequence[Reading]) -> list[Reading]:
    """Of each day the highest, the newest day first."""
    of_day: dict[str, Reading] = {}
    for reading in readings:
        day = reading.effective.day.isoformat()
        if day not in of_day or reading.value > of_day[day].value:
            of_day[day] = reading
    return list(of_day.values())
