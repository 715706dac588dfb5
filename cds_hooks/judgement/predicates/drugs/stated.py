"""Predicate over what someone once said of a drug: a statement of long ago does not tell what is taken today."""

from __future__ import annotations

from typing import ClassVar

from cds_hooks.facts import Moment, Therapy
from cds_hooks.judgement.chart.case import Case
from cds_hooks.judgement.chart.marks import Marks, marks
from cds_hooks.judgement.predicates.drugs.drugs import in_words
from cds_hooks.judgement.predicates.outcome import Outcome, step
from cds_hooks.judgement.predicates.predicate import Plain
from cds_hooks.judgement.timing.clock import days_between, sort_key
from cds_hooks.judgement.timing.forms import Days


class StatedLongAgo(Plain):
    """That a drug is taken rests on statements alone, and the last word on it is older than so many days.

    An order is a prescription that was not ended; a statement without any date leaves open when it was made.
    """

    keyword: ClassVar[str] = "stated_long_ago"

    stated_long_ago: tuple[str, ...]  # ingredients or classes
    older_than: Days

    @property
    def marks(self) -> Marks | None:
        return marks("taken", self.stated_long_ago)

    @property
    def told_by_marks(self) -> bool:
        return True

    def surely_false(self, case: Case) -> bool:
        """None of it is on the list."""
        return not case.taken(self.stated_long_ago)

    def judge(self, case: Case) -> Outcome:
        """Never unknown."""
        taken = case.taken(self.stated_long_ago)
        drug = in_words(self.stated_long_ago)
        if not taken or any(one.stated is None for one in taken):
            return Outcome(False, (step(self.keyword, False, f"{drug} does not rest on a dated statement alone"),))
        last = max((at for one in taken if (at := self._last(case, one)) is not None), key=sort_key)
        truth = days_between(last, case.today) > self.older_than
        text = f"{drug}: last stated to be taken on {last.day.isoformat()}"
        because = step(self.keyword, truth, text, limit=f"more than {self.older_than} days ago")
        return Outcome(truth, (because,), values={"since": last.day.isoformat()})

    def _last(self, case: Case, therapy: Therapy) -> Moment | None:
        doses = [dose.at for dose in case.facts.doses if not set(dose.ingredients).isdisjoint(therapy.ingredients)]
        moments = [moment for moment in (therapy.stated, therapy.start, *doses) if moment is not None]
        return max(moments, key=sort_key, default=None)
