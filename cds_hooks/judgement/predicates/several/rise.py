"""Predicate over two results: a rise since before treatment."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from msgspec.structs import replace

from cds_hooks.facts import Moment, Reading
from cds_hooks.findings import Because
from cds_hooks.judgement.chart.case import Case
from cds_hooks.judgement.chart.shown import number
from cds_hooks.judgement.predicates.outcome import Outcome, step
from cds_hooks.judgement.predicates.predicate import Numbers, Predicate, Written
from cds_hooks.judgement.timing.clock import days_between
from cds_hooks.judgement.timing.forms import Days
from cds_hooks.judgement.timing.sequence import same_moment
from cds_hooks.judgement.written.threshold import Threshold, compare
from terminology.units.conversion import EXACT

RISE = "rise"
_BEFORE = "before treatment"
_FLIPPED = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}


class WrittenRise(Written):
    """`rise`: the newest result has risen by more than a limit since the last one before treatment.

    Without a result from the twelve months before treatment the first one on treatment serves, and is named so.
    `until` is the day of treatment by which the first risen result must have come; with `after` the rise is counted
    from the first result after that day of treatment.
    """

    keyword: ClassVar[str] = RISE

    rise: str
    above: str | None = None
    at_least: str | None = None
    until: Days | None = None
    after: Days | None = None
    before_start: Days | None = None
    times: int = 1
    apart: Days = 0

    def ready(self, numbers: Numbers) -> Rise:
        """With its limit in the analyte's canonical unit."""
        limit = numbers.threshold(self.rise, {"above": self.above, "at_least": self.at_least})
        urgent = numbers.urgency == "critical"
        before = self.before_start if self.before_start is not None else numbers.policy.baseline_for
        return Rise(self.rise, limit, self.until, self.after, before, self.times, self.apart, urgent)


@dataclass(frozen=True, slots=True)
class Rise(Predicate):
    """The newest result against an earlier one."""

    analyte: str
    threshold: Threshold
    until: int | None
    after: int | None
    before_start: int
    times: int
    apart: int
    urgent: bool

    @property
    def asks_about(self) -> tuple[str, ...]:
        return (self.analyte,)

    def surely_false(self, case: Case) -> bool:
        """Whether the newest result has surely not risen so far since the earlier one, with nothing in the way."""
        start = case.course.start if case.course is not None else None
        if start is None or case.held or (self.urgent and case.has_preliminary(self.analyte)):
            return False
        usable = case.usable(self.analyte, preliminary=False)
        on_treatment = _worst_first([reading for reading in usable if days_between(start, reading.effective) > 0])
        if not on_treatment or case.blocking(self.analyte, on_treatment[0], preliminary=self.urgent):
            return False
        baseline, _ = self._baseline(usable, on_treatment, start)
        if baseline is None or baseline is on_treatment[0]:
            return False
        return self._risen(on_treatment[0], baseline) is False

    def surely_open(self, case: Case) -> bool:
        """Whether nothing was measured."""
        return case.course is not None and case.course.start is not None and case.lacks(self.analyte)

    def judge(self, case: Case) -> Outcome:
        """Compares exactly; unknown without a start of treatment, a baseline or a result.

        A preliminary result may raise a critical check; it never clears one that final results raise.
        """
        final = self._judge_with(case, preliminary=False)
        if final.truth or not self.urgent or not case.has_preliminary(self.analyte):
            return final
        early = self._judge_with(case, preliminary=True)
        return early if early.truth or not final.readings else final

    def _judge_with(self, case: Case, *, preliminary: bool) -> Outcome:
        start = case.course.start if case.course is not None else None
        usable = case.usable(self.analyte, preliminary=preliminary)
        if start is None:
            unknown = _unknown(RISE, "the start of treatment is not recorded", "MedicationRequest.authoredOn")
            return replace(unknown, readings=usable[:1], blocked=("start of treatment",) if usable else ())
        on_treatment = _worst_first([reading for reading in usable if days_between(start, reading.effective) > 0])
        newest = on_treatment[0] if on_treatment else None
        blocked = case.blocking(self.analyte, newest, preliminary=preliminary or self.urgent)
        if newest is None:
            text = f"no usable {case.label(self.analyte)} result on treatment found here"
            return replace(_unknown(RISE, text, "Observation"), blocked=blocked)
        baseline, named = self._baseline(usable, on_treatment, start)
        served = named == _BEFORE or not self._counts_still(start, newest)
        held = () if served else self._held_baseline(case, start)
        blocked = tuple(dict.fromkeys((*blocked, *held)))
        if baseline is None or baseline is newest:
            text = f"no earlier result found here to compare {case.named(newest)} with"
            if held:
                text = f"the result before treatment cannot be judged: {case.obstacles(held)}"
            return replace(_unknown(RISE, text, "Observation before treatment"), readings=(newest,), blocked=blocked)
        return self._compare(case, on_treatment, baseline, named, blocked)

    def _baseline(
        self, usable: Sequence[Reading], on_treatment: Sequence[Reading], start: Moment
    ) -> tuple[Reading | None, str]:
        if self.after is not None:
            later = [r for r in on_treatment if days_between(start, r.effective) >= self.after]
            return (later[-1], f"day {self.after} of treatment") if later else (None, "")
        before = [r for r in usable if 0 <= days_between(r.effective, start) <= self.before_start]
        return (before[0], _BEFORE) if before else (on_treatment[-1], "first on treatment, no baseline")

    def _counts_still(self, start: Moment, newest: Reading) -> bool:
        in_time = self.until is None or days_between(start, newest.effective) <= self.until
        return self.after is None and in_time

    def _held_baseline(self, case: Case, start: Moment) -> tuple[str, ...]:
        """The checks that hold back what would be the baseline: one that serves instead reassures nobody."""
        return tuple(
            case.held[reading.reference, self.analyte]
            for reading in case.readings.get(self.analyte, ())
            if (reading.reference, self.analyte) in case.held
            and 0 <= days_between(reading.effective, start) <= self.before_start
        )

    def _compare(
        self, case: Case, on_treatment: Sequence[Reading], baseline: Reading, named: str, blocked: tuple[str, ...]
    ) -> Outcome:
        streak = []
        for reading in on_treatment:
            if reading is baseline or self._risen(reading, baseline) is not True:
                break
            streak.append(reading)
        newest = on_treatment[0]
        truth = self._risen(newest, baseline)
        rise = EXACT.subtract(newest.value, baseline.value)
        label = case.label(self.analyte)
        text = (
            f"{case.named(newest)} against {case.canonical(baseline)} of {baseline.effective.text} ({named}): "
            f"change {number(rise)} {newest.unit}"
        )
        because = [step(RISE, truth, text, value=f"{number(rise)} {newest.unit}", limit=self.threshold.words)]
        if truth:
            truth = self._in_time(case, streak, because) and self._often_enough(streak, because)
        if blocked:
            text = f"a {label} result that counts here cannot be judged: {case.obstacles(blocked)}"
            because.append(step(RISE, None, text))
            truth = True if truth else None
        values = {
            **case.sentence(newest),
            "rise": number(rise),
            "baseline": case.canonical(baseline),
            "named": named,
            "limit": self.threshold.text,
        }
        return Outcome(truth, tuple(because), (*(streak or (newest,)), baseline), (), blocked, values)

    def _in_time(self, case: Case, streak: Sequence[Reading], because: list[Because]) -> bool:
        if self.until is None:
            return True
        assert case.course is not None  # noqa: S101  (judge asked)
        assert case.course.start is not None  # noqa: S101
        day = days_between(case.course.start, streak[-1].effective)
        in_time = day <= self.until
        text = f"first risen on day {day} of treatment, counted until day {self.until}"
        because.append(step("until", in_time, text))
        return in_time

    def _often_enough(self, streak: Sequence[Reading], because: list[Because]) -> bool:
        if self.times == 1:
            return True
        apart = days_between(streak[-1].effective, streak[0].effective)
        enough = len({reading.effective.day for reading in streak}) >= self.times and apart >= self.apart
        text = f"confirmed over {apart} days" if enough else f"not confirmed {self.apart} days apart"
        because.append(step("confirmed", enough, text))
        return enough

    def _risen(self, reading: Reading, baseline: Reading) -> bool | None:
        if reading.comparator and baseline.comparator:
            return None
        comparator = reading.comparator or (_FLIPPED[baseline.comparator] if baseline.comparator else None)
        rise = EXACT.subtract(reading.value, baseline.value)
        return compare(self.threshold.operator, rise, self.threshold.value, comparator)


def _worst_first(readings: list[Reading]) -> list[Reading]:
    """Newest first as before, but of results with the same moment the highest first: the worse value is judged."""
    tied = [reading for reading in readings if same_moment(reading.effective, readings[0].effective)]
    return [*sorted(tied, key=lambda reading: reading.value, reverse=True), *readings[len(tied) :]]


def _unknown(predicate: str, text: str, missing: str) -> Outcome:
    return Outcome(None, (step(predicate, None, text, missing=missing),))
