"""Predicate over numbers that are likelier in another unit than the one they carry."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import ClassVar

from cds_hooks.facts import Reading
from cds_hooks.judgement.chart.case import Case
from cds_hooks.judgement.chart.marks import Marks, marks
from cds_hooks.judgement.predicates.doubtful.doubts import as_printed, as_written, reported_as, spoken
from cds_hooks.judgement.predicates.outcome import Doubt, Outcome, step
from cds_hooks.judgement.predicates.predicate import Numbers, Predicate, Written


class WrittenReadsLike(Written):
    """`reads_like`: out of line as labelled, and in line were the number in another unit."""

    keyword: ClassVar[str] = "reads_like"

    reads_like: str  # the analyte
    as_unit: str
    labelled: tuple[str, ...]  # UCUM units the result is labelled with
    between: tuple[str, str]  # plausible when read as `as_unit`
    outside: tuple[str, str] | None = None  # as labelled it is not inside this
    holds_from: str | None = None  # a smaller value is doubted and judged all the same

    def ready(self, numbers: Numbers) -> ReadsLike:
        """With its ranges in the canonical unit."""
        between, outside = (
            (
                numbers.vocabulary.quantity(self.reads_like, pair[0]),
                numbers.vocabulary.quantity(self.reads_like, pair[1]),
            )
            if pair is not None
            else None
            for pair in (self.between, self.outside)
        )
        if between is None:
            raise ValueError(f"{self.reads_like}: between is missing")
        holds = numbers.vocabulary.quantity(self.reads_like, self.holds_from) if self.holds_from is not None else None
        within = numbers.policy.results_for
        label = numbers.vocabulary.analytes[self.reads_like].label
        nothing = Outcome(False, (step(self.keyword, False, f"no {label} result looks mislabeled"),))
        return ReadsLike(self.reads_like, self.as_unit, self.labelled, between, outside, holds, within, nothing)


@dataclass(frozen=True, slots=True)
class ReadsLike(Predicate):
    """The newest result looks as if its number were in another unit."""

    analyte: str
    as_unit: str
    labelled: tuple[str, ...]
    between: tuple[Decimal, Decimal]
    outside: tuple[Decimal, Decimal] | None
    holds_from: Decimal | None
    within: int
    nothing: Outcome

    @property
    def asks_about(self) -> tuple[str, ...]:
        return (self.analyte,)

    @property
    def marks(self) -> Marks | None:
        return marks("result", [self.analyte])

    def surely_false(self, case: Case) -> bool:
        """Whether no result looks so."""
        return self.analyte not in case.readings or not self._found(case)

    def judge(self, case: Case) -> Outcome:
        """False without a result: there is nothing to doubt."""
        found = self._found(case)
        if not found:
            return self.nothing
        doubts = tuple(self._doubt(case, reading) for reading in found)
        because = tuple(step("reads_like", True, doubt.text) for doubt in doubts)
        return Outcome(True, because, tuple(found), values=spoken(doubts), doubts=doubts)

    def _found(self, case: Case) -> list[Reading]:
        newest = case.latest(self.analyte, preliminary=True, within=self.within)
        return [reading for reading in newest if self._suspicious(case, reading)]

    def _doubt(self, case: Case, reading: Reading) -> Doubt:
        label, other = case.label(self.analyte), as_printed(case, self.analyte, self._reread(case, reading))
        text = f"{label} {as_written(case, reading)}; read as {self.as_unit} it would be {other} {reading.unit}"
        values = {
            "value": case.canonical(reading),
            "reported": reported_as(reading),
            "alternative": f"{other} {reading.unit}",
            "as_unit": self.as_unit,
            "analyte": label,
            "analytes": label,
        }
        holds = self.holds_from is None or reading.value >= self.holds_from
        return Doubt(self.analyte, text, reading, values, holds)

    def _suspicious(self, case: Case, reading: Reading) -> bool:
        """A bound says nothing of how large the value is; the wrong label alone is wrong for a bound too."""
        bounded = reading.comparator is not None and self.outside is not None
        if bounded or reading.conversion.ucum not in self.labelled:
            return False
        if self.outside is not None and self.outside[0] <= reading.value <= self.outside[1]:
            return False
        return self.between[0] <= self._reread(case, reading) <= self.between[1]

    def _reread(self, case: Case, reading: Reading) -> Decimal:
        conversion = case.vocabulary.unit(self.analyte, self.as_unit, self.as_unit, True)
        return conversion.apply(reading.reported) if hasattr(conversion, "apply") else reading.value
