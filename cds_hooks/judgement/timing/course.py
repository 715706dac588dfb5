"""The course of one drug in one patient: when it began, what changed, how it is given, and when doses were taken."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

import msgspec

from cds_hooks.facts import Dose, Facts, Moment, Reading, Therapy
from cds_hooks.judgement.timing.clock import days_between, hours_between, sort_key, surely_before
from cds_hooks.judgement.timing.forms import Form, TimingClass, form_of

EPISODE_GAP_DAYS = 120
ASSUMED_INTERVAL = Decimal(24)


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


@dataclass(frozen=True, slots=True)
class Course:
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

    @property
    def first_valid_from(self) -> Moment | None:
        """The moment from which the steady state of the present dose is counted."""
        return self.changed or self.start

    def dose_before(self, reading: Reading) -> Dose | None:
        """The last dose surely taken before the draw; None when none is, or when its order is in doubt."""
        found = None
        for dose in self.doses:
            before = surely_before(dose.at, reading.effective)
            if before is None:
                return None
            if before:
                found = dose
        return found

    def times(self, analyte: str) -> bool:
        """Whether the analyte's level depends on when it was drawn after a dose."""
        return self.form is not None and analyte in self.form.timed and bool(self.form.window)

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
        label = self.form.classify(hours[0], hours[1], self.interval)
        exact = hours[0] == hours[1]
        phase = (hours[0] / self.interval).quantize(Decimal("0.01")) if exact else None
        missing_time = None if exact else "time of day of Observation.effectiveDateTime or of the last dose"
        return Timing(label, hours, phase, missing_time, dose)

    def is_early(self, reading: Reading) -> bool | None:
        """Whether the level was drawn before the present dose can have settled; None when no start is known."""
        if self.form is None or self.form.first_valid is None or reading.analyte not in self.form.timed:
            return False
        settled = self.first_valid_from
        if settled is None:
            return None
        elapsed = days_between(settled, reading.effective)
        return 0 <= elapsed < self.form.first_valid


def course_of(drug: str, facts: Facts, forms: Sequence[Form]) -> Course | None:
    """The present course of a drug, or None when the chart holds no order or dose of it."""
    therapies = sorted(
        (therapy for therapy in facts.therapies if therapy.drug == drug and not therapy.planned),
        key=_newest_first,
        reverse=True,
    )
    doses = tuple(sorted((dose for dose in facts.doses if dose.drug == drug), key=lambda dose: sort_key(dose.at)))
    if not therapies and not doses:
        return None
    current = next((therapy for therapy in therapies if therapy.current), None)
    newest = current or (therapies[0] if therapies else None)
    form = form_of(newest, forms) if newest else None
    interval = _interval(newest, form)
    start, changed = _episode(therapies, doses, interval)
    stopped = None if current or newest is None else newest.end
    return Course(drug, tuple(therapies), current, form, interval, start, changed, stopped, doses)


def _newest_first(therapy: Therapy) -> tuple[bool, tuple[str, str], str]:
    return therapy.current, sort_key(therapy.start) if therapy.start else ("", ""), therapy.reference


def _interval(therapy: Therapy | None, form: Form | None) -> Decimal | None:
    if therapy is None or form is None:
        return None
    return therapy.interval_hours or form.default_interval


def _episode(
    therapies: Sequence[Therapy], doses: Sequence[Dose], interval: Decimal | None
) -> tuple[Moment | None, Moment | None]:
    """Start of the present episode, and its last change; a long gap in treatment begins a new one."""
    allowed = max(EPISODE_GAP_DAYS, int(2 * (interval or ASSUMED_INTERVAL) / 24))
    begun = sorted((t for t in therapies if t.start is not None), key=lambda t: sort_key(t.start))  # type: ignore[arg-type]
    start: Moment | None = None
    changed: Moment | None = None
    previous: Therapy | None = None
    for therapy in begun:
        assert therapy.start is not None  # noqa: S101  (filtered above)
        if previous is None or _gap(previous, therapy.start, doses) > allowed:
            start = changed = therapy.start
        elif _differs(previous, therapy):
            changed = therapy.start
        previous = therapy
    if not therapies and doses:
        return doses[0].at, None
    return start, changed


def _gap(previous: Therapy, start: Moment, doses: Sequence[Dose]) -> int:
    """Days between the end of one order and the start of the next; none when the earlier order has no known end."""
    if previous.end is None:
        return 0
    last = max((dose.at for dose in doses if dose.at.day <= start.day), key=sort_key, default=previous.end)
    return min(days_between(previous.end, start), days_between(last, start))


def _differs(previous: Therapy, therapy: Therapy) -> bool:
    return (previous.product, previous.dose, previous.interval_hours, previous.route) != (
        therapy.product,
        therapy.dose,
        therapy.interval_hours,
        therapy.route,
    )
