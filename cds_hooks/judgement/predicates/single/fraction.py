"""Predicate over the newest result: where in the laboratory's own range it lies."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import ClassVar

from cds_hooks.facts import Reading
from cds_hooks.judgement.chart.case import Case
from cds_hooks.judgement.chart.formulas import at_fraction, fraction_of_range
from cds_hooks.judgement.chart.shown import number, rounded
from cds_hooks.judgement.predicates.newest import barless, judge_newest, said_of
from cds_hooks.judgement.predicates.outcome import Outcome
from cds_hooks.judgement.predicates.predicate import Numbers, Predicate, Written
from cds_hooks.judgement.timing.forms import Days
from cds_hooks.judgement.written.threshold import OPERATORS, compare, in_words

_KEYWORD = "fraction"


def bare(of: str, written: dict[str, str | None]) -> tuple[str, Decimal]:
    """The one comparison that is written, with a number without unit. Raises ValueError."""
    given = [(name, text) for name in OPERATORS if (text := written.get(name)) is not None]
    if len(given) != 1 or not given[0][1].lstrip("-").replace(".", "", 1).isdecimal():
        raise ValueError(f"{of}: give exactly one of {', '.join(OPERATORS)}, a number as in '0.5'")
    return given[0][0], Decimal(given[0][1])


class WrittenFraction(Written):
    """`fraction`: (value − lower) / (upper − lower) of the laboratory's own range is beyond a number.

    Where the laboratory gives no range, that between `lower` and `upper` counts, and is said to be assumed.
    """

    keyword: ClassVar[str] = _KEYWORD

    fraction: str
    at_least: str | None = None
    above: str | None = None
    at_most: str | None = None
    below: str | None = None
    lower: str | None = None
    upper: str | None = None
    within: Days | None = None

    def ready(self, numbers: Numbers) -> Fraction:
        """With its assumed range in the analyte's canonical unit."""
        operator, share = bare(self.fraction, self.as_written(OPERATORS))
        if self.fraction not in numbers.vocabulary.analytes or (self.lower is None) is not (self.upper is None):
            raise ValueError(f"fraction: {self.fraction} is not an analyte, or lower and upper do not go together")
        assumed = None
        if self.lower is not None and self.upper is not None:
            low, high = (numbers.vocabulary.quantity(self.fraction, text) for text in (self.lower, self.upper))
            if low >= high:
                raise ValueError(f"{self.fraction}: lower {self.lower} is not below upper {self.upper}")
            assumed = (low, high)
        within = self.within if self.within is not None else numbers.policy.results_for
        return Fraction(self.fraction, operator, share, assumed, within, numbers.urgency == "critical")


@dataclass(frozen=True, slots=True)
class Fraction(Predicate):
    """The newest result against a share of its range."""

    analyte: str
    operator: str
    share: Decimal
    assumed: tuple[Decimal, Decimal] | None
    within: int
    urgent: bool

    @property
    def asks_about(self) -> tuple[str, ...]:
        return (self.analyte,)

    def judge(self, case: Case) -> Outcome:
        """Unknown without a result, or without a range."""
        return judge_newest(
            _KEYWORD, case, self.analyte, lambda one: self._judge_one(case, one), within=self.within, urgent=self.urgent
        )

    def _judge_one(self, case: Case, reading: Reading) -> Outcome:
        own = _own_range(reading)
        edges = own or self.assumed
        if edges is None:
            missing = "Observation.referenceRange.low and high"
            return barless(_KEYWORD, case, reading, "the laboratory gives no range for it", missing, "reference range")
        # In the unit the chart wrote: a converted edge may have no end of digits.
        low, high = (reading.conversion.undo(edge) for edge in edges)
        limit = at_fraction(self.share, low, high)
        truth = compare(self.operator, reading.reported, limit, reading.comparator)
        lies = number(rounded(fraction_of_range(reading.reported, low, high), 2))
        span = f"{number(low)}–{number(high)} {reading.reported_unit}{'' if own else ' (assumed)'}"
        words = f"{in_words(self.operator, number(self.share))} of its range {span}, at {lies}"
        return said_of(_KEYWORD, case, reading, truth, words, number(self.share), fraction=lies, range=span)


def _own_range(reading: Reading) -> tuple[Decimal, Decimal] | None:
    if reading.lower is None or reading.upper is None or reading.lower >= reading.upper:
        return None
    return reading.lower, reading.upper
