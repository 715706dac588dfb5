"""Predicate over draws and diagnoses: which results were drawn while an illness, or its wake, may colour them."""

from __future__ import annotations

from typing import ClassVar

from cds_hooks.facts import Condition, Reading
from cds_hooks.judgement.chart.case import Case
from cds_hooks.judgement.chart.marks import Marks, marks
from cds_hooks.judgement.predicates.drugs.drugs import Truth, either
from cds_hooks.judgement.predicates.outcome import Outcome, step
from cds_hooks.judgement.predicates.predicate import Plain
from cds_hooks.judgement.predicates.results import nothing_found
from cds_hooks.judgement.predicates.visits import listed
from cds_hooks.judgement.timing.clock import days_between
from cds_hooks.judgement.timing.forms import Days

_SAID = {"illness-acute": "an acute illness", "inpatient-stay": "a stay in hospital"}


class DrawnDuringIllness(Plain):
    """Results of these analytes were drawn within so many days after one of these diagnoses began.

    One in `lasting` counts from its beginning for as long as it is active. Only the newest result of an analyte counts.
    """

    keyword: ClassVar[str] = "drawn_during"

    drawn_during: tuple[str, ...]  # analytes
    ill_with: tuple[str, ...] = ()
    lasting: tuple[str, ...] = ()
    within: Days
    recent: Days = 120  # results older than this are not asked about

    @property
    def asks_about(self) -> tuple[str, ...]:
        return self.drawn_during

    @property
    def marks(self) -> Marks | None:
        return marks("recorded", (*self.ill_with, *self.lasting))

    @property
    def told_by_marks(self) -> bool:
        return True

    def surely_false(self, case: Case) -> bool:
        """No such illness is recorded."""
        return not any(one.concept in self.ill_with or one.concept in self.lasting for one in case.facts.conditions)

    def judge(self, case: Case) -> Outcome:
        """All results it holds for are named; one diagnosis without a date leaves it open."""
        readings = [
            reading
            for analyte in self.drawn_during
            for reading in case.latest(analyte, preliminary=True, within=self.recent)[:1]
        ]
        found = [one for one in case.facts.conditions if one.concept in (*self.ill_with, *self.lasting)]
        if not found:
            return Outcome(False, (step(self.keyword, False, "no such illness recorded here"),))
        if not readings:
            nothing = nothing_found(self.keyword, case, self.drawn_during[:3], (), f"in the last {self.recent} days")
            return nothing if nothing.blocked else Outcome(False, (step(self.keyword, False, nothing.because[0].text),))
        truths = {reading: either(self._coloured(reading, one) for one in found) for reading in readings}
        truth = either(truths.values())
        kept = tuple(reading for reading, one in truths.items() if one is truth)
        telling = [one for one in found if any(self._coloured(reading, one) is truth for reading in kept)] or found
        concept = min(telling, key=lambda one: one.concept in _SAID).concept  # the more precise of two names
        name = _SAID.get(concept, concept.replace("-", " "))
        verb = "may be from after" if truth is None else "was drawn soon after" if truth else "was not drawn after"
        because = tuple(step(self.keyword, truth, f"{case.named(one)} {verb} {name}") for one in kept)
        names = listed(list(dict.fromkeys(case.label(one.analyte) for one in kept)))
        values = {**case.sentence(kept[0]), "names": names, "condition": name}
        return Outcome(truth, because, kept, (), ("date of diagnosis",) if truth is None else (), values)

    def _coloured(self, reading: Reading, condition: Condition) -> Truth:
        moment = condition.onset or condition.recorded
        if condition.concept in self.lasting:
            return condition.active and (moment is None or days_between(moment, reading.effective) >= 0)
        if moment is None:
            return None if condition.active else False
        return 0 <= days_between(moment, reading.effective) <= self.within
