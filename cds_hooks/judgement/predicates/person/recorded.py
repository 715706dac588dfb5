"""Predicate over diagnoses, symptoms and procedures: whether one is recorded, and since when."""

from __future__ import annotations

from functools import cached_property
from typing import ClassVar, Literal

from cds_hooks.facts import Condition, Moment, Unread
from cds_hooks.judgement.chart.case import Case
from cds_hooks.judgement.chart.marks import Marks, marks, unsure
from cds_hooks.judgement.predicates.drugs.drugs import Truth, both, either
from cds_hooks.judgement.predicates.outcome import Outcome, step
from cds_hooks.judgement.predicates.predicate import Plain
from cds_hooks.judgement.timing.clock import days_between
from cds_hooks.judgement.timing.forms import Days
from terminology.conditions import with_kinds


class Recorded(Plain):
    """One of these diagnoses, symptoms or procedures is recorded and active."""

    keyword: ClassVar[str] = "condition"

    condition: tuple[str, ...]
    past_too: bool = False
    looked_up_in: tuple[Literal["conditions", "procedures"], ...] = ("conditions",)
    since_start: bool = False  # only those that began during the present course
    not_before_start: bool = False  # none of a day that is known to lie before the present course
    within: Days | None = None  # only those that began, else were written down, so many days ago or less
    older_than: Days | None = None  # or longer ago than this

    @cached_property
    def _meant(self) -> frozenset[str]:
        """The concepts, and the kinds of each."""
        return frozenset(with_kinds(self.condition))

    @property
    def marks(self) -> Marks | None:
        return marks("recorded", self._meant) | unsure(self.looked_up_in)

    @property
    def told_by_marks(self) -> bool:
        return True

    def surely_false(self, case: Case) -> bool:
        """Whether the chart names none of them, and would if there were one."""
        facts, kinds = case.facts, self.looked_up_in
        was_whole = facts.absent.isdisjoint(kinds) and facts.incomplete.isdisjoint(kinds)
        return was_whole and case.concepts.isdisjoint(self._meant)

    def judge(self, case: Case) -> Outcome:
        """False when not recorded here; unknown when conditions were not all supplied, or one is recorded in doubt."""
        found = [
            condition
            for condition in case.facts.conditions
            if condition.concept in self._meant and (condition.active or self.past_too)
        ]
        if self.since_start:
            start = case.course.start if case.course is not None else None
            found = [c for c in found if c.onset is not None and start is not None and days_between(start, c.onset) > 0]
        if self.not_before_start:
            found = [condition for condition in found if not _is_before_start(case, condition)]
        in_time = {condition: self._is_in_time(case, _dated(condition)) for condition in found}
        truth = either(in_time.values())
        if truth:
            return self._present(next(condition for condition, counts in in_time.items() if counts))
        if truth is None:
            return self._undated(next(condition for condition, counts in in_time.items() if counts is None))
        return self._not_recorded(case, found)

    def _may_count(self, case: Case, doubtful: Unread) -> bool:
        """Whether a diagnosis in doubt would count if it were sure."""
        if self._meant.isdisjoint(doubtful.concepts) or (doubtful.past and not self.past_too):
            return False
        return self._is_in_time(case, doubtful.effective) is not False

    def _is_in_time(self, case: Case, moment: Moment | None) -> Truth:
        if self.within is None and self.older_than is None:
            return True
        if moment is None:
            return None
        age = days_between(moment, case.today)
        return both((self.within is None or age <= self.within, self.older_than is None or age > self.older_than))

    def _present(self, condition: Condition) -> Outcome:
        name, moment = _named(condition), _dated(condition)
        since = moment.day.isoformat() if moment is not None else None
        dated = f" of {since}" if since is not None and self._asks_time else ""
        text = f"{name}{dated} recorded ({condition.reference})"
        values = {"condition": name} | ({"since": since} if since is not None else {})
        return Outcome(True, (step(self.keyword, True, text, limit=self._limit),), values=values)

    def _undated(self, condition: Condition) -> Outcome:
        text = f"{_named(condition)} recorded without a date ({condition.reference})"
        because = step(self.keyword, None, text, limit=self._limit, missing="Condition.onset or recordedDate")
        return Outcome(None, (because,), blocked=("date of diagnosis",), values={"condition": _named(condition)})

    def _not_recorded(self, case: Case, found: list[Condition]) -> Outcome:
        wanted = " or ".join(name.replace("-", " ") for name in self.condition)
        doubtful = next((one for one in case.facts.unread if self._may_count(case, one)), None)
        if doubtful is not None:
            text = f"whether {wanted} is present is not known: recorded in doubt ({doubtful.reference})"
            because = step(self.keyword, None, text, missing="Condition.verificationStatus")
            return Outcome(None, (because,), blocked=("diagnosis in doubt",))
        absent = [kind for kind in self.looked_up_in if kind in case.facts.absent]
        if absent:
            text = f"whether {wanted} is recorded is not known: no {' or '.join(absent)} were supplied"
            because = step(self.keyword, None, text, missing=absent[0].capitalize().rstrip("s"))
            return Outcome(None, (because,), blocked=(f"{absent[0]} absent",))
        partial = [kind for kind in self.looked_up_in if kind in case.facts.incomplete]
        if partial:
            text = f"whether {wanted} is recorded is not known: only a part of the {' and '.join(partial)} was supplied"
            because = step(self.keyword, None, text, missing="Bundle.link")
            return Outcome(None, (because,), blocked=(f"{partial[0]} incomplete",))
        dated = [f"{_named(one)} of {moment.day.isoformat()}" for one in found if (moment := _dated(one)) is not None]
        text = f"{dated[0]} recorded, not {self._limit}" if dated else f"no {wanted} recorded here"
        return Outcome(False, (step(self.keyword, False, text, limit=self._limit),))

    @property
    def _asks_time(self) -> bool:
        return self.within is not None or self.older_than is not None

    @property
    def _limit(self) -> str | None:
        asked = [
            *((f"within {self.within} days",) if self.within is not None else ()),
            *((f"more than {self.older_than} days ago",) if self.older_than is not None else ()),
        ]
        return " and ".join(asked) or None


def _dated(condition: Condition) -> Moment | None:
    return condition.onset or condition.recorded


def _is_before_start(case: Case, condition: Condition) -> bool:
    start, moment = case.course.start if case.course is not None else None, _dated(condition)
    return start is not None and moment is not None and days_between(start, moment) < 0


def _named(condition: Condition) -> str:
    return condition.concept.replace("-", " ")
