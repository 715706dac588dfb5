"""Predicate over values that hardly any living person has: most often a wrong unit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import ClassVar

from cds_hooks.facts import Reading
from cds_hooks.judgement.chart.case import Case
from cds_hooks.judgement.predicates.doubtful.doubts import (
    as_printed,
    as_written,
    readings_of_number,
    reported_as,
    spoken,
)
from cds_hooks.judgement.predicates.outcome import Doubt, Outcome, step
from cds_hooks.judgement.predicates.predicate import Numbers, Predicate, Written
from cds_hooks.judgement.timing.clock import days_between


class WrittenImplausible(Written):
    """`implausible`: lowest and highest value a living person can have, by analyte."""

    keyword: ClassVar[str] = "implausible"

    implausible: dict[str, tuple[str, str]]

    def ready(self, numbers: Numbers) -> Implausible:
        """With its windows in canonical units."""
        quantity = numbers.vocabulary.quantity
        windows = {name: (quantity(name, low), quantity(name, high)) for name, (low, high) in self.implausible.items()}
        return Implausible(windows, self.implausible)


@dataclass(frozen=True, slots=True)
class Implausible(Predicate):
    """A result outside what a living person can have: most often a wrong unit."""

    windows: Mapping[str, tuple[Decimal, Decimal]]
    written: Mapping[str, tuple[str, str]]

    def judge(self, case: Case) -> Outcome:
        """Never unknown. Every such value is in doubt, also one too old to raise this."""
        windows = self.windows
        doubts = tuple(
            [
                self._doubt(case, reading)
                for analyte in sorted(windows.keys() & case.readings.keys())
                for reading in case.readings[analyte]
                if not windows[analyte][0] <= reading.value <= windows[analyte][1]
            ]
        )
        if not doubts:
            return Outcome(False, (step("implausible", False, "every value is within plausible bounds"),))
        told = [doubt for doubt in doubts if doubt.raised]
        if not told:
            texts = [f"{doubt.text}; it is old, and no check uses it" for doubt in doubts]
            return Outcome(False, tuple(step("implausible", False, text) for text in texts), doubts=doubts)
        because = tuple(step("implausible", True, doubt.text) for doubt in told)
        readings = tuple(doubt.of for doubt in told if isinstance(doubt.of, Reading))
        return Outcome(True, because, readings, values=spoken(told), doubts=doubts)

    def _matters(self, case: Case, reading: Reading) -> bool:
        """An old impossible value no longer matters once a newer one can be judged."""
        if days_between(reading.effective, case.today) > case.policy.results_for:
            return False
        newer = (other for other in case.readings[reading.analyte] if other.effective.day > reading.effective.day)
        return all(self._outside(other) for other in newer)

    def _outside(self, reading: Reading) -> bool:
        low, high = self.windows[reading.analyte]
        return not low <= reading.value <= high

    def _doubt(self, case: Case, reading: Reading) -> Doubt:
        low, high = self.written[reading.analyte]
        label, other = case.label(reading.analyte), alternative(case, reading, self.windows)
        text = f"{label} {as_written(case, reading)} is outside {low} to {high}"
        values = {
            "value": case.canonical(reading),
            "reported": reported_as(reading),
            "analyte": label,
            "analytes": label,
            "detail": text,
            "alternative": other or "nor likely in another unit",
        }
        text = f"{text}; {other}" if other else text
        return Doubt(reading.analyte, text, reading, values, raised=self._matters(case, reading))


def alternative(case: Case, reading: Reading, windows: Mapping[str, tuple[Decimal, Decimal]]) -> str | None:
    """What the number would be in another unit the analyte is measured in, where that is plausible."""
    low, high = windows[reading.analyte]
    for unit, value in readings_of_number(case, reading.analyte, reading.reported):
        if low <= value <= high and unit != reading.conversion.ucum:
            return f"as {unit} it would be {as_printed(case, reading.analyte, value)} {reading.unit}"
    return None
