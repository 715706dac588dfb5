"""Predicates over the body: organs present or absent, and the anatomy they or the recorded sex tell."""

from __future__ import annotations

from typing import ClassVar, Literal

from cds_hooks.judgement.chart.anatomy import Kind, Organ
from cds_hooks.judgement.chart.case import Case
from cds_hooks.judgement.chart.marks import ASSUMED, Marks, marks
from cds_hooks.judgement.predicates.outcome import Outcome, step
from cds_hooks.judgement.predicates.predicate import Plain

_MISSING = "Patient.gender or organ inventory"
_OBSTACLE = ("organ inventory",)


class HasOrgan(Plain):
    """The organ is present: recorded, or assumed from the recorded sex and said so."""

    keyword: ClassVar[str] = "organ"

    organ: Organ
    shown_by: str | None = None  # an analyte whose result shows the organ, where sex is not recorded
    recorded: bool = False  # by record alone, never assumed

    @property
    def marks(self) -> Marks | None:
        return marks("own organ" if self.recorded else "organ", [self.organ])

    @property
    def told_by_marks(self) -> bool:
        return True

    def surely_false(self, case: Case) -> bool:
        """Whether it is known to be absent, or not recorded where only the record counts."""
        if self.recorded:
            return self.organ not in case.facts.patient.organs
        return case.has_organ(self.organ)[0] is False

    def judge(self, case: Case) -> Outcome:
        """Unknown without an organ inventory and a recorded sex; never so where only the record counts."""
        truth, text = case.has_organ(self.organ)
        if self.recorded and self.organ not in case.facts.patient.organs:
            text = text if self.organ in case.facts.patient.organs_absent else f"{self.organ} not recorded as present"
            return Outcome(False, (step(self.keyword, False, text),))
        measured = case.readings.get(self.shown_by, ()) if truth is None and self.shown_by is not None else ()
        if measured:
            text = f"{self.organ} assumed: {case.named(measured[0])} was measured; sex is not recorded"
            return Outcome(True, (step(self.keyword, True, text),))
        if truth is None:
            because = step(self.keyword, None, text, missing=_MISSING)
            return Outcome(None, (because,), blocked=_OBSTACLE)
        return Outcome(truth, (step(self.keyword, truth, text),))


class LacksOrgan(Plain):
    """The organ is recorded as absent; a sex alone never says so."""

    keyword: ClassVar[str] = "organ_absent"

    organ_absent: Organ

    def surely_false(self, case: Case) -> bool:
        """Whether it is not."""
        return self.organ_absent not in case.facts.patient.organs_absent

    def judge(self, case: Case) -> Outcome:
        """Never unknown: what is not recorded is not recorded as absent."""
        absent = self.organ_absent in case.facts.patient.organs_absent
        text = f"{self.organ_absent} {'' if absent else 'not '}recorded as absent"
        return Outcome(absent, (step(self.keyword, absent, text),))


class HasAnatomy(Plain):
    """The patient's anatomy is of this kind: by recorded organs, else by those removed, else by the recorded sex."""

    keyword: ClassVar[str] = "anatomy"

    anatomy: Kind
    recorded: bool = False  # by organs alone

    @property
    def marks(self) -> Marks | None:
        return marks("anatomy", [self.anatomy])

    @property
    def told_by_marks(self) -> bool:
        return not self.recorded

    def surely_false(self, case: Case) -> bool:
        """Whether it is of the other kind, or not by organs where only they count."""
        found = case.anatomy
        return (self.recorded and not found.recorded) or found.kind not in (None, self.anatomy)

    def judge(self, case: Case) -> Outcome:
        """Unknown where nothing recorded tells it, or organs of both kinds are."""
        found = case.anatomy
        if self.recorded and not found.recorded:
            return Outcome(False, (step(self.keyword, False, "no organs recorded that tell the anatomy"),))
        values = {"anatomy": found.kind} if found.kind is not None else {}
        if found.kind is None:
            because = step(self.keyword, None, found.text, missing=_MISSING)
            return Outcome(None, (because,), blocked=_OBSTACLE)
        truth = found.kind == self.anatomy
        return Outcome(truth, (step(self.keyword, truth, found.text, limit=self.anatomy),), values=values)


class AnatomyAssumed(Plain):
    """The anatomy is known from the administrative gender alone."""

    keyword: ClassVar[str] = "assumed_anatomy"

    assumed_anatomy: Literal[True]

    @property
    def marks(self) -> Marks | None:
        return frozenset([ASSUMED])

    @property
    def told_by_marks(self) -> bool:
        return True

    def surely_false(self, case: Case) -> bool:
        """Whether organs, or a sex recorded for clinical use, tell it."""
        return not case.anatomy.assumed

    def judge(self, case: Case) -> Outcome:
        """Never unknown: what is not recorded at all is not assumed."""
        found = case.anatomy
        because = step(self.keyword, found.assumed, found.text, missing=_MISSING if found.assumed else None)
        return Outcome(found.assumed, (because,), values={"anatomy": found.kind} if found.kind is not None else {})
