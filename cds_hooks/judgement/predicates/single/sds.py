"""Predicate over IGF-1 in standard deviations for age: the newest draw, and on request one before that confirms it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import ClassVar, Literal

from msgspec.structs import replace

from cds_hooks.facts import Reading
from cds_hooks.judgement.chart.case import Case
from cds_hooks.judgement.chart.shown import number, rounded
from cds_hooks.judgement.chart.standing import IGF1, ZSCORE, Standing, of_one_draw, range_for, standings
from cds_hooks.judgement.predicates.drugs.drugs import Truth
from cds_hooks.judgement.predicates.newest import barless
from cds_hooks.judgement.predicates.outcome import Outcome, step
from cds_hooks.judgement.predicates.predicate import Numbers, Predicate, Written
from cds_hooks.judgement.predicates.results import early_too, hindered, nothing_found, worst
from cds_hooks.judgement.predicates.single.fraction import bare
from cds_hooks.judgement.reference.ages import Range
from cds_hooks.judgement.timing.clock import days_between
from cds_hooks.judgement.timing.forms import Days
from cds_hooks.judgement.written.threshold import OPERATORS, compare, in_words

_KEYWORD = "sds"


class WrittenSds(Written):
    """`sds`: IGF-1 is beyond a number of standard deviations for age; `times` and `apart` as in `latest`."""

    keyword: ClassVar[str] = _KEYWORD

    sds: Literal["igf1"]
    at_least: str | None = None
    above: str | None = None
    at_most: str | None = None
    below: str | None = None
    within: Days | None = None
    times: int = 1
    apart: Days = 0

    def ready(self, numbers: Numbers) -> Sds:
        """With its number."""
        operator, limit = bare(self.sds, self.as_written(OPERATORS))
        within = self.within if self.within is not None else numbers.policy.results_for
        return Sds(operator, limit, within, self.times, self.apart, numbers.urgency == "critical")


@dataclass(frozen=True, slots=True)
class Sds(Predicate):
    """IGF-1 in standard deviations against a number."""

    operator: str
    limit: Decimal
    within: int
    times: int
    apart: int
    urgent: bool

    @property
    def asks_about(self) -> tuple[str, ...]:
        return (IGF1, ZSCORE)

    @property
    def words(self) -> str:
        """`above 2.0 SD`."""
        return in_words(self.operator, f"{number(self.limit)} SD")

    def range_for(self, case: Case, reading: Reading) -> Range | None:
        """What a level is read against; None where nothing gives a range."""
        return range_for(case, reading)

    def judge(self, case: Case) -> Outcome:
        """Unknown without a draw, or where nothing tells how it stands for its age."""
        return early_too(lambda early: self._judge_with(case, early), case, (IGF1, ZSCORE), urgent=self.urgent)

    def _judge_with(self, case: Case, preliminary: bool) -> Outcome:
        draws = of_one_draw(standings(case, preliminary=preliminary))
        recent = bool(draws) and days_between(draws[0][0].of.effective, case.today) <= self.within
        newest = draws[0][0].of if recent else None
        blocked = tuple(
            dict.fromkeys(
                name
                for analyte in (IGF1, ZSCORE)
                for name in case.blocking(analyte, newest, preliminary=preliminary or self.urgent)
            )
        )
        if not recent:
            return nothing_found(_KEYWORD, case, (IGF1,), blocked, f"in the last {self.within} days", self.words)
        found = worst([self._judge_one(case, standing) for standing in draws[0]])
        if found.truth and self.times > 1:
            found = self._confirmed(draws, found)
        return hindered(_KEYWORD, case, found, blocked)

    def _judge_one(self, case: Case, standing: Standing) -> Outcome:
        if standing.value is None:
            why = "neither a Z-score nor its laboratory's range tells how it stands for the age"
            return barless(_KEYWORD, case, standing.of, why, "Observation.referenceRange", "reference range")
        truth = self._beyond(standing)
        shown = f"{standing.comparator or ''}{number(rounded(standing.value, 2))}"
        verb = "may or may not be" if truth is None else "is" if truth else "is not"
        text = f"{case.named(standing.of)}, {shown} SD ({standing.basis}), {verb} {self.words}"
        because = step(_KEYWORD, truth, text, value=f"{shown} SD", limit=self.words)
        values = {
            **case.sentence(standing.of),
            "sds": shown,
            "basis": standing.basis,
            "limit": f"{number(self.limit)} SD",
        }
        blocked = ("reported only as a bound",) if truth is None else ()
        return Outcome(truth, (because,), (standing.of,), (), blocked, values)

    def _beyond(self, standing: Standing) -> Truth:
        if standing.value is None:
            return None
        return compare(self.operator, standing.value, self.limit, standing.comparator)

    def _confirmed(self, draws: Sequence[tuple[Standing, ...]], outcome: Outcome) -> Outcome:
        streak = []
        for draw in draws:
            beyond = next((standing for standing in draw if self._beyond(standing)), None)
            if beyond is not None:
                streak.append(beyond.of)
            elif any(self._beyond(standing) is False for standing in draw):
                break
        apart = days_between(streak[-1].effective, streak[0].effective)
        enough = len(streak) >= self.times and apart >= self.apart
        text = f"{self.times} results {self.words} at least {self.apart} days apart"
        text += f", found over {apart} days" if enough else ": not confirmed"
        because = (*outcome.because, step("confirmed", enough, text))
        return replace(outcome, truth=enough, because=because, readings=tuple(streak))
