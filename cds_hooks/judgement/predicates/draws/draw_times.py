"""Predicates over the time of a draw: whether the newest level was drawn when it can be judged."""

from __future__ import annotations

from typing import ClassVar, Literal

from cds_hooks.facts import Reading
from cds_hooks.judgement.chart.case import Case
from cds_hooks.judgement.predicates.outcome import Outcome, step
from cds_hooks.judgement.predicates.predicate import Plain
from cds_hooks.judgement.timing.clock import days_between
from cds_hooks.judgement.timing.course import Course
from cds_hooks.judgement.timing.forms import Form, TimingClass


class Mistimed(Plain):
    """The newest level on treatment was drawn at a time that it must not be judged at.

    `kind` is `invalid` (a known but wrong time after the dose), `unknown` (the time cannot be told), `no-form` (how the
    drug is given is not recorded, or has no rules here) or `early` (before the dose had settled).
    """

    keyword: ClassVar[str] = "mistimed"

    mistimed: tuple[str, ...]  # analytes
    kind: Literal["invalid", "unknown", "no-form", "early"]

    @property
    def asks_about(self) -> tuple[str, ...]:
        return self.mistimed

    def surely_false(self, case: Case) -> bool:
        """Whether there is no level on treatment, or each was drawn as `kind` does not say."""
        course = case.course
        if course is None or course.current is None:
            return True
        for level in self._levels(case):  # noqa: SIM110  (a generator takes twice as long)
            if not self._was_not(case, course, level):
                return False
        return True

    def _was_not(self, case: Case, course: Course, level: Reading) -> bool:
        if course.form is None:
            return self.kind == "unknown"
        if self.kind == "early":
            return course.first_valid_from is not None and course.is_early(level) is False
        timing = case.timing(level)
        if self.kind == "no-form" or timing is None:
            return True
        return timing.label != "unknown" and (self.kind == "unknown" or timing.label in course.form.valid)

    def _levels(self, case: Case) -> list[Reading]:
        return [
            level
            for analyte in self.mistimed
            if analyte in case.readings
            for level in case.levels(analyte, preliminary=False, within=case.policy.results_for)[:1]
        ]

    def judge(self, case: Case) -> Outcome:
        """False without a level, or after treatment has stopped; unknown when the chart cannot tell."""
        course, levels = case.course, self._levels(case)
        if course is None or course.current is None or not levels:
            return Outcome(False, (step(self.keyword, False, "no level on present treatment to judge the time of"),))
        outcomes = [self._judge_one(case, course, level) for level in levels]
        first = next((o for o in outcomes if o.truth), None) or next((o for o in outcomes if o.truth is None), None)
        return first or outcomes[0]

    def _judge_one(self, case: Case, course: Course, level: Reading) -> Outcome:
        if course.form is None:
            missing = "dosageInstruction.route and timing"
            text = f"{case.named(level)}: how the drug is given is not recorded, or has no rules here"
            truth = {"no-form": True, "unknown": False}.get(self.kind)
            because = step(self.keyword, truth, text, missing=missing)
            return Outcome(truth, (because,), (level,), (), () if truth else ("timing",), case.sentence(level))
        if self.kind == "early":
            return self._judge_early(case, course, course.form, level)
        if self.kind == "no-form":
            return Outcome(False, (step(self.keyword, False, f"given as {course.form.title}"),), (level,))
        return self._judge_time(case, course.form, level)

    def _judge_early(self, case: Case, course: Course, form: Form, level: Reading) -> Outcome:
        early, changed = course.is_early(level), course.first_valid_from
        if early is None or changed is None:
            text = "the start of treatment is not recorded"
            because = step(self.keyword, None, text, missing="MedicationRequest.authoredOn")
            return Outcome(None, (because,), (level,), (), ("start of treatment",))
        days = days_between(changed, level.effective)
        text = f"{case.named(level)} drawn on day {days} after start or change"
        limit = f"day {form.first_valid}" if form.first_valid else None
        values = {**case.sentence(level), "days": str(days), "first_valid": str(form.first_valid)}
        return Outcome(early, (step(self.keyword, early, text, limit=limit),), (level,), values=values)

    def _judge_time(self, case: Case, form: Form, level: Reading) -> Outcome:
        timing = case.timing(level)
        if timing is None:
            return Outcome(False, (step(self.keyword, False, "the time of the draw does not matter"),), (level,))
        unknown = timing.label == "unknown"
        truth = unknown if self.kind == "unknown" else None if unknown else timing.label not in form.valid
        values = case.sentence(level)
        text = f"{case.named(level)} drawn {values['timing']}{values['after']}; valid {form.valid_names}"
        if timing.phase is not None:
            text += f"; phase {timing.phase}"
        because = step(self.keyword, truth, text, missing=timing.missing)
        return Outcome(truth, (because,), (level,), (), ("timing",) if truth is None else (), values)


class DrawnAt(Plain):
    """The newest level on treatment was drawn at one of these times after the dose."""

    keyword: ClassVar[str] = "drawn"

    drawn: str  # the analyte
    at: tuple[TimingClass, ...]

    @property
    def asks_about(self) -> tuple[str, ...]:
        return (self.drawn,)

    def judge(self, case: Case) -> Outcome:
        """False after treatment has stopped; unknown when the time cannot be told, or there is no level."""
        if case.course is not None and case.course.current is None:
            return Outcome(False, (step(self.keyword, False, "treatment has stopped: its level is not judged"),))
        group = case.levels(self.drawn, preliminary=False, within=case.policy.results_for)
        if not group:
            blocked = case.blocking(self.drawn, None, preliminary=False)
            because = step(self.keyword, None, f"no usable {case.label(self.drawn)} result on treatment found here")
            return Outcome(None, (because,), blocked=blocked)
        timing = case.timing(group[0])
        if timing is None or timing.label == "unknown":
            because = step(self.keyword, None, "the draw's time after the dose is not known")
            return Outcome(None, (because,), group[:1], (), ("timing",))
        truth = timing.label in self.at
        text = f"{case.named(group[0])} drawn at {timing.label}"
        return Outcome(truth, (step(self.keyword, truth, text),), group[:1])
