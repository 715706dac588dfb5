"""One patient's facts arranged for judging: readings by analyte, the course of the drug, and what is held back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from itertools import takewhile
from typing import Protocol

import msgspec
from msgspec.structs import replace

from cds_hooks.facts import Facts, Moment, Reading, Therapy, Unread, UnreadReason
from cds_hooks.findings import Evidence
from cds_hooks.judgement.anatomy import Anatomy, anatomy_of, has_organ
from cds_hooks.judgement.planning.panels import Due, Panel
from cds_hooks.judgement.policy import Policy
from cds_hooks.judgement.predicates.outcome import Outcome
from cds_hooks.judgement.reference.tables import Tables
from cds_hooks.judgement.timing.amounts import daily_milligrams
from cds_hooks.judgement.timing.clock import days_between, sort_key
from cds_hooks.judgement.timing.course import Course, Timing, course_of
from cds_hooks.judgement.worked import Worked
from terminology.units.conversion import EXACT
from terminology.vocabulary import Vocabulary

BOUND = "reported only as a bound"
NOT_A_RESULT = (UnreadReason.STATUS, UnreadReason.OTHER_PATIENT, UnreadReason.EFFECTIVE_FUTURE)


class Question(Protocol):
    """Whatever a case can be asked: a predicate."""

    def judge(self, case: Case) -> Outcome:
        """True, false or unknown."""

    def surely_false(self, case: Case) -> bool:
        """Whether it is false, as far as a glance can tell."""


@dataclass(frozen=True, slots=True)
class Repeat:
    """A repeat that a check asked for, and by when."""

    protocol: str
    check: str
    of: Reading
    asked_by: date


class Case(msgspec.Struct, frozen=True, gc=False):
    """What predicates may look at. `held` maps a reading's reference and analyte to the check that forbids its use."""

    facts: Facts
    vocabulary: Vocabulary
    today: Moment
    profile: str
    course: Course | None
    readings: Mapping[str, tuple[Reading, ...]]  # newest first
    unusable: Mapping[str, tuple[Unread, ...]]
    judged: frozenset[str]  # the analytes that checks of the protocols that apply judge
    panels: Mapping[str, Panel]
    policy: Policy
    words: Mapping[str, str]  # among them what stands in the way, by its name
    tables: Tables
    held: Mapping[tuple[str, str], str] = {}
    due: Due | None = None  # the next set of draws, once known
    plain: bool = False  # surely no result is preliminary, held back or unusable
    one_sided: bool = False  # a gate has made bounds of some readings
    extends: str | None = None  # the profile that the one judged with starts from
    missed: tuple[Repeat, ...] = ()  # repeats that were asked for and not made, once known
    wanted: tuple[str, ...] = ()  # the profiles asked for by name
    worked: Worked = msgspec.field(default_factory=Worked)  # the same for every protocol
    courses: tuple[Course, ...] = ()  # of the drugs of every protocol that applies
    # and what was already worked out for this one
    pairs: dict[bool, tuple[tuple[Reading, Reading], ...]] = {}
    answers: dict[int, Outcome] = {}
    refuted: dict[int, bool] = {}

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
        return replace(self, held=held, plain=False, worked=worked, pairs={}, answers={}, refuted={})

    def with_one_sided(
        self, readings: Mapping[str, tuple[Reading, ...]], held: Mapping[tuple[str, str], str], worked: Worked
    ) -> Case:
        """The same case after gates made bounds of some readings; whatever rests on readings is asked anew."""
        return replace(
            self,
            readings=readings,
            held=held,
            plain=False,
            one_sided=True,
            worked=worked,
            pairs={},
            answers={},
            refuted={},
        )

    @property
    def concepts(self) -> frozenset[str]:
        """Whatever diagnoses are recorded: active, past, or in doubt."""
        found = self.worked.names.get("concepts")
        if found is None:
            doubtful = (name for one in self.facts.unread for name in one.concepts)
            found = frozenset((*(one.concept for one in self.facts.conditions), *doubtful))
            self.worked.names["concepts"] = found
        return found

    @property
    def anatomy(self) -> Anatomy:
        """What the chart tells of the patient's anatomy."""
        if self.worked.anatomy is None:
            self.worked.anatomy = anatomy_of(self.facts.patient)
        return self.worked.anatomy

    def has_organ(self, organ: str) -> tuple[bool | None, str]:
        """Whether an organ is present, and how that is known."""
        found = self.worked.organs.get(organ)
        if found is None:
            found = self.worked.organs[organ] = has_organ(self.facts.patient, organ)
        return found

    def orders_of(self, drugs: tuple[str, ...]) -> tuple[Therapy, ...]:
        """The orders of one of these ingredients or classes, whether taken, planned or ended."""
        found = self.worked.orders.get(drugs)
        if found is None:
            if self.worked.ordered is None:
                self.worked.ordered = tuple([(one, frozenset(one.names)) for one in self.facts.therapies])
            found = tuple([one for one, names in self.worked.ordered if not names.isdisjoint(drugs)])
            self.worked.orders[drugs] = found
        return found

    def taken(self, drugs: tuple[str, ...]) -> tuple[Therapy, ...]:
        """The orders by which one of these ingredients or classes is being taken."""
        found = self.worked.taken.get(drugs)
        if found is None:
            found = self.worked.taken[drugs] = tuple([one for one in self.orders_of(drugs) if one.current])
        return found

    def daily(self, therapy: Therapy) -> Decimal | None:
        """Milligrams of an order a day; None where that is not plain."""
        if id(therapy) not in self.worked.daily:
            self.worked.daily[id(therapy)] = daily_milligrams(therapy)
        return self.worked.daily[id(therapy)]

    def course_of(self, drugs: tuple[str, ...]) -> Course | None:
        """The present course of one of the drugs or classes; of the protocol's own where none is named."""
        if not drugs:
            return self.course
        if drugs not in self.worked.courses:
            self.worked.courses[drugs] = course_of(drugs, self.facts, (), self.policy)
        return self.worked.courses[drugs]

    def usable(self, analyte: str, *, preliminary: bool) -> tuple[Reading, ...]:
        """Readings that may be judged, newest first; preliminary ones only where a check is critical."""
        if self.plain:
            return self.readings.get(analyte, ())
        key = (analyte, preliminary)
        found = self.worked.usable.get(key)
        if found is None:
            found = self.worked.usable[key] = tuple(
                reading
                for reading in self.readings.get(analyte, ())
                if (preliminary or reading.status != "preliminary") and (reading.reference, analyte) not in self.held
            )
        return found

    def drawn_on(self, analyte: str) -> frozenset[date]:
        """The days of an analyte's usable final results."""
        found = self.worked.drawn_on.get(analyte)
        if found is None:
            usable = self.usable(analyte, preliminary=False)
            found = self.worked.drawn_on[analyte] = frozenset([reading.effective.day for reading in usable])
        return found

    def has_preliminary(self, analyte: str) -> bool:
        """Whether some result of the analyte is preliminary."""
        return not self.plain and len(self.usable(analyte, preliminary=True)) != len(
            self.usable(analyte, preliminary=False)
        )

    def latest(self, analyte: str, *, preliminary: bool, within: int | None) -> tuple[Reading, ...]:
        """The newest usable reading, with every other of the same moment, none older than `within` days."""
        key = (analyte, preliminary, within)
        found = self.worked.latest.get(key)
        if found is None:
            found = self.worked.latest[key] = self._latest(analyte, preliminary, within)
        return found

    def _latest(self, analyte: str, preliminary: bool, within: int | None) -> tuple[Reading, ...]:
        usable = self.usable(analyte, preliminary=preliminary)
        if not usable or (within is not None and days_between(usable[0].effective, self.today) > within):
            return ()
        if len(usable) == 1 or not same_moment(usable[0].effective, usable[1].effective):
            return usable[:1]
        return tuple(reading for reading in usable if same_moment(reading.effective, usable[0].effective))

    def blocking(self, analyte: str, newest: Reading | None, *, preliminary: bool) -> tuple[str, ...]:
        """What prevents a judgement: results newer than the newest usable one that cannot be judged."""
        if self.plain:
            return ()
        key = (analyte, id(newest), preliminary)
        found = self.worked.blocking.get(key)
        if found is None:
            found = self.worked.blocking[key] = self._blocking(analyte, newest, preliminary)
        return found

    def _blocking(self, analyte: str, newest: Reading | None, preliminary: bool) -> tuple[str, ...]:
        readings, unusable = self.readings.get(analyte, ()), self.unusable.get(analyte, ())
        names = []
        for reading in readings:
            if not _not_older(reading.effective, newest):
                break
            if newest is not None and not _may_be_newer(reading.effective, newest.effective):
                continue
            if (reading.reference, analyte) in self.held:
                names.append(self.held[reading.reference, analyte])
            elif reading.status == "preliminary" and not preliminary:
                names.append("preliminary")
        names += [
            unread.reason.value
            for unread in unusable
            if unread.reason not in NOT_A_RESULT and _not_older(unread.effective, newest)
        ]
        return tuple(dict.fromkeys(names))

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
        return found if start is None else tuple(r for r in found if days_between(start, r.effective) >= 0)

    def ordered(self, analytes: Iterable[str]) -> bool:
        """Whether a recent order is open for one of the analytes."""
        return not self.placed.isdisjoint(analytes)

    @property
    def placed(self) -> frozenset[str]:
        """Analytes of recent open orders without a result since; an order nobody drew for long counts no more."""
        found = self.worked.names.get("placed")
        if found is None:
            found = self.worked.names["placed"] = frozenset(
                analyte
                for order in self.facts.orders
                if order.authored is not None and days_between(order.authored, self.today) <= self.policy.order_lasts
                for analyte in order.analytes
                if not self._resulted(analyte, order.authored)
            )
        return found

    def _resulted(self, analyte: str, since: Moment) -> bool:
        readings = self.readings.get(analyte, ())
        return bool(readings) and readings[0].effective.day > since.day

    def sentence(self, reading: Reading) -> dict[str, str]:
        """Placeholders every sentence about a reading may use; an older value is given with its date."""
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

    def named(self, reading: Reading) -> str:
        """A result as a sentence names it: `hematocrit 54.5 % of 2026-09-03`."""
        found = self.worked.named.get(id(reading))
        if found is None:
            found = f"{self.label(reading.analyte)} {self.canonical(reading)} of {self.drawn(reading)}"
            self.worked.named[id(reading)] = found
        return found

    def drawn(self, reading: Reading) -> str:
        """When a reading was drawn, as precisely as the chart says."""
        found = self.worked.drawn.get(id(reading))
        if found is None:
            found = self.worked.drawn[id(reading)] = reading.effective.text
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

    def obstacles(self, names: Iterable[str]) -> str:
        """What stands in the way, as a sentence says it."""
        return ", ".join(self.words.get(f"obstacle_{name}", f"held back by {name}") for name in names)

    def label(self, analyte: str) -> str:
        """What clinicians call an analyte: `total testosterone`."""
        known = self.vocabulary.analytes.get(analyte)
        return known.label if known is not None else analyte.replace("_", " ")

    def canonical(self, reading: Reading) -> str:
        """Number and canonical unit for people: `54.5 %`, with the comparator the laboratory gave."""
        found = self.worked.canonical.get(id(reading))
        if found is None:
            found = self.worked.canonical[id(reading)] = self.written(reading)
        return found

    def written(self, reading: Reading) -> str:
        """As `canonical`, of a reading that no chart holds: nothing of it is kept."""
        return f"{stated_comparator(reading)}{number(self._shown(reading))} {spoken(reading.unit)}".rstrip()

    def _shown(self, reading: Reading) -> Decimal:
        if reading.conversion.multiply == reading.conversion.divide:
            return reading.value
        known = self.vocabulary.analytes.get(reading.analyte)
        return rounded(reading.value, max(1, known.decimals if known is not None else 1))


def stated_comparator(reading: Reading) -> str:
    """The laboratory's own comparator, empty where there is none."""
    return reading.comparator if reading.comparator is not None and not reading.biased else ""


def _naming_gates(outcome: Outcome) -> Outcome:
    """An answer that a bound left open, with the gate that made the bound as what stands in the way."""
    gates = dict.fromkeys(reading.biased for reading in outcome.readings if reading.biased)
    if not gates:
        return outcome
    kept = [name for name in outcome.blocked if name != BOUND]
    return replace(outcome, blocked=tuple(dict.fromkeys((*gates, *kept))))


def rounded(value: Decimal, decimals: int) -> Decimal:
    """Rounded half up, for people; never used in a comparison."""
    return value.quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_HALF_UP, context=EXACT)


UNSAID = frozenset({"{score}", "{Z-score}"})  # the name of the analyte says it


def spoken(unit: str) -> str:
    """A unit as people say it: a score has none, `{SD}` is SD."""
    if unit in UNSAID:
        return ""
    return unit[1:-1] if unit.startswith("{") and unit.endswith("}") else unit


def number(value: Decimal) -> str:
    """A number without exponent, as few digits as it has."""
    return f"{value:f}"


def same_moment(one: Moment, other: Moment) -> bool:
    """Whether the chart leaves open which of two draws came first."""
    if one.day != other.day:
        return False
    return one.clock == other.clock or one.clock is None or other.clock is None


def moments(readings: Sequence[Reading]) -> list[tuple[Reading, ...]]:
    """Readings, newest first, with those of the same moment together."""
    groups: list[list[Reading]] = []
    for reading in readings:
        if groups and same_moment(groups[-1][0].effective, reading.effective):
            groups[-1].append(reading)
        else:
            groups.append([reading])
    return [tuple(group) for group in groups]


def newest_of(readings: Sequence[Reading]) -> tuple[Reading, ...]:
    """The first of `moments`; empty without readings."""
    return tuple(takewhile(lambda one: same_moment(readings[0].effective, one.effective), readings))


def _may_be_newer(one: Moment, other: Moment) -> bool:
    return same_moment(one, other) or sort_key(one) > sort_key(other)


def newest_first(readings: Sequence[Reading]) -> tuple[Reading, ...]:
    """Newest first; ties by issue time, version and reference, so that the order is always the same."""
    if len({reading.effective.day for reading in readings}) == len(readings):
        return tuple(sorted(readings, key=lambda r: r.effective.day, reverse=True))
    return tuple(
        sorted(readings, key=lambda r: (*sort_key(r.effective), r.issued, r.version, r.reference), reverse=True)
    )


def _not_older(effective: Moment | None, newest: Reading | None) -> bool:
    return effective is None or newest is None or effective.day >= newest.effective.day
