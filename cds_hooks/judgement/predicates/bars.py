"""What a value is compared with: a limit, a multiple of the laboratory's own limit, or a target or one side of it."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import Literal

import msgspec

from cds_hooks.facts import Goal, Reading
from cds_hooks.judgement.chart.case import Case
from cds_hooks.judgement.chart.shown import number
from cds_hooks.judgement.written.threshold import ABOVE, AT_LEAST, AT_MOST, BELOW, WORDS, Band, Threshold, compare
from terminology.units.conversion import EXACT

Side = Literal["below", "above"]
Place = Literal["below", "above", "inside"]


class Compared(msgspec.Struct, frozen=True, gc=False):
    """Whether a value is beyond the bar, and the bar in words: `at or above 54 %`, and `54 %` alone."""

    truth: bool | None
    words: str
    text: str
    missing: str | None = None  # the FHIR element without which there is no bar


@dataclass(frozen=True)
class Limit:
    """A limit as the protocol states it."""

    threshold: Threshold

    @cached_property
    def words(self) -> str:
        return self.threshold.words

    @cached_property
    def _answers(self) -> dict[bool | None, Compared]:
        return {truth: Compared(truth, self.words, self.threshold.text) for truth in (True, False, None)}

    def holds(self, _case: Case, reading: Reading) -> bool | None:
        """Whether a value is beyond it."""
        return self.threshold.holds(reading)

    def against(self, _case: Case, reading: Reading) -> Compared:
        """A value against the limit."""
        return self._answers[self.threshold.holds(reading)]


@dataclass(frozen=True, slots=True)
class OfRange:
    """So many times the upper or lower limit of the laboratory's own range, else of one that is assumed."""

    operator: str
    times: Decimal
    edge: Literal["upper", "lower"]
    assumed: Decimal | None
    assumed_text: str

    @property
    def words(self) -> str:
        return f"{WORDS[self.operator]} {self.multiple}"

    @property
    def multiple(self) -> str:
        """`3 × the upper limit`."""
        return f"the {self.edge} limit" if self.times == 1 else f"{number(self.times)} × the {self.edge} limit"

    def holds(self, case: Case, reading: Reading) -> bool | None:
        """Whether a value is beyond it."""
        return self.against(case, reading).truth

    def value_for(self, reading: Reading) -> Decimal | None:
        """The limit as a number, for a result of this laboratory; None where none is known."""
        own = self._own(reading)
        limit = own if own is not None else self.assumed
        return None if limit is None else EXACT.multiply(self.times, limit)

    def _own(self, reading: Reading) -> Decimal | None:
        return reading.upper if self.edge == "upper" else reading.lower

    def against(self, _case: Case, reading: Reading) -> Compared:
        """A value against its own laboratory's limit; unknown where neither that nor another is known."""
        own = self._own(reading)
        limit = own if own is not None else self.assumed
        if limit is None:
            missing = f"Observation.referenceRange.{'high' if self.edge == 'upper' else 'low'}"
            return Compared(None, self.words, self.multiple, missing)
        if own is not None:
            text = f"{self.multiple} of {number(reading.conversion.undo(own))} {reading.reported_unit}"
        else:
            text = f"{self.multiple} of {self.assumed_text} (assumed)"
        truth = compare(self.operator, reading.value, EXACT.multiply(self.times, limit), reading.comparator)
        return Compared(truth, f"{WORDS[self.operator]} {text}", text)


@dataclass(frozen=True, slots=True)
class SideOf:
    """One side of a target band, or its inside; a Goal of the patient's own stands in its place."""

    analyte: str
    band: Band
    side: Place

    @property
    def words(self) -> str:
        return f"{self.side} {self.band.text}"

    def holds(self, case: Case, reading: Reading) -> bool | None:
        """Whether a value is there."""
        return self.against(case, reading).truth if case.facts.goals else self._holds(self.band, self.band, reading)

    def _holds(self, low: Band | None, high: Band | None, reading: Reading) -> bool | None:
        """By the lower edge of one band and the upper of another; where there is no edge, nothing is beyond it."""
        below = low.below(reading) if low is not None and self.side != "above" else False
        above = high.above(reading) if high is not None and self.side != "below" else False
        if self.side != "inside":
            return below or above if None not in (below, above) else None
        return False if below or above else None if None in (below, above) else True

    def against(self, case: Case, reading: Reading) -> Compared:
        """A value against the band, or the patient's own range."""
        goal = goal_for(case, self.analyte)
        if goal is None:
            truth = self._holds(self.band, self.band, reading)
            unused = next((goal for goal in case.facts.goals if goal.analyte == self.analyte), None)
            if unused is None:
                return Compared(truth, self.words, self.band.text)
            aside = f"; a recorded goal of {range_of(unused, reading.unit)} is not used, it looks mistaken"
            return Compared(truth, self.words + aside, self.band.text)
        text = f"{range_of(goal, reading.unit)}, the patient's own"
        low, high = (Band(edge, edge, text, text, text) if edge is not None else None for edge in (goal.low, goal.high))
        return Compared(self._holds(low, high, reading), f"{self.side} {text} ({goal.reference})", text)


Bar = Limit | OfRange | SideOf


def goal_for(case: Case, analyte: str) -> Goal | None:
    """The patient's own target range of an analyte, if one is recorded that can be meant."""
    goals = (goal for goal in case.facts.goals if goal.analyte == analyte)
    return next((goal for goal in goals if _can_be_meant(case, goal)), None)


def _can_be_meant(case: Case, goal: Goal) -> bool:
    edges = [edge for edge in (goal.low, goal.high) if edge is not None]
    bounds = case.policy.goal_within.get(goal.analyte)
    if bounds is None:
        return bool(edges)
    least, most = (case.vocabulary.quantity(goal.analyte, bound) for bound in bounds)
    return bool(edges) and all(least <= edge <= most for edge in edges)


def range_of(goal: Goal, unit: str) -> str:
    """A goal as it is written, else by its edges."""
    if goal.text:
        return goal.text
    if goal.low is not None and goal.high is not None:
        return f"{number(goal.low)}–{number(goal.high)} {unit}"
    edge, words = (goal.low, WORDS[AT_LEAST]) if goal.low is not None else (goal.high, WORDS[AT_MOST])
    return f"{words} {number(edge)} {unit}" if edge is not None else ""


MULTIPLES: dict[str, tuple[str, Literal["upper", "lower"]]] = {
    "above_upper": (ABOVE, "upper"),
    "at_least_upper": (AT_LEAST, "upper"),
    "at_most_upper": (AT_MOST, "upper"),
    "below_lower": (BELOW, "lower"),
}
