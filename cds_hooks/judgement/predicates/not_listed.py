"""Predicate over the medication list: none of some drugs is on it."""

from __future__ import annotations

from typing import ClassVar

from cds_hooks.judgement.case import Case
from cds_hooks.judgement.predicates.drugs import in_words, is_one_of, named_drug
from cds_hooks.judgement.predicates.outcome import Outcome, step
from cds_hooks.judgement.predicates.predicate import Plain


class NotTaking(Plain):
    """None of these drugs or classes is being taken, as far as the medication list says."""

    keyword: ClassVar[str] = "not_taking"

    not_taking: tuple[str, ...]

    def judge(self, case: Case) -> Outcome:
        """Never unknown."""
        found = next((one for one in case.facts.therapies if one.current and is_one_of(one, self.not_taking)), None)
        if found is None:
            text = f"no {in_words(self.not_taking)} on the medication list"
            return Outcome(True, (step(self.keyword, True, text),))
        text = f"{named_drug(found, self.not_taking)} on the medication list"
        return Outcome(False, (step(self.keyword, False, text),))
