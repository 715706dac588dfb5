"""Predicates over the person and the treatment: how the drug is given, for how long, age, profile."""

from __future__ import annotations

from typing import ClassVar, Literal

from cds_hooks.judgement.chart.case import Case
from cds_hooks.judgement.predicates.outcome import Outcome, step
from cds_hooks.judgement.predicates.predicate import Plain
from cds_hooks.judgement.timing.age import age
from cds_hooks.judgement.timing.clock import days_between
from cds_hooks.judgement.timing.forms import Days


class GivenAs(Plain):
    """The protocol's drug is given in one of these forms."""

    keyword: ClassVar[str] = "form"

    form: tuple[str, ...]

    def surely_false(self, case: Case) -> bool:
        """Whether the form is known and none of these."""
        form = case.course.form if case.course is not None else None
        return form is not None and form.id not in self.form

    def judge(self, case: Case) -> Outcome:
        """Unknown when product, route or interval are not recorded well enough to tell the form."""
        form = case.course.form if case.course is not None else None
        if form is None:
            because = step(
                self.keyword,
                None,
                "how the drug is given is not recorded",
                missing="dosageInstruction.route and timing",
            )
            return Outcome(None, (because,), blocked=("timing",))
        truth = form.id in self.form
        current = case.course.current if case.course is not None else None
        because = step(
            self.keyword, truth, f"given as {form.title}", value=current.basis if current is not None else None
        )
        return Outcome(truth, (because,), values={"form": form.title})


class TreatedFor(Plain):
    """The present course has lasted at least, or at most, some time."""

    keyword: ClassVar[str] = "treated_for"

    treated_for: Literal["at_least", "at_most", "unknown"]
    days: Days = 0

    def surely_false(self, case: Case) -> bool:
        """Whether the start is known, and today on the other side of the day."""
        start = case.course.start if case.course is not None else None
        if start is None or self.treated_for == "unknown":
            return start is not None
        days = days_between(start, case.today)
        return days < self.days if self.treated_for == "at_least" else days > self.days

    def judge(self, case: Case) -> Outcome:
        """Unknown without a recorded start."""
        start = case.course.start if case.course is not None else None
        if self.treated_for == "unknown":
            text = "the start of treatment is recorded" if start else "the start of treatment is not recorded"
            return Outcome(start is None, (step(self.keyword, start is None, text),))
        if start is None:
            text = "the start of treatment is not recorded"
            because = step(self.keyword, None, text, missing="MedicationRequest.authoredOn")
            return Outcome(None, (because,), blocked=("start of treatment",))
        days = days_between(start, case.today)
        truth = days >= self.days if self.treated_for == "at_least" else days <= self.days
        return Outcome(truth, (step(self.keyword, truth, f"day {days} of treatment"),), values={"day": str(days)})


class ProfileIs(Plain):
    """The protocol is judged with one of these profiles, or with one that extends it."""

    keyword: ClassVar[str] = "profile"

    profile: tuple[str, ...]

    def surely_false(self, case: Case) -> bool:
        """Whether it is judged with another."""
        return case.profile not in self.profile and case.extends not in self.profile

    def judge(self, case: Case) -> Outcome:
        """Never unknown."""
        truth = not self.surely_false(case)
        return Outcome(truth, (step(self.keyword, truth, f"profile {case.profile}"),))


class ProfileAsked(Plain):
    """A profile was asked for by name, of whichever protocol."""

    keyword: ClassVar[str] = "asked"

    asked: Literal[True] | tuple[str, ...]  # any, or one of these
    but_not: tuple[str, ...] = ()  # profiles that say nothing here

    def surely_false(self, case: Case) -> bool:
        """Whether none was."""
        return not case.wanted

    def judge(self, case: Case) -> Outcome:
        """Never unknown."""
        meant = case.wanted if self.asked is True else self.asked
        named = [name for name in case.wanted if name in meant and name not in self.but_not]
        text = f"profile {named[0]} was asked for" if named else "no profile was asked for"
        return Outcome(bool(named), (step(self.keyword, bool(named), text),))


class AgeAtLeast(Plain):
    """The patient has reached an age."""

    keyword: ClassVar[str] = "age_at_least"

    age_at_least: int

    def surely_false(self, case: Case) -> bool:
        """Whether the patient is known to be younger."""
        years = age(case.facts.patient.birth_date, case.today.day)
        return years is not None and years < self.age_at_least

    def judge(self, case: Case) -> Outcome:
        """Unknown without a birth date."""
        years = age(case.facts.patient.birth_date, case.today.day)
        if years is None:
            because = step(self.keyword, None, "age is not recorded", missing="Patient.birthDate")
            return Outcome(None, (because,), blocked=("age",))
        truth = years >= self.age_at_least
        return Outcome(
            truth, (step(self.keyword, truth, f"age {years}", limit=f"from {self.age_at_least} years of age"),)
        )


class AgeBelow(Plain):
    """The patient has not reached an age, in completed years."""

    keyword: ClassVar[str] = "age_below"

    age_below: int

    def surely_false(self, case: Case) -> bool:
        """Whether the patient is known to have reached it."""
        years = age(case.facts.patient.birth_date, case.today.day)
        return years is not None and years >= self.age_below

    def judge(self, case: Case) -> Outcome:
        """Unknown without a birth date."""
        years = age(case.facts.patient.birth_date, case.today.day)
        if years is None:
            because = step(self.keyword, None, "age is not recorded", missing="Patient.birthDate")
            return Outcome(None, (because,), blocked=("age",))
        truth = years < self.age_below
        because = step(self.keyword, truth, f"age {years}", limit=f"below {self.age_below} years of age")
        return Outcome(truth, (because,), values={"age": str(years)})
