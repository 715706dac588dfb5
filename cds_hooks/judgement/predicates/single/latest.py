"""Predicate over the newest result: against a limit, the laboratory's own limit, or a target."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import ClassVar

from msgspec.structs import replace

from cds_hooks.facts import Reading
from cds_hooks.judgement.chart.case import Case
from cds_hooks.judgement.chart.shown import number
from cds_hooks.judgement.predicates.bars import MULTIPLES, Bar, Limit, OfRange, Place, SideOf
from cds_hooks.judgement.predicates.outcome import Outcome, step
from cds_hooks.judgement.predicates.predicate import Numbers, Predicate, Written
from cds_hooks.judgement.predicates.single.well_timed import Wanted, doubt_about_time, is_well_timed
from cds_hooks.judgement.timing.clock import days_between
from cds_hooks.judgement.timing.forms import Days
from cds_hooks.judgement.timing.sequence import same_moment
from cds_hooks.judgement.written.threshold import Band, Threshold
from terminology.units.conversion import EXACT

LATEST = "latest"


class WrittenLatest(Written):
    """`latest`: the newest usable result of an analyte is beyond a limit, or outside its target band.

    `timing` asks for a draw at a valid time after the dose ("valid" stands for the form's own list). `times` and
    `apart` ask for that many results beyond the limit, the newest and another at least `apart` days away, with none
    between them that contradicts. `codes` are the LOINC codes of the methods the limit is for: a newest result by
    another method is not beyond it, nor does it end a row of results. `above_upper = "3"` asks for more than three
    times the upper limit of the laboratory's own range, else of `upper`. A value is multiplied by `adjusted_by` before
    it is compared. A Goal of the patient's own stands in place of a band.
    """

    keyword: ClassVar[str] = LATEST

    latest: str
    at_least: str | None = None
    above: str | None = None
    at_most: str | None = None
    below: str | None = None
    limit: str | None = None
    band: str | None = None
    side: Place | None = None
    timing: Wanted = ()
    within: Days | None = None
    times: int = 1
    apart: Days = 0
    codes: tuple[str, ...] = ()
    above_upper: Decimal | None = None
    at_least_upper: Decimal | None = None
    at_most_upper: Decimal | None = None
    upper: str | None = None
    below_lower: Decimal | None = None
    lower: str | None = None
    adjusted_by: Decimal = Decimal(1)

    def ready(self, numbers: Numbers) -> Latest:
        """With its limit in the analyte's canonical unit."""
        urgent = numbers.urgency == "critical"
        within = self.within if self.within is not None else numbers.policy.results_for
        if (self.band is None) is not (self.side is None):
            raise ValueError(f"{self.latest}: band and side go together")
        for code in self.codes:
            known = numbers.vocabulary.loinc.get(code)
            if known is None or known.analyte != self.latest:
                raise ValueError(f"{self.latest}: {code} is not a LOINC code of it")
        asked = (
            self.timing,
            within,
            self.times,
            self.apart,
            urgent,
            self.codes,
            self.adjusted_by if self.adjusted_by != 1 else None,
        )
        bar, label = self._bar(numbers), numbers.vocabulary.analytes[self.latest].label
        on_treatment = " on treatment" if self.timing else ""
        text = f"no usable {label} result{on_treatment} found here in the last {within} days"
        nothing = Outcome(None, (step(LATEST, None, text, limit=bar.words, missing=f"Observation ({label})"),))
        return Latest(self.latest, bar, *asked, nothing)

    def _bar(self, numbers: Numbers) -> Bar:
        multiples = [(name, times) for name in MULTIPLES if (times := getattr(self, name)) is not None]
        if self.band is not None and self.side is not None:
            return SideOf(self.latest, numbers.band(self.latest, self.band), self.side)
        if self.limit is not None:
            return Limit(numbers.named_limit(self.latest, self.limit))
        if not multiples:
            return Limit(numbers.threshold(self.latest, self.as_written()))
        if len(multiples) > 1 or any((self.at_least, self.above, self.at_most, self.below)):
            raise ValueError(f"{self.latest}: give exactly one limit")
        (name, times), assumed = multiples[0], self.lower if self.below_lower is not None else self.upper
        value = numbers.vocabulary.quantity(self.latest, assumed) if assumed is not None else None
        operator, edge = MULTIPLES[name]
        return OfRange(operator, times, edge, value, assumed or "")


@dataclass(frozen=True, slots=True)
class Latest(Predicate):
    """The newest result against a bar."""

    analyte: str
    bar: Bar
    timing: Wanted
    within: int
    times: int
    apart: int
    urgent: bool
    codes: tuple[str, ...]
    factor: Decimal | None  # what a value is multiplied by before it is compared
    nothing: Outcome  # where there is no result, and nothing stands in the way of one

    @property
    def threshold(self) -> Threshold | None:
        """The limit, where it is one number that values are compared with as they are."""
        return self.bar.threshold if isinstance(self.bar, Limit) and self.factor is None else None

    @property
    def band(self) -> Band | None:
        """The target band, where it is one."""
        return self.bar.band if isinstance(self.bar, SideOf) else None

    @property
    def side(self) -> Place | None:
        """Which side of the band, or inside it."""
        return self.bar.side if isinstance(self.bar, SideOf) else None

    @property
    def asks_about(self) -> tuple[str, ...]:
        return (self.analyte,)

    @property
    def plainly(self) -> Threshold | None:
        return self.threshold if not self.codes and not self.timing else None

    @property
    def opens_without(self) -> tuple[str, int] | None:
        return None if self.timing else (self.analyte, self.within)

    def surely_false(self, case: Case) -> bool:
        """Whether every newest result is on the right side, drawn at a right time, with nothing in the way."""
        if self.timing and case.course is not None and case.course.current is None:
            return True
        if self.analyte not in case.readings:
            return False
        find = case.levels if self.timing else case.latest
        group = find(self.analyte, preliminary=False, within=self.within)
        if not group or self._is_hindered(case, group[0]):
            return False
        for reading in group:  # noqa: SIM110  (a generator takes twice as long)
            if not self._is_within(case, reading):
                return False
        return True

    def surely_open(self, case: Case) -> bool:
        """Whether there is no result, and nothing stands in the way of one."""
        if self.timing and case.course is not None and case.course.current is None:
            return False
        if not case.is_plain(self.analyte):
            return case.lacks(self.analyte)
        find = case.levels if self.timing else case.latest
        return "labs" not in case.facts.incomplete and not find(self.analyte, preliminary=False, within=self.within)

    def _is_hindered(self, case: Case, newest: Reading) -> bool:
        if case.is_plain(self.analyte):
            return False
        if self.urgent and case.has_preliminary(self.analyte):
            return True
        return bool(case.blocking(self.analyte, newest, preliminary=self.urgent))

    def _is_within(self, case: Case, reading: Reading) -> bool:
        if self.codes and reading.code not in self.codes:
            return True
        compared = reading if self.factor is None else self._adjusted(reading)
        if self.bar.holds(case, compared) is not False:
            return False
        return not self.timing or is_well_timed(self.timing, case, reading)

    def judge(self, case: Case) -> Outcome:
        """The worst answer among the newest results; unknown when a newer one cannot be judged.

        A preliminary result may raise a critical check; it never clears one that a final result raises.
        """
        if self.timing and case.course is not None and case.course.current is None:
            return Outcome(False, (step(LATEST, False, "treatment has stopped: its level is not judged"),))
        if self.analyte not in case.readings and self.analyte not in case.unusable:
            return self._without_result(case, ())
        final = self._judge_with(case, preliminary=False)
        if final.truth or not self.urgent or not case.has_preliminary(self.analyte):
            return final
        early = self._judge_with(case, preliminary=True)
        return early if early.truth or not final.readings else final

    def _judge_with(self, case: Case, *, preliminary: bool) -> Outcome:
        find = case.levels if self.timing else case.latest
        group = find(self.analyte, preliminary=preliminary, within=self.within)
        # To an urgent check a preliminary result is no obstacle: it was judged first.
        blocked = case.blocking(self.analyte, group[0] if group else None, preliminary=preliminary or self.urgent)
        if not group:
            return self._without_result(case, blocked)
        if len(group) == 1:
            worst = self._judge_one(case, group[0], preliminary=preliminary)
        else:
            outcomes = [self._judge_one(case, reading, preliminary=preliminary) for reading in group]
            worst = min(outcomes, key=lambda outcome: (outcome.truth is not True, outcome.truth is not None))
            worst = replace(worst, readings=group)
        if not blocked:
            return worst
        note = step(
            LATEST, None, f"a newer {case.label(self.analyte)} result cannot be judged: {case.obstacles(blocked)}"
        )
        truth = True if worst.truth else None
        return replace(worst, truth=truth, because=(*worst.because, note), blocked=blocked)

    def _without_result(self, case: Case, blocked: tuple[str, ...]) -> Outcome:
        if not blocked and "labs" not in case.facts.incomplete:
            return self.nothing
        label = case.label(self.analyte)
        if blocked:
            text = f"{label} result cannot be judged: {case.obstacles(blocked)}"
        else:
            text = f"no usable {label} result in the part of the history that was supplied"
        return Outcome(
            None,
            (step(LATEST, None, text, limit=self.bar.words, missing=f"Observation ({label})"),),
            unread=case.unusable.get(self.analyte, ())[:3] if blocked else (),
            blocked=blocked or ("labs incomplete",),
        )

    def _judge_one(self, case: Case, reading: Reading, *, preliminary: bool) -> Outcome:
        if self.codes and reading.code not in self.codes:
            text = f"{case.named(reading)} was measured by another method (LOINC {reading.code})"
            return Outcome(False, (step(LATEST, False, text, limit=self.bar.words),), (reading,))
        doubt = doubt_about_time(self.timing, case, reading)
        if doubt is not None:
            return doubt
        adjusted = self._adjusted(reading)
        compared = self.bar.against(case, adjusted)
        truth = compared.truth
        verb = "may or may not be" if truth is None else "is" if truth else "is not"
        multiplied = case.written(adjusted) if self.factor is not None else case.canonical(reading)
        shown = f" ({multiplied} when multiplied by {number(self.factor)})" if self.factor is not None else ""
        text = f"{case.named(reading)}{shown} {verb} {compared.words}"
        value = case.canonical(reading)
        limit = compared.words if self.threshold is None else self.threshold.limit
        because = step(LATEST, truth, text, value=value, limit=limit, missing=compared.missing)
        if truth is False:
            return Outcome(False, (because,), (reading,))
        blocked = ("reference range" if compared.missing else "reported only as a bound",) if truth is None else ()
        values = {**case.sentence(reading), "limit": compared.text, "adjusted": multiplied}
        outcome = Outcome(truth, (because,), (reading,), (), blocked, values)
        return self._confirmed(case, outcome, preliminary=preliminary) if truth and self.times > 1 else outcome

    def _adjusted(self, reading: Reading) -> Reading:
        """The reading with its value multiplied, before it is compared."""
        if self.factor is None:
            return reading
        value, reported = (EXACT.multiply(self.factor, one) for one in (reading.value, reading.reported))
        return replace(reading, value=value, reported=reported)

    def _beyond(self, case: Case, reading: Reading) -> bool | None:
        return self.bar.holds(case, self._adjusted(reading))

    def _confirmed(self, case: Case, outcome: Outcome, *, preliminary: bool) -> Outcome:
        streak = self._streak(case, preliminary=preliminary)
        apart = days_between(streak[-1].effective, streak[0].effective) if streak else 0
        enough = len({reading.effective.day for reading in streak}) >= self.times and apart >= self.apart
        text = f"{self.times} results {self.bar.words} at least {self.apart} days apart"
        text += f", found over {apart} days" if enough else ": not confirmed"
        because = (*outcome.because, step("confirmed", enough, text))
        return replace(outcome, truth=enough, because=because, readings=tuple(streak))

    def _streak(self, case: Case, *, preliminary: bool) -> list[Reading]:
        """The newest results that are all beyond the limit; one drawn at a wrong time neither counts nor ends it."""
        usable = case.usable(self.analyte, preliminary=preliminary)
        streak = []
        for reading in usable:
            is_another_method = bool(self.codes) and reading.code not in self.codes
            if is_another_method or doubt_about_time(self.timing, case, reading) is not None:
                continue
            if self._beyond(case, reading) is True:
                streak.append(reading)
            elif not any(self._beyond(case, r) for r in usable if same_moment(r.effective, reading.effective)):
                break
        return streak
