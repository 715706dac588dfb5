"""Predicates over what is not there: drugs that are not on the medication list, diagnoses that are not recorded."""

from __future__ import annotations

from functools import cached_property
from typing import ClassVar

from cds_hooks.judgement.chart.case import Case
from cds_hooks.judgement.predicates.drugs.drugs import in_words, named_drug
from cds_hooks.judgement.predicates.outcome import Outcome, step
from cds_hooks.judgement.predicates.person.recorded import Recorded
from cds_hooks.judgement.predicates.predicate import Plain


class NotTaking(Plain):
    """None of these drugs or classes is being taken, as far as the medication list says."""

    keyword: ClassVar[str] = "not_taking"

    not_taking: tuple[str, ...]

    def surely_false(self, case: Case) -> bool:
        """Whether one is."""
        return bool(case.taken(self.not_taking))

    def judge(self, case: Case) -> Outcome:
        """Never unknown."""
        found = next(iter(case.taken(self.not_taking)), None)
        if found is None:
            text = f"no {in_words(self.not_taking)} on the medication list"
            return Outcome(True, (step(self.keyword, True, text),))
        text = f"{named_drug(found, self.not_taking)} on the medication list"
        return Outcome(False, (step(self.keyword, False, text),))


class NotRecorded(Plain):
    """None of these diagnoses, symptoms or procedures is recorded, now or in the past."""

    keyword: ClassVar[str] = "not_recorded"

    not_recorded: tuple[str, ...]

    @cached_property
    def _recorded(self) -> Recorded:
        return Recorded(condition=self.not_recorded, past_too=True)

    def judge(self, case: Case) -> Outcome:
        """Unknown when nobody supplied conditions, or one is recorded in doubt."""
        found = self._recorded.judge(case)
        truth = None if found.truth is None else not found.truth
        because = tuple(step(self.keyword, truth, one.text, missing=one.missing) for one in found.because)
        return Outcome(truth, because, blocked=found.blocked)
