"""Predicate over numbers that are likelier in another unit than the one they carry."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import time
from decimal import Decimal
from typing import ClassVar

from pydantic import field_validator

from cds_hooks.facts import Reading
from cds_hooks.judgement.case import Case
from cds_hooks.judgement.predicates.doubts import as_printed, as_written, reported_as, spoken
from cds_hooks.judgement.predicates.hours import Hours, drawn_within, ordered
from cds_hooks.judgement.predicates.outcome import Doubt, Outcome, step
from cds_hooks.judgement.predicates.predicate import Numbers, Predicate, Written
from cds_hooks.judgement.predicates.taking import Taking
from cds_hooks.judgement.timing.clock import days_between
from cds_hooks.judgement.timing.forms import Days, Strict


class WrittenDanger(Strict):
    """When a doubt is dangerous: one of the two readings is under a limit, and nothing taken explains that."""

    below: str
    within: Days  # the result is not older
    clock: Hours | None = None  # it was drawn between these
    unless_taking: tuple[str, ...] = ()  # now, or so recently
    not_route: tuple[str, ...] = ()  # which does not count as taken

    @field_validator("clock")
    @classmethod
    def _ordered(cls, clock: tuple[time, time] | None) -> tuple[time, time] | None:
        return ordered(clock) if clock is not None else None

    def ready(self, analyte: str, numbers: Numbers) -> Danger:
        """With its limit in the canonical unit."""
        limit = numbers.vocabulary.quantity(analyte, self.below)
        return Danger(limit, self.within, self.clock, self._explains() if self.unless_taking else None)

    def _explains(self) -> Taking:
        return Taking.model_validate(
            {"taking": self.unless_taking, "not_route": self.not_route, "within": f"{self.within} d"}
        )


@dataclass(frozen=True, slots=True)
class Danger:
    """When a doubt is dangerous."""

    below: Decimal
    within: int
    clock: tuple[time, time] | None
    explains: Taking | None

    def holds(self, case: Case, reading: Reading, reread: Decimal) -> bool:
        """A draw of no known hour is not called dangerous: it could not be judged either."""
        if days_between(reading.effective, case.today) > self.within or min(reading.value, reread) >= self.below:
            return False
        if self.clock is not None and not drawn_within(reading, self.clock):
            return False
        return self.explains is None or not self.explains.judge(case).truth


class WrittenReadsLike(Written):
    """`reads_like`: out of line as labelled, and in line were the number in another unit."""

    keyword: ClassVar[str] = "reads_like"

    reads_like: str  # the analyte
    as_unit: str
    labelled: tuple[str, ...]  # UCUM units the result is labelled with
    between: tuple[str, str]  # plausible when read as `as_unit`
    outside: tuple[str, str] | None = None  # as labelled it is not inside this
    holds_from: str | None = None  # a smaller value is doubted and judged all the same
    dangerous: WrittenDanger | None = None

    def ready(self, numbers: Numbers) -> ReadsLike:
        """With its ranges in the canonical unit."""
        between = self._edges(numbers, self.between)
        outside = self._edges(numbers, self.outside) if self.outside is not None else None
        holds = numbers.vocabulary.quantity(self.reads_like, self.holds_from) if self.holds_from is not None else None
        danger = self.dangerous.ready(self.reads_like, numbers) if self.dangerous is not None else None
        within = numbers.policy.results_for
        label = numbers.vocabulary.analytes[self.reads_like].label
        nothing = Outcome(False, (step(self.keyword, False, f"no {label} result looks mislabelled"),))
        return ReadsLike(self.reads_like, self.as_unit, self.labelled, between, outside, holds, danger, within, nothing)

    def _edges(self, numbers: Numbers, pair: tuple[str, str]) -> tuple[Decimal, Decimal]:
        low, high = (numbers.vocabulary.quantity(self.reads_like, edge) for edge in pair)
        return low, high


@dataclass(frozen=True, slots=True)
class ReadsLike(Predicate):
    """The newest result looks as if its number were in another unit."""

    analyte: str
    as_unit: str
    labelled: tuple[str, ...]
    between: tuple[Decimal, Decimal]
    outside: tuple[Decimal, Decimal] | None
    holds_from: Decimal | None
    danger: Danger | None
    within: int
    nothing: Outcome

    @property
    def asks_about(self) -> tuple[str, ...]:
        return (self.analyte,)

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
        reread = self._reread(case, reading)
        label, other = case.label(self.analyte), as_printed(case, self.analyte, reread)
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
        dangerous = self.danger is not None and self.danger.holds(case, reading, reread)
        return Doubt(self.analyte, text, reading, values, holds, dangerous=dangerous)

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
