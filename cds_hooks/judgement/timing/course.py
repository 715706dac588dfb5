"""The course of one drug in one patient: when it began, what changed, how it is given, and when doses were taken."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from functools import cached_property

import msgspec

from cds_hooks.facts import Dose, Facts, Moment, Reading, Therapy
from cds_hooks.judgement.timing.clock import FIRST, SortKey, days_between, hours_between, sort_key, surely_before
from cds_hooks.judgement.timing.forms import Form, TimingClass, form_of
from cds_hooks.judgement.written.policy import Policy

NamedOrder = tuple[Therapy, frozenset[str]]  # an order, and its ingredients and classes


class Timing(msgspec.Struct, frozen=True, gc=False):
    """When a level was drawn relative to the dose before it."""

    label: TimingClass
    hours: tuple[Decimal, Decimal] | None = None  # least and most hours since the dose
    phase: Decimal | None = None  # share of the dosing interval, when the hours are exact
    missing: str | None = None  # the FHIR element that would have told
    dose: Dose | None = None

    @property
    def spoken_hours(self) -> str:
        """Whole hours since the dose, empty when they are not known exactly."""
        exact = self.hours is not None and self.hours[0] == self.hours[1]
        return f"{self.hours[0]:.0f}" if exact and self.hours is not None else ""


class Course(msgspec.Struct, frozen=True, dict=True):
    """One drug's present episode. `start` is absent when no order or dose says when it began."""

    drug: str
    therapies: tuple[Therapy, ...]  # all that are not planned, newest first
    current: Therapy | None
    form: Form | None
    interval: Decimal | None  # hours
    start: Moment | None
    changed: Moment | None  # last start or change of product, dose or interval
    stopped: Moment | None
    doses: tuple[Dose, ...]  # oldest first
    policy: Policy

    @cached_property
    def names(self) -> frozenset[str]:
        """The ingredients and classes of every order."""
        return frozenset([name for therapy in self.therapies for name in therapy.names])

    @property
    def first_valid_from(self) -> Moment | None:
        """The moment from which the steady state of the present dose is counted."""
        return self.changed or self.start

    @cached_property
    def settled_on(self) -> date:
        """The first day on which a level of the present dose can be read; date.min if nothing delays it."""
        if self.form is None or self.form.first_valid is None or self.first_valid_from is None:
            return date.min
        return self.first_valid_from.day + timedelta(days=self.form.first_valid)

    @property
    def cycle_days(self) -> int:
        """How long a dosing cycle lasts, in whole days; none when the interval is not known."""
        return -(-int(self.interval) // 24) if self.interval is not None else 0

    def dose_before(self, reading: Reading) -> Dose | None:
        """The last dose surely taken before the draw; None when none is, or when its order is in doubt."""
        drawn = reading.effective
        place = bisect_right(self.doses, drawn.day + timedelta(days=1), key=lambda dose: dose.at.day)
        for dose in (self.doses[index] for index in range(place - 1, -1, -1)):
            before = surely_before(dose.at, drawn)
            if before is not False:
                return dose if before else None
        return None

    @cached_property
    def timed(self) -> frozenset[str]:
        """The analytes whose level depends on when it was drawn after a dose."""
        return self.form.timed_levels if self.form is not None else frozenset()

    @cached_property
    def settling(self) -> Mapping[str, int]:
        """The days after a start or change that each analyte needs to settle, of those that do."""
        return self.form.settling if self.form is not None else {}

    def times(self, analyte: str) -> bool:
        """Whether the analyte's level depends on when it was drawn after a dose."""
        return analyte in self.timed

    def timing(self, reading: Reading) -> Timing | None:
        """The draw's timing class; None when the analyte's level does not depend on the dose or the form is unknown."""
        if self.form is None or not self.times(reading.analyte):
            return None
        dose = self.dose_before(reading)
        if dose is None:
            return Timing("unknown", missing="MedicationAdministration.effectiveDateTime (last dose before the draw)")
        hours = hours_between(dose.at, reading.effective)
        if self.interval is None:
            return Timing("unknown", hours=hours, missing="dosageInstruction.timing.repeat", dose=dose)
        if hours[0] > self.policy.forgotten_after * self.interval:
            return Timing("unknown", missing="MedicationAdministration.effectiveDateTime (last dose before the draw)")
        label = self.form.classify(hours[0], hours[1], self.interval)
        exact = hours[0] == hours[1]
        phase = (hours[0] / self.interval).quantize(Decimal("0.01")) if exact else None
        missing_time = None if exact else "time of day of Observation.effectiveDateTime or of the last dose"
        return Timing(label, hours, phase, missing_time, dose)

    def is_early(self, reading: Reading) -> bool | None:
        """Whether the level was drawn before the present dose can have settled; None when no start is known."""
        needed = self.settling.get(reading.analyte)
        if needed is None:
            return False
        settled = self.first_valid_from
        if settled is None:
            return None
        return 0 <= days_between(settled, reading.effective) < needed


def named_orders(facts: Facts) -> tuple[NamedOrder, ...]:
    """The orders of a chart, each with whatever it may be asked for by."""
    return tuple([(one, frozenset(one.names)) for one in facts.therapies])


def course_of(
    drugs: Sequence[str],
    facts: Facts,
    forms: Sequence[Form],
    policy: Policy,
    orders: Sequence[NamedOrder] | None = None,
) -> Course | None:
    """The present course of a drug, or of any of a class; None when the chart holds no order or dose of it.

    `orders` are those of the chart, where they were named before.
    """
    if not drugs:
        return None
    names = set(drugs)
    listed = orders if orders is not None else named_orders(facts)
    therapies = [one for one, known in listed if not (known.isdisjoint(names) or one.planned)]
    if len(therapies) > 1:
        therapies.sort(key=_newest_first, reverse=True)
    doses: list[Dose] = []
    if facts.doses:
        names.update([therapy.drug for therapy in therapies])
        doses = [dose for dose in facts.doses if not names.isdisjoint(dose.ingredients)]
        doses.sort(key=_by_time)
    if not therapies and not doses:
        return None
    current = therapies[0] if therapies and therapies[0].current else None
    form, interval = _form(therapies, current, forms, policy)
    start, changed = _episode(therapies, doses, interval, policy)
    stopped = None if current or not therapies else therapies[0].end
    return Course(
        therapies[0].drug if therapies else drugs[0],
        tuple(therapies),
        current,
        form,
        interval,
        start,
        changed,
        stopped,
        tuple(doses),
        policy,
    )


def _by_time(dose: Dose) -> SortKey:
    return sort_key(dose.at)


def _newest_first(therapy: Therapy) -> tuple[bool, SortKey, str]:
    return therapy.current, sort_key(therapy.start) if therapy.start else FIRST, therapy.reference


def _form(
    therapies: Sequence[Therapy], current: Therapy | None, forms: Sequence[Form], policy: Policy
) -> tuple[Form | None, Decimal | None]:
    """The form of the present treatment, and its interval; none where two products in use differ, or one is a mixture.

    When a level of a mixture can be read is nowhere written down.
    """
    if not forms:
        return None, None
    used = [therapy for therapy in therapies if therapy.current] if current else list(therapies[:1])
    if any(therapy.others for therapy in used):
        return None, None
    found = {form.id: form for therapy in used if (form := form_of(therapy, forms)) is not None}
    if len(found) != 1:
        return None, None
    form = next(iter(found.values()))
    stated = next((therapy.interval_hours for therapy in used if form.fits(therapy)), None)
    interval = stated or form.default_interval
    sane = interval is not None and policy.interval_least <= interval <= policy.interval_most
    return form, interval if sane else None


def _episode(
    therapies: Sequence[Therapy], doses: Sequence[Dose], interval: Decimal | None, policy: Policy
) -> tuple[Moment | None, Moment | None]:
    """Start of the present episode, and its last change; a long gap in treatment begins a new one.

    Doses given before the first order the chart holds belong to the episode: the order may be a renewal.
    """
    begun = [(therapy.start, therapy) for therapy in therapies if therapy.start is not None]
    if therapies and not begun:
        return None, None
    events: list[tuple[Moment, Therapy | None]] = [*begun, *((dose.at, None) for dose in doses)]
    if len(events) == 1:
        return events[0][0], events[0][0]
    allowed = longest_pause(interval, policy)
    start: Moment | None = None
    changed: Moment | None = None
    last: Therapy | None = None
    reach: Moment | None = None  # how far treatment is known to have gone on
    endless = False  # an order without end goes on
    for moment, therapy in sorted(events, key=lambda event: (sort_key(event[0]), event[1] is None)):
        if reach is None or (not endless and days_between(reach, moment) > allowed):
            start = changed = moment
        elif therapy is not None and last is not None and differs(last, therapy):
            changed = moment
        until = therapy.end if therapy is not None else moment
        endless = endless or until is None
        reach = max((m for m in (reach, until, moment) if m is not None), key=sort_key)
        last = therapy or last
    return start, changed


def longest_pause(interval: Decimal | None, policy: Policy) -> int:
    """Days without treatment after which an episode still goes on."""
    return max(policy.episode_gap, int(2 * (interval or policy.assumed_interval) / 24))


def _comparable(one: str | None, other: str | None) -> tuple[str | None, str | None]:
    """Two doses as written; doses in different units are not known to differ."""
    if one is None or other is None or one.partition(" ")[2] != other.partition(" ")[2]:
        return None, None
    return one, other


def differs(previous: Therapy, therapy: Therapy) -> bool:
    """Whether two orders surely differ; what one of them leaves out is not known to differ."""
    pairs = (
        (previous.product, therapy.product),
        _comparable(previous.dose, therapy.dose),
        (previous.interval_hours, therapy.interval_hours),
        (previous.route, therapy.route),
    )
    return any(one is not None and other is not None and one != other for one, other in pairs)
