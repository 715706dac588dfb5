"""Predicate over the newest result and a drug given shortly before it: a test, not a treatment."""

from __future__ import annotations

from typing import ClassVar

from cds_hooks.facts import Moment, Reading, Therapy
from cds_hooks.judgement.chart.case import Case
from cds_hooks.judgement.chart.marks import Marks, marks
from cds_hooks.judgement.predicates.drugs.drugs import OfDrugs, in_words
from cds_hooks.judgement.predicates.outcome import Outcome, step
from cds_hooks.judgement.predicates.predicate import Plain
from cds_hooks.judgement.predicates.results import nothing_found
from cds_hooks.judgement.timing.clock import days_between, sort_key
from cds_hooks.judgement.timing.forms import Days


class DrawnSinceStart(OfDrugs, Plain):
    """The newest result was drawn less than so many days after a drug was begun or given, and not on a longer course.

    Whatever has become of the order since: a drug taken for a test is not on the list any more.
    """

    keyword: ClassVar[str] = "drawn_since_start"

    drawn_since_start: tuple[str, ...]  # analytes
    of: tuple[str, ...]  # ingredients or classes
    less_than: Days

    @property
    def asks_about(self) -> tuple[str, ...]:
        return self.drawn_since_start

    @property
    def marks(self) -> Marks | None:
        return marks("listed", self.of) | marks("planned", self.of) | marks("given", self.of)

    def surely_false(self, case: Case) -> bool:
        """None of it was ever ordered or given."""
        return not self._orders(case) and not any(
            not set(dose.ingredients).isdisjoint(self.of) for dose in case.facts.doses
        )

    def judge(self, case: Case) -> Outcome:
        """False without such a drug; unknown only without a result."""
        begun = self._begun(case)
        if not begun:
            return Outcome(False, (step(self.keyword, False, f"no {in_words(self.of)} begun or given here"),))
        within = case.policy.results_for
        readings = [one for name in self.drawn_since_start for one in self._newest(case, name, within)]
        if not readings:
            return nothing_found(self.keyword, case, self.drawn_since_start[:1], (), f"in the last {within} days")
        found = [(one, at) for one in readings for at in begun if self._soon(at, one)]
        if not found or self._goes_on(case, begun, found[0][0]):
            text = f"{case.named(readings[0])} was not drawn right after {in_words(self.of)} was begun"
            return Outcome(False, (step(self.keyword, False, text),), tuple(readings))
        reading, at = found[0]
        text = f"{case.named(reading)} was drawn right after {in_words(self.of)} of {at.day.isoformat()}"
        values = {**case.sentence(reading), "drug": in_words(self.of), "since": at.day.isoformat()}
        return Outcome(True, (step(self.keyword, True, text),), (reading,), values=values)

    def _newest(self, case: Case, analyte: str, within: int) -> tuple[Reading, ...]:
        return case.latest(analyte, preliminary=True, within=within)[:1]

    def _orders(self, case: Case) -> list[Therapy]:
        return [one for one in case.orders_of(self.of) if not one.planned and self.suits(one) is not False]

    def _doses(self, case: Case) -> list[Moment]:
        return [one.at for one in case.facts.doses if not set(one.ingredients).isdisjoint(self.of)]

    def _begun(self, case: Case) -> list[Moment]:
        """When it was begun or given, the latest first."""
        starts = [one.start for one in self._orders(case) if one.start is not None]
        return sorted([*starts, *self._doses(case)], key=sort_key, reverse=True)

    def _soon(self, at: Moment, reading: Reading) -> bool:
        return 0 <= days_between(at, reading.effective) < self.less_than

    def _goes_on(self, case: Case, begun: list[Moment], reading: Reading) -> bool:
        """Whether it was taken before as well: then the draw was made on treatment."""
        if any(one.current and one.start is None for one in self._orders(case)):
            return True
        earlier = [at for at in begun if days_between(at, reading.effective) >= self.less_than]
        return any(days_between(at, reading.effective) <= case.policy.episode_gap for at in earlier)
