"""Predicate over the newest result: outside the laboratory's own range, else that of the patient's age and sex."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

from cds_hooks.facts import Reading
from cds_hooks.judgement.chart.case import Case
from cds_hooks.judgement.chart.shown import number
from cds_hooks.judgement.predicates.drugs.drugs import either
from cds_hooks.judgement.predicates.newest import barless, judge_newest, said_of
from cds_hooks.judgement.predicates.outcome import Outcome
from cds_hooks.judgement.predicates.predicate import Numbers, Predicate, Written
from cds_hooks.judgement.reference.ages import Range
from cds_hooks.judgement.timing.age import age
from cds_hooks.judgement.timing.forms import Days
from cds_hooks.judgement.written.threshold import ABOVE, BELOW, compare

_KEYWORD = "age_table"
Where = Literal["below", "above", "outside"]


class WrittenAgeTable(Written):
    """`age_table`: the newest result is below, above or outside the range of its laboratory, else of the table."""

    keyword: ClassVar[str] = _KEYWORD

    age_table: Literal["dhea_s"]
    side: Where = "outside"
    within: Days | None = None

    def ready(self, numbers: Numbers) -> OfAge:
        """With the time a result is judged for, where none is written."""
        within = self.within if self.within is not None else numbers.policy.results_for
        return OfAge(self.age_table, self.side, within, numbers.urgency == "critical")


@dataclass(frozen=True, slots=True)
class OfAge(Predicate):
    """The newest result against a range by age and sex."""

    analyte: str
    side: Where
    within: int
    urgent: bool

    @property
    def asks_about(self) -> tuple[str, ...]:
        return (self.analyte,)

    def judge(self, case: Case) -> Outcome:
        """Unknown without a result, or where neither the laboratory nor age and sex give a range."""
        return judge_newest(
            _KEYWORD, case, self.analyte, lambda one: self._judge_one(case, one), within=self.within, urgent=self.urgent
        )

    def _judge_one(self, case: Case, reading: Reading) -> Outcome:
        found = self.range_for(case, reading)
        if found is None:
            missing = "Observation.referenceRange, Patient.birthDate and sex"
            why = "neither its laboratory nor the patient's age and sex give a range"
            return barless(_KEYWORD, case, reading, why, missing, "reference range")
        low, high, span, basis = found
        below = None if low is None else compare(BELOW, reading.value, low, reading.comparator)
        above = None if high is None else compare(ABOVE, reading.value, high, reading.comparator)
        # A laboratory that gives one edge only says that the other side does not count.
        sides = [False if edge is None else truth for edge, truth in ((low, below), (high, above))]
        truth = {"below": sides[0], "above": sides[1]}.get(self.side, either(sides))
        words = f"{self.side} {span} ({basis})"
        return said_of(_KEYWORD, case, reading, truth, words, span, basis=basis)

    def range_for(self, case: Case, reading: Reading) -> Range | None:
        """What this result is read against; None where nothing gives a range."""
        if reading.lower is not None or reading.upper is not None:
            edges = [None if edge is None else reading.conversion.undo(edge) for edge in (reading.lower, reading.upper)]
            span = f"{'–'.join([number(edge) for edge in edges if edge is not None])} {reading.reported_unit}"
            return Range(reading.lower, reading.upper, span, "the laboratory's own range")
        patient = case.facts.patient
        of_age = case.tables.dhea_s.range_of(case.anatomy.kind, age(patient.birth_date, reading.effective.day))
        return None if of_age is None else Range(of_age.low, of_age.high, of_age.text, f"table, {of_age.named}")
