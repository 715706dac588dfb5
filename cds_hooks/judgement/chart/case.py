"""One patient's chart as one protocol looks at it: the course of its drug, its visits, and what was answered."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType
from typing import Protocol

import msgspec
from msgspec.structs import replace

from cds_hooks.facts import Reading
from cds_hooks.findings import Evidence
from cds_hooks.judgement.chart.chart import Chart
from cds_hooks.judgement.chart.shown import number, stated_comparator
from cds_hooks.judgement.chart.worked import Worked
from cds_hooks.judgement.planning.panels import Due
from cds_hooks.judgement.predicates.outcome import Outcome
from cds_hooks.judgement.timing.clock import days_between
from cds_hooks.judgement.timing.course import Course, Timing, course_of

BOUND = "reported only as a bound"


class Question(Protocol):
    """Whatever a case can be asked: a predicate."""

    def judge(self, case: Case) -> Outcome:
        """True, false or unknown."""

    def surely_false(self, case: Case) -> bool:
        """Whether it is false, as far as a glance can tell."""

    def surely_open(self, case: Case) -> bool:
        """Whether it only lacks a result, as far as a glance can tell."""


@dataclass(frozen=True, slots=True)
class Repeat:
    """A repeat that a check asked for, and by when."""

    protocol: str
    check: str
    of: Reading
    asked_by: date


class Case(Chart, frozen=True, gc=False, kw_only=True):
    """What predicates may look at."""

    profile: str
    course: Course | None
    judged: frozenset[str]  # the analytes that checks of the protocols that apply judge
    due: Due | None = None  # the next set of draws, once known
    extends: str | None = None  # the profile that the one judged with starts from
    missed: tuple[Repeat, ...] = ()  # repeats that were asked for and not made, once known
    wanted: tuple[str, ...] = ()  # the profiles asked for by name
    courses: tuple[Course, ...] = ()  # of the drugs of every protocol that applies
    # and what was already worked out for this one
    pairs: dict[bool, tuple[tuple[Reading, Reading], ...]] = msgspec.field(default_factory=dict)
    answers: dict[int, Outcome] = msgspec.field(default_factory=dict)
    refuted: dict[int, bool] = msgspec.field(default_factory=dict)

    def answer(self, predicate: Question) -> Outcome:
        """What a predicate answers about this case; worked out once, however many checks ask."""
        found = self.answers.get(id(predicate))
        if found is None:
            found = predicate.judge(self)
            if self.one_sided and found.truth is None:
                found = _naming_gates(found)
            self.answers[id(predicate)] = found
        return found

    def refutes(self, predicate: Question) -> bool:
        """Whether a predicate is plainly false of this case; looked at once, however many checks ask."""
        found = self.refuted.get(id(predicate))
        if found is None:
            found = self.refuted[id(predicate)] = predicate.surely_false(self)
        return found

    def with_due(self, due: Due | None) -> Case:
        """The same case once the schedule was read."""
        return replace(self, due=due, answers={}, refuted={})

    def with_missed(self, missed: tuple[Repeat, ...]) -> Case:
        """The same case once it is known which repeats were missed."""
        return replace(self, missed=missed, answers={}, refuted={})

    def with_held(self, held: Mapping[tuple[str, str], str], worked: Worked | None = None) -> Case:
        """The same case after data-quality checks held readings back; what is usable is asked anew.

        `worked` is what the cases of all protocols then share.
        """
        worked = worked if worked is not None else self.worked.without_held()
        return replace(
            self, held=held, doubtful=self._doubtful_with(held), worked=worked, pairs={}, answers={}, refuted={}
        )

    def with_one_sided(
        self, readings: Mapping[str, tuple[Reading, ...]], held: Mapping[tuple[str, str], str], worked: Worked
    ) -> Case:
        """The same case after gates made bounds of some readings; whatever rests on readings is asked anew."""
        return replace(
            self,
            readings=readings,
            held=held,
            doubtful=self._doubtful_with(held),
            one_sided=True,
            worked=worked,
            pairs={},
            answers={},
            refuted={},
        )

    def _doubtful_with(self, held: Mapping[tuple[str, str], str]) -> frozenset[str] | None:
        return None if self.doubtful is None else self.doubtful.union([analyte for _, analyte in held])

    def course_of(self, drugs: tuple[str, ...]) -> Course | None:
        """The present course of one of the drugs or classes; of the protocol's own where none is named."""
        if not drugs:
            return self.course
        if drugs not in self.worked.courses:
            self.worked.courses[drugs] = course_of(drugs, self.facts, (), self.policy, self.named_orders)
        return self.worked.courses[drugs]

    def timing(self, reading: Reading) -> Timing | None:
        """The draw's timing relative to the dose, where that matters."""
        if self.course is None or not self.course.times(reading.analyte):
            return None
        return self.timing_in(self.course, reading)

    def timing_in(self, course: Course, reading: Reading) -> Timing | None:
        """The draw's timing relative to a dose of one of the courses; worked out once for all protocols."""
        key = (id(course), id(reading))
        if key not in self.worked.timings:
            self.worked.timings[key] = course.timing(reading)
        return self.worked.timings[key]

    def levels(self, analyte: str, *, preliminary: bool, within: int | None) -> tuple[Reading, ...]:
        """As `latest`, of results since the start or last change: one drawn before says nothing about this dose."""
        found = self.latest(analyte, preliminary=preliminary, within=within)
        start = self.course.first_valid_from if self.course is not None else None
        if start is None or not found or found[0].effective.day >= start.day:  # all of one day
            return found
        return ()

    def sentence(self, reading: Reading) -> Mapping[str, str]:
        """Placeholders every sentence about a reading may use; an older value is given with its date."""
        key = (id(reading), id(self.course))
        found = self.worked.sentences.get(key)
        if found is None:
            found = self.worked.sentences[key] = MappingProxyType(self._sentence(reading))
        return found

    def _sentence(self, reading: Reading) -> dict[str, str]:
        value = self.canonical(reading)
        if days_between(reading.effective, self.today) > self.policy.fresh_for:
            value += f" of {reading.effective.day.isoformat()}"
        found = {
            "analyte": self.label(reading.analyte),
            "value": value,
            "reported": f"{stated_comparator(reading)}{number(reading.reported)} {reading.reported_unit}",
            "date": reading.effective.day.isoformat(),
        }
        timing = self.timing(reading)
        if timing is not None and self.course is not None and self.course.form is not None:
            found["timing"] = self.course.form.named(timing.label)
            found["valid"] = self.course.form.valid_names
            found["after"] = f" ({timing.spoken_hours} h)" if timing.spoken_hours else ""
        return found

    def evidence(self, reading: Reading) -> Evidence:
        """A result as findings show it."""
        timing = self.timing(reading)
        key = (id(reading), timing.label if timing is not None else None)
        found = self.worked.shown.get(key)
        if found is None:
            found = self.worked.shown[key] = Evidence(
                reading.reference,
                reading.analyte,
                reading.reported,
                reading.reported_unit,
                self.canonical(reading),
                self.drawn(reading),
                key[1],
                stated_comparator(reading) or None,
                reading.mapped,
            )
        return found


def _naming_gates(outcome: Outcome) -> Outcome:
    """An answer that a bound left open, with the gate that made the bound as what stands in the way."""
    gates = dict.fromkeys(reading.biased for reading in outcome.readings if reading.biased)
    if not gates:
        return outcome
    kept = [name for name in outcome.blocked if name != BOUND]
    return replace(outcome, blocked=tuple(dict.fromkeys((*gates, *kept))))
