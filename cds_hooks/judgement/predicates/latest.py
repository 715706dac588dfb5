"""Predicates over results: the newest value against a limit or band, and a result that is missing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

from cds_hooks.facts import Reading
from cds_hooks.judgement.case import Case
from cds_hooks.judgement.predicates.outcome import Outcome, step
from cds_hooks.judgement.predicates.predicate import Numbers, Plain, Predicate, Written
from cds_hooks.judgement.threshold import Band, Threshold
from cds_hooks.judgement.timing.clock import days_between
from cds_hooks.judgement.timing.forms import Days, TimingClass

Side = Literal["below", "above"]
VALID = "valid"
LATEST = "latest"


class WrittenLatest(Written):
    """`latest`: the newest usable result of an analyte is beyond a limit, or outside its target band.

    `timing` asks for a draw at a valid time after the dose ("valid" stands for the form's own list). `times` and
    `apart` ask for that many results beyond the limit, the newest and another at least `apart` days away, with none
    between them that contradicts.
    """

    keyword: ClassVar[str] = LATEST

    latest: str
    at_least: str | None = None
    above: str | None = None
    at_most: str | None = None
    below: str | None = None
    limit: str | None = None
    band: str | None = None
    side: Side | None = None
    timing: tuple[TimingClass | Literal["valid"], ...] = ()
    within: Days = 455
    times: int = 1
    apart: Days = 0

    def ready(self, numbers: Numbers) -> Latest:
        """With its limit in the analyte's canonical unit."""
        urgent = numbers.urgency == "critical"
        asked = (self.timing, self.within, self.times, self.apart, urgent)
        if (self.band is None) is not (self.side is None):
            raise ValueError(f"{self.latest}: band and side go together")
        if self.band is not None and self.side is not None:
            band = numbers.band(self.latest, self.band)
            return Latest(self.latest, None, band, self.side, f"{self.side} {band.text}", band.text, *asked)
        if self.limit is not None:
            limit = numbers.named_limit(self.latest, self.limit)
        else:
            limit = numbers.threshold(self.latest, self.model_dump())
        return Latest(self.latest, limit, None, None, limit.words, limit.text, *asked)


@dataclass(frozen=True, slots=True)
class Latest(Predicate):
    """The newest result against a limit, or one side of a band. `words` is `at or above 54 %`, `text` is `54 %`."""

    analyte: str
    threshold: Threshold | None
    band: Band | None
    side: Side | None
    words: str
    text: str
    timing: tuple[TimingClass | Literal["valid"], ...]
    within: int
    times: int
    apart: int
    urgent: bool

    @property
    def asks_about(self) -> tuple[str, ...]:
        return (self.analyte,)

    def judge(self, case: Case) -> Outcome:
        """The worst answer among the newest results; unknown when a newer one cannot be judged."""
        group = case.latest(self.analyte, preliminary=self.urgent, within=self.within)
        blocked = case.blocking(self.analyte, group[0] if group else None, preliminary=self.urgent)
        if not group:
            return self._without_result(case, blocked)
        outcomes = [self._judge_one(case, reading) for reading in group]
        worst = min(outcomes, key=lambda outcome: (outcome.truth is not True, outcome.truth is not None))
        if len(group) > 1:
            worst = Outcome(worst.truth, worst.because, tuple(group), (), worst.blocked, worst.values)
        if not blocked:
            return worst
        note = step(LATEST, None, f"a newer {case.label(self.analyte)} result cannot be judged: {', '.join(blocked)}")
        truth = True if worst.truth else None
        return Outcome(truth, (*worst.because, note), worst.readings, (), blocked, worst.values)

    def _without_result(self, case: Case, blocked: tuple[str, ...]) -> Outcome:
        label = case.label(self.analyte)
        if blocked:
            text = f"{label} result cannot be judged: {', '.join(blocked)}"
        else:
            text = f"no usable {label} result found here in the last {self.within} days"
        return Outcome(
            None,
            (step(LATEST, None, text, limit=self.words, missing=f"Observation ({label})"),),
            unread=case.unusable.get(self.analyte, ())[:3] if blocked else (),
            blocked=blocked or (("labs incomplete",) if "labs" in case.facts.incomplete else ()),
        )

    def _judge_one(self, case: Case, reading: Reading) -> Outcome:
        doubt = self._doubt_about_time(case, reading)
        if doubt is not None:
            return doubt
        truth = self._beyond(reading)
        value = case.canonical(reading)
        values = {"value": value, "limit": self.text, "analyte": case.label(self.analyte)}
        values.update(case.described(reading))
        verb = "may or may not be" if truth is None else "is" if truth else "is not"
        text = f"{case.named(reading)} {verb} {self.words}"
        because = step(LATEST, truth, text, value=value, limit=self.words)
        outcome = Outcome(truth, (because,), (reading,), (), (), values)
        return self._confirmed(case, outcome) if truth and self.times > 1 else outcome

    def _beyond(self, reading: Reading) -> bool | None:
        if self.threshold is not None:
            return self.threshold.holds(reading)
        if self.band is None:
            return None
        return self.band.below(reading) if self.side == "below" else self.band.above(reading)

    def _doubt_about_time(self, case: Case, reading: Reading) -> Outcome | None:
        if not self.timing:
            return None
        course, timing = case.course, case.timing(reading)
        if course is None or course.form is None:
            return _untimed(
                case, reading, "how the drug is given is not recorded", "dosageInstruction.route and timing"
            )
        if course.is_early(reading):
            text = f"drawn before the dose had settled ({course.form.first_valid} days)"
            return _untimed(case, reading, text, None)
        if timing is None:
            return None
        allowed = course.form.valid if VALID in self.timing else self.timing
        if timing.label in allowed:
            return None
        if timing.label == "unknown":
            return _untimed(case, reading, "the draw's time after the dose is not known", timing.missing)
        wanted = " or ".join(course.form.named(label) for label in allowed if label != "valid")
        return _untimed(case, reading, f"drawn {course.form.named(timing.label)}; this limit is for {wanted}", None)

    def _confirmed(self, case: Case, outcome: Outcome) -> Outcome:
        streak = self._streak(case)
        apart = days_between(streak[-1].effective, streak[0].effective)
        enough = len({reading.effective.day for reading in streak}) >= self.times and apart >= self.apart
        text = f"{self.times} results {self.words} at least {self.apart} days apart"
        text += f", found over {apart} days" if enough else ": not confirmed"
        because = (*outcome.because, step("confirmed", enough, text))
        return Outcome(enough, because, tuple(streak), (), (), {**outcome.values, "count": str(len(streak))})

    def _streak(self, case: Case) -> list[Reading]:
        streak = []
        for reading in case.usable(self.analyte, preliminary=self.urgent):
            if self._beyond(reading) is not True:
                break
            streak.append(reading)
        return streak


class Missing(Plain):
    """No usable result of an analyte within a time, and none ordered."""

    keyword: ClassVar[str] = "no_result"

    no_result: str
    within: Days

    @property
    def asks_about(self) -> tuple[str, ...]:
        return (self.no_result,)

    def judge(self, case: Case) -> Outcome:
        """Unknown while older pages of the history were not supplied, or a result cannot be judged."""
        label = case.label(self.no_result)
        latest = case.latest(self.no_result, preliminary=False, within=self.within)
        values = {"analyte": label, "limit": f"{self.within} days"}
        if latest:
            text = f"{label} {case.canonical(latest[0])} found, of {latest[0].effective.text}"
            return Outcome(False, (step(self.keyword, False, text),), tuple(latest), (), (), values)
        if any(self.no_result in order.analytes for order in case.facts.orders):
            return Outcome(False, (step(self.keyword, False, f"{label} is already ordered"),), values=values)
        if "labs" in case.facts.incomplete:
            return Outcome(
                None,
                (step(self.keyword, None, "only part of the laboratory history was supplied", missing="Bundle.link"),),
                blocked=("labs incomplete",),
            )
        text = f"no usable {label} result found here in the last {self.within} days"
        return Outcome(
            True, (step(self.keyword, True, text),), (), case.unusable.get(self.no_result, ())[:3], (), values
        )


def _untimed(case: Case, reading: Reading, why: str, missing: str | None) -> Outcome:
    because = step("timing", None, f"{case.named(reading)}: {why}", value=case.canonical(reading), missing=missing)
    return Outcome(None, (because,), (reading,), (), ("timing",))
