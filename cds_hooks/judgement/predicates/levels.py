"""Predicates over results: the latest value against a limit or band, a rise since baseline, a missing result."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import ClassVar, Literal

from pydantic import PrivateAttr, ValidationInfo, model_validator

from cds_hooks.facts import Reading
from cds_hooks.findings import Because
from cds_hooks.judgement.case import Case, number, same_moment
from cds_hooks.judgement.predicates.outcome import Outcome, step
from cds_hooks.judgement.predicates.predicate import Predicate, numbers
from cds_hooks.judgement.threshold import Band, Threshold, compare
from cds_hooks.judgement.timing.clock import days_between
from cds_hooks.judgement.timing.forms import Days, TimingClass
from terminology.conversion import EXACT

_FLIPPED = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}


class Latest(Predicate):
    """The newest usable result of an analyte is beyond a limit, or outside its target band.

    `timing` asks for a draw at a valid time after the dose ("valid" stands for the form's own list). `times` and
    `apart` ask for that many results beyond the limit, the newest and another at least `apart` days away, with none
    between them that contradicts.
    """

    keyword: ClassVar[str] = "latest"

    latest: str
    at_least: str | None = None
    above: str | None = None
    at_most: str | None = None
    below: str | None = None
    limit: str | None = None
    band: str | None = None
    side: Literal["below", "above", "inside"] | None = None
    timing: tuple[TimingClass | Literal["valid"], ...] = ()
    within: Days = 455
    times: int = 1
    apart: Days = 0

    _threshold: Threshold | None = PrivateAttr(default=None)
    _band: Band | None = PrivateAttr(default=None)
    _urgent: bool = PrivateAttr(default=False)

    @model_validator(mode="after")
    def _read_numbers(self, info: ValidationInfo) -> Latest:
        context = numbers(info)
        if (self.band is None) is not (self.side is None):
            raise ValueError(f"{self.latest}: band and side go together")
        if self.band is not None:
            self._band = context.band(self.latest, self.band)
        elif self.limit is not None:
            self._threshold = context.named_limit(self.latest, self.limit)
        else:
            self._threshold = context.threshold(self.latest, self.model_dump())
        self._urgent = context.urgency == "critical"
        return self

    @property
    def asks_about(self) -> tuple[str, ...]:
        return (self.latest,)

    @property
    def threshold(self) -> Threshold | None:
        """The limit, when it is one."""
        return self._threshold

    @property
    def words(self) -> str:
        """`at or above 54 %`, `below 450–700 ng/dL`."""
        if self._threshold is not None:
            return self._threshold.words
        assert self._band is not None  # noqa: S101  (one of the two is always read)
        return f"{self.side} {self._band.text}"

    def judge(self, case: Case) -> Outcome:
        """The worst answer among the newest results; unknown when a newer one cannot be judged."""
        group = case.latest(self.latest, preliminary=self._urgent, within=self.within)
        blocked = case.blocking(self.latest, group[0] if group else None, preliminary=self._urgent)
        if not group:
            return self._without_result(case, blocked)
        outcomes = [self._judge_one(case, reading) for reading in group]
        worst = min(outcomes, key=lambda outcome: (outcome.truth is not True, outcome.truth is not None))
        if len(group) > 1:
            worst = Outcome(worst.truth, worst.because, tuple(group), (), worst.blocked, worst.values)
        if not blocked:
            return worst
        note = step(
            self.keyword, None, f"a newer {case.label(self.latest)} result cannot be judged: {', '.join(blocked)}"
        )
        truth = True if worst.truth else None
        return Outcome(truth, (*worst.because, note), worst.readings, (), blocked, worst.values)

    def _without_result(self, case: Case, blocked: tuple[str, ...]) -> Outcome:
        label = case.label(self.latest)
        if blocked:
            text = f"{label} result cannot be judged: {', '.join(blocked)}"
        else:
            text = f"no usable {label} result found here in the last {self.within} days"
        return Outcome(
            None,
            (step(self.keyword, None, text, limit=self.words, missing=f"Observation ({label})"),),
            unread=case.unusable.get(self.latest, ())[:3] if blocked else (),
            blocked=blocked or (("labs incomplete",) if "labs" in case.facts.incomplete else ()),
        )

    def _judge_one(self, case: Case, reading: Reading) -> Outcome:
        doubt = self._doubt_about_time(case, reading)
        if doubt is not None:
            return doubt
        truth = self._beyond(reading)
        value = case.canonical(reading)
        values = {"value": value, "limit": self._limit_text(), "analyte": case.label(self.latest)}
        values.update(_described(case, reading))
        if truth is None:
            text = f"{case.label(self.latest)} {value} of {reading.effective.text} may or may not be {self.words}"
        else:
            verb = "is" if truth else "is not"
            text = f"{case.label(self.latest)} {value} of {reading.effective.text} {verb} {self.words}"
        because = step(self.keyword, truth, text, value=value, limit=self.words)
        outcome = Outcome(truth, (because,), (reading,), (), (), values)
        return self._confirmed(case, outcome) if truth and self.times > 1 else outcome

    def _limit_text(self) -> str:
        if self._threshold is not None:
            return self._threshold.text
        return self._band.text if self._band is not None else ""

    def _beyond(self, reading: Reading) -> bool | None:
        if self._threshold is not None:
            return self._threshold.holds(reading)
        assert self._band is not None  # noqa: S101
        below, above = self._band.below(reading), self._band.above(reading)
        if self.side == "below":
            return below
        if self.side == "above":
            return above
        return False if below or above else None if below is None or above is None else True

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
        allowed = course.form.valid if "valid" in self.timing else self.timing
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
        for reading in case.usable(self.latest, preliminary=self._urgent):
            if self._beyond(reading) is not True:
                break
            streak.append(reading)
        return streak


class Rise(Predicate):
    """The newest result has risen by more than a limit since the last one before treatment.

    Without a result from the twelve months before treatment the first one on treatment serves, and is named so.
    `until` is the day of treatment by which the first risen result must have come.
    """

    keyword: ClassVar[str] = "rise"

    rise: str
    above: str | None = None
    at_least: str | None = None
    until: Days | None = None
    after: Days | None = None  # the rise is counted from the first result after this day of treatment
    before_start: Days = 365
    times: int = 1
    apart: Days = 0

    _threshold: Threshold = PrivateAttr()
    _urgent: bool = PrivateAttr(default=False)

    @model_validator(mode="after")
    def _read_numbers(self, info: ValidationInfo) -> Rise:
        context = numbers(info)
        self._threshold = context.threshold(self.rise, {"above": self.above, "at_least": self.at_least})
        self._urgent = context.urgency == "critical"
        return self

    @property
    def asks_about(self) -> tuple[str, ...]:
        return (self.rise,)

    def judge(self, case: Case) -> Outcome:
        """Compares exactly; unknown without a start of treatment, a baseline or a result."""
        start = case.course.start if case.course is not None else None
        label = case.label(self.rise)
        if start is None:
            unknown = _unknown(self.keyword, "the start of treatment is not recorded", "MedicationRequest.authoredOn")
            return replace(unknown, blocked=("start of treatment",))
        usable = case.usable(self.rise, preliminary=self._urgent)
        on_treatment = _worst_first([reading for reading in usable if days_between(start, reading.effective) > 0])
        blocked = case.blocking(self.rise, on_treatment[0] if on_treatment else None, preliminary=self._urgent)
        if not on_treatment:
            outcome = _unknown(self.keyword, f"no usable {label} result on treatment found here", "Observation")
            return Outcome(None, outcome.because, blocked=blocked)
        baseline, named = self._baseline(usable, on_treatment, start)
        if baseline is None or baseline is on_treatment[0]:
            text = f"no earlier {label} result found here to compare {case.canonical(on_treatment[0])} with"
            outcome = _unknown(self.keyword, text, "Observation before treatment")
            return Outcome(None, outcome.because, (on_treatment[0],), (), blocked)
        return self._compare(case, on_treatment, baseline, named, blocked)

    def _baseline(
        self, usable: Sequence[Reading], on_treatment: Sequence[Reading], start: object
    ) -> tuple[Reading | None, str]:
        if self.after is not None:
            later = [r for r in on_treatment if days_between(start, r.effective) >= self.after]  # type: ignore[arg-type]
            return (later[-1], f"day {self.after} of treatment") if later else (None, "")
        before = [r for r in usable if 0 <= days_between(r.effective, start) <= self.before_start]  # type: ignore[arg-type]
        return (before[0], "before treatment") if before else (on_treatment[-1], "first on treatment, no baseline")

    def _compare(
        self, case: Case, on_treatment: Sequence[Reading], baseline: Reading, named: str, blocked: tuple[str, ...]
    ) -> Outcome:
        streak = []
        for reading in on_treatment:
            if reading is baseline or self._risen(reading, baseline) is not True:
                break
            streak.append(reading)
        newest = on_treatment[0]
        truth = self._risen(newest, baseline)
        rise = EXACT.subtract(newest.value, baseline.value)
        label, value = case.label(self.rise), case.canonical(newest)
        text = (
            f"{label} {value} of {newest.effective.text} against {case.canonical(baseline)} of "
            f"{baseline.effective.text} ({named}): change {number(rise)} {newest.unit}"
        )
        because = [step(self.keyword, truth, text, value=f"{number(rise)} {newest.unit}", limit=self._threshold.words)]
        if truth:
            truth = self._in_time(case, streak, because) and self._often_enough(streak, because)
        if blocked:
            because.append(step(self.keyword, None, f"a newer {label} result cannot be judged: {', '.join(blocked)}"))
            truth = True if truth else None
        values = {
            "value": value,
            "rise": number(rise),
            "baseline": case.canonical(baseline),
            "named": named,
            "limit": self._threshold.text,
            "count": str(len(streak)),
            **_described(case, newest),
        }
        return Outcome(truth, tuple(because), (*(streak or (newest,)), baseline), (), blocked, values)

    def _in_time(self, case: Case, streak: Sequence[Reading], because: list[Because]) -> bool:
        if self.until is None:
            return True
        assert case.course is not None  # noqa: S101  (judge asked)
        assert case.course.start is not None  # noqa: S101
        day = days_between(case.course.start, streak[-1].effective)
        in_time = day <= self.until
        text = f"first risen on day {day} of treatment, counted until day {self.until}"
        because.append(step("until", in_time, text))
        return in_time

    def _often_enough(self, streak: Sequence[Reading], because: list[Because]) -> bool:
        if self.times == 1:
            return True
        apart = days_between(streak[-1].effective, streak[0].effective)
        enough = len({reading.effective.day for reading in streak}) >= self.times and apart >= self.apart
        text = f"confirmed over {apart} days" if enough else f"not confirmed {self.apart} days apart"
        because.append(step("confirmed", enough, text))
        return enough

    def _risen(self, reading: Reading, baseline: Reading) -> bool | None:
        if reading.comparator and baseline.comparator:
            return None
        comparator = reading.comparator or (_FLIPPED[baseline.comparator] if baseline.comparator else None)
        rise = EXACT.subtract(reading.value, baseline.value)
        return compare(self._threshold.operator, rise, self._threshold.value, comparator)


class Missing(Predicate):
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


def _worst_first(readings: list[Reading]) -> list[Reading]:
    """Newest first as before, but of results with the same moment the highest first: the worse value is judged."""
    tied = [reading for reading in readings if same_moment(reading.effective, readings[0].effective)]
    return [*sorted(tied, key=lambda reading: reading.value, reverse=True), *readings[len(tied) :]]


def _described(case: Case, reading: Reading) -> dict[str, str]:
    """Placeholders every sentence about a reading may use."""
    described = {
        "reported": f"{reading.comparator or ''}{number(reading.reported)} {reading.reported_unit}",
        "date": reading.effective.day.isoformat(),
    }
    timing = case.timing(reading)
    if timing is not None and case.course is not None and case.course.form is not None:
        described["timing"] = case.course.form.named(timing.label)
        described["hours"] = timing.spoken_hours
    return described


def _untimed(case: Case, reading: Reading, why: str, missing: str | None) -> Outcome:
    value = case.canonical(reading)
    text = f"{case.label(reading.analyte)} {value} of {reading.effective.text}: {why}"
    return Outcome(None, (step("timing", None, text, value=value, missing=missing),), (reading,), (), ("timing",))


def _unknown(predicate: str, text: str, missing: str) -> Outcome:
    return Outcome(None, (step(predicate, None, text, missing=missing),))
