"""Predicate over a result that is not there: within a time, after a drug was begun, or before it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import ClassVar

from pydantic import model_validator

from cds_hooks.facts import Reading
from cds_hooks.judgement.chart.case import Case
from cds_hooks.judgement.chart.marks import Marks, marks
from cds_hooks.judgement.predicates.outcome import Outcome, step
from cds_hooks.judgement.predicates.predicate import Plain
from cds_hooks.judgement.predicates.starts import has_stopped, is_planned, not_taken, undated
from cds_hooks.judgement.timing.clock import days_between
from cds_hooks.judgement.timing.forms import Days


class Missing(Plain):
    """No usable result of an analyte within a time (or on the day of another's newest result), and none ordered.

    Counted from the start of a drug with `since_start_of`, or from the last start or change of the protocol's own with
    `since_change`: none from `after` that start on, once it is `until` (else `after`) days old; a late one counts too.
    With `for_days` that start is asked about for so many days and no longer.
    With `before_start`: none in so many days before the start, or before today while the drug is only planned.
    """

    keyword: ClassVar[str] = "no_result"

    no_result: str
    within: Days | None = None
    same_day_as: str | None = None
    since_start_of: tuple[str, ...] = ()
    since_change: bool = False
    after: Days = 0
    until: Days | None = None
    for_days: Days | None = None
    before_start: Days | None = None

    @model_validator(mode="after")
    def _one_span(self) -> Missing:
        since = (bool(self.since_start_of) or self.since_change) and self.before_start is None
        if [self.within is not None, since, self.before_start is not None].count(True) != 1:
            raise ValueError("no_result: give one of within, since_start_of, since_change and before_start")
        if self.until is not None and self.until < self.after:
            raise ValueError("no_result: until is before after")
        if self.for_days is not None and not since:
            raise ValueError("no_result: for_days counts from a start: give since_start_of or since_change")
        return self

    @property
    def asks_about(self) -> tuple[str, ...]:
        return (self.no_result,)

    @property
    def marks(self) -> Marks | None:
        if not self.since_start_of or self.since_change or self.before_start is not None:
            return None
        return marks("listed", self.since_start_of) | marks("given", self.since_start_of)

    def surely_false(self, case: Case) -> bool:
        """Whether there is one within the time, or none is due yet."""
        if self.within is not None:
            return bool(self._found(case, self.within))
        if self.before_start is not None:
            return False
        course = case.course_of(() if self.since_change else self.since_start_of)
        if course is None or has_stopped(course):
            return True
        start = course.first_valid_from if self.since_change else course.start
        if start is None:
            return False
        if days_between(start, case.today) < (self.after if self.until is None else self.until):
            return True
        return bool(self._dated(case, start.day + timedelta(days=self.after), case.today.day))

    def judge(self, case: Case) -> Outcome:
        """Unknown while older pages of the history were not supplied, or a start that decides is missing."""
        if self.within is not None:
            where = f"in the last {self.within} days"
            return self._judge_found(case, self._found(case, self.within), where, f"{self.within} days")
        if self.before_start is not None:
            return self._before(case, self.before_start)
        return self._since(case)

    def _since(self, case: Case) -> Outcome:
        course = case.course_of(() if self.since_change else self.since_start_of)
        if course is None or has_stopped(course):
            return not_taken(self.keyword, self.since_start_of)
        start = course.first_valid_from if self.since_change else course.start
        if start is None:
            return undated(self.keyword, self.since_start_of)
        day, due = days_between(start, case.today), self.after if self.until is None else self.until
        if day < due:
            text = f"day {day} since {start.day.isoformat()}: a {case.label(self.no_result)} is due by day {due}"
            return Outcome(False, (step(self.keyword, False, text),))
        if self.for_days is not None and day > self.for_days:
            text = f"day {day} since {start.day.isoformat()}: asked for until day {self.for_days}"
            return Outcome(False, (step(self.keyword, False, text),))
        first = start.day + timedelta(days=self.after)
        found = self._dated(case, first, case.today.day)
        where = f"since day {self.after} after {start.day.isoformat()}"
        values = {
            "day": str(day),
            "since": start.day.isoformat(),
            "due": (start.day + timedelta(days=due)).isoformat(),
        }
        limit = f"day {self.after}" if self.until is None else f"day {self.after} to {self.until}"
        return self._judge_found(case, found, where, limit, values)

    def _before(self, case: Case, window: int) -> Outcome:
        course = case.course_of(self.since_start_of)
        if course is None or (has_stopped(course) and is_planned(case, self.since_start_of or (course.drug,))):
            found = self._dated(case, case.today.day - timedelta(days=window), case.today.day)
            return self._judge_found(case, found, f"in the {window} days before today", f"{window} days")
        if course.start is None:
            return undated(self.keyword, self.since_start_of)
        began = course.start.day
        found = self._dated(case, began - timedelta(days=window), began)
        where = f"in the {window} days before the start on {began.isoformat()}"
        values = {"since": began.isoformat()}
        return self._judge_found(case, found, where, f"{window} days", values, orders_count=False)

    def _judge_found(
        self,
        case: Case,
        found: Sequence[Reading],
        where: str,
        limit: str,
        values: dict[str, str] | None = None,
        *,
        orders_count: bool = True,
    ) -> Outcome:
        label = case.label(self.no_result)
        values = {"analyte": label, "limit": limit, **(values or {})}
        if found:
            text = f"{case.named(found[0])} found"
            return Outcome(False, (step(self.keyword, False, text),), tuple(found), values=values)
        if orders_count and case.ordered((self.no_result,)):
            return Outcome(False, (step(self.keyword, False, f"{label} is already ordered"),), values=values)
        if "labs" in case.facts.incomplete:
            text = "only part of the laboratory history was supplied"
            because = step(self.keyword, None, text, missing="Bundle.link")
            return Outcome(None, (because,), blocked=("labs incomplete",))
        text = f"no usable {label} result found here {where}"
        unusable = case.unusable.get(self.no_result, ())[:3]
        return Outcome(True, (step(self.keyword, True, text),), (), unusable, (), values)

    def _found(self, case: Case, within: int) -> tuple[Reading, ...]:
        found = case.latest(self.no_result, preliminary=False, within=within)
        if self.same_day_as is None:
            return found
        other = case.latest(self.same_day_as, preliminary=False, within=None)
        return tuple(reading for reading in found if other and reading.effective.day == other[0].effective.day)

    def _dated(self, case: Case, first: date, last: date) -> tuple[Reading, ...]:
        usable = case.usable(self.no_result, preliminary=False)
        return tuple(reading for reading in usable if first <= reading.effective.day <= last)[:1]
