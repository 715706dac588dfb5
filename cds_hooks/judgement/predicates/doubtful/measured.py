"""Predicate over results as such: whether something was measured."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from cds_hooks.judgement.chart.case import Case
from cds_hooks.judgement.chart.marks import NO_RESULTS, Marks, marks
from cds_hooks.judgement.predicates.outcome import Outcome, step
from cds_hooks.judgement.predicates.predicate import Numbers, Predicate, Written
from cds_hooks.judgement.predicates.results import in_the_way, nothing_found
from cds_hooks.judgement.timing.clock import sort_key
from cds_hooks.judgement.timing.forms import Days

_KEYWORD = "measured"


class WrittenMeasured(Written):
    """`measured`: a usable result of one of these analytes exists."""

    keyword: ClassVar[str] = _KEYWORD

    measured: tuple[str, ...]
    within: Days | None = None

    def ready(self, numbers: Numbers) -> Measured:
        """With the time a result is judged for, where none is written."""
        unknown = set(self.measured) - numbers.vocabulary.analytes.keys()
        if unknown:
            raise ValueError(f"measured: not an analyte: {', '.join(sorted(unknown))}")
        within = self.within if self.within is not None else numbers.policy.results_for
        return Measured(self.measured, within, numbers.urgency == "critical")


@dataclass(frozen=True, slots=True)
class Measured(Predicate):
    """A usable result of one of the analytes, not older than `within` days."""

    analytes: tuple[str, ...]
    within: int
    urgent: bool

    @property
    def asks_about(self) -> tuple[str, ...]:
        return self.analytes

    @property
    def marks(self) -> Marks | None:
        return marks("result", self.analytes) | {NO_RESULTS}

    @property
    def told_by_marks(self) -> bool:
        return True

    def surely_false(self, case: Case) -> bool:
        """Whether the chart, supplied as a whole, has no result of any."""
        if "labs" in case.facts.incomplete:
            return False
        return case.readings.keys().isdisjoint(self.analytes) and case.unusable.keys().isdisjoint(self.analytes)

    def judge(self, case: Case) -> Outcome:
        """False when nothing was measured; unknown while a result cannot be judged, or older pages are missing."""
        found = [
            group[0]
            for analyte in self.analytes
            if (group := case.latest(analyte, preliminary=self.urgent, within=self.within))
        ]
        if found:
            newest = max(found, key=lambda reading: sort_key(reading.effective))
            because = step(_KEYWORD, True, f"{case.named(newest)} found", value=case.canonical(newest))
            return Outcome(True, (because,), (newest,), values=case.sentence(newest))
        blocked = [
            name
            for analyte in self.analytes
            for _, name in in_the_way(case, analyte, self.within, preliminary=self.urgent)
        ]
        where = f"in the last {self.within} days"
        nothing = nothing_found(_KEYWORD, case, self.analytes[:3], tuple(dict.fromkeys(blocked)), where)
        if nothing.blocked:
            return nothing
        return Outcome(False, (step(_KEYWORD, False, nothing.because[0].text),))
