"""When doses were taken: administrations first, then statements, what the laboratory noted, and what was planned."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, time, timedelta
from decimal import Decimal

from cds_hooks.facts import Dose, Moment, Therapy, Unread, UnreadReason
from cds_hooks.record.drugs.medications import Medications
from cds_hooks.record.drugs.therapies import VOID, drug_unknown, in_conflict
from cds_hooks.record.fhir.datatypes import Quantity
from cds_hooks.record.fhir.elements import Resource
from cds_hooks.record.moments import Calendar
from cds_hooks.record.results.numbers import positive
from cds_hooks.record.results.observations import DrawMark

_GIVEN = ("completed", "in-progress")
_MINUTES: Mapping[str, int] = {
    "min": 1,
    "h": 60,
    "hr": 60,
    "hour": 60,
    "hours": 60,
    "d": 1440,
    "day": 1440,
    "days": 1440,
}
_LONGEST_SPAN = Decimal(60 * 24 * 366)


def read_dose(reference: str, resource: Resource, medications: Medications, calendar: Calendar) -> Dose | Unread | None:
    """A MedicationAdministration as a dose; None when the drug is surely not one of ours."""
    named, match, _ = medications.identified(resource)
    if match is None:
        may_matter = named.may_matter and resource.status in _GIVEN
        return drug_unknown(reference, named, medications) if may_matter else None
    if resource.status not in _GIVEN or medications.is_void(resource):
        detail = f"status is {resource.status or 'missing'}: not known to be given"
        if medications.is_void(resource):
            detail = VOID
        return Unread(reference, named.label, UnreadReason.STATUS, detail)
    if match.conflict:
        return in_conflict(reference, named, match)
    period = resource.effectivePeriod or resource.occurencePeriod
    text = resource.effectiveDateTime or resource.occurenceDateTime or (period and (period.start or period.end))
    at = calendar.moment(text) if text else UnreadReason.EFFECTIVE_MISSING
    if isinstance(at, Moment) and calendar.is_future(at):
        at = UnreadReason.EFFECTIVE_FUTURE
    if isinstance(at, Moment):
        return Dose(match.drug, at, reference, match.others, match.basis if match.by_map else "")
    return Unread(reference, named.label, at, "the time of this dose is missing, not a day, or not yet past")


def stated_dose(therapy: Therapy, resource: Resource, calendar: Calendar) -> Dose | None:
    """The last dose a MedicationStatement tells of: its effective time, or the end of its period."""
    period = resource.effectivePeriod
    at = calendar.known(resource.effectiveDateTime or (period.end if period else None))
    if at is None or therapy.planned or calendar.is_future(at):
        return None
    return Dose(therapy.drug, at, therapy.reference, therapy.others)


def marked_doses(marks: Iterable[DrawMark], therapies: Sequence[Therapy], calendar: Calendar) -> list[Dose]:
    """The doses noted at draws, as far as it is clear which drug and which time they mean."""
    drugs = {drug for therapy in therapies if not therapy.planned for drug in therapy.ingredients}
    groups: dict[tuple[str, Moment | None], list[DrawMark]] = {}
    for mark in marks:
        drug = _drug_of(mark, drugs)
        if drug is not None:
            groups.setdefault((drug, mark.effective), []).append(mark)
    found = [(drug, _at(group, effective, calendar), group[0].reference) for (drug, effective), group in groups.items()]
    return [Dose(drug, at, reference) for drug, at, reference in found if at is not None and not calendar.is_future(at)]


def ranked(*ranks: Sequence[Dose]) -> tuple[Dose, ...]:
    """Doses of the best rank; those of a lower one only from before the days the better one covers, per drug."""
    kept: list[Dose] = []
    covered: dict[str, date] = {}
    for rank in ranks:
        kept.extend(dose for dose in rank if dose.drug not in covered or dose.at.day < covered[dose.drug])
        for dose in kept:
            covered[dose.drug] = min(covered.get(dose.drug, dose.at.day), dose.at.day)
    return tuple(kept)


def _drug_of(mark: DrawMark, drugs: set[str]) -> str | None:
    """The drug measured in the same Observation (`testosterone_total` measures testosterone), else the only one."""
    measured = {analyte.partition("_")[0] for analyte in mark.analytes} & drugs
    candidates = measured if mark.analytes else drugs
    return next(iter(candidates)) if len(candidates) == 1 else None


def _at(marks: Iterable[DrawMark], drawn: Moment | None, calendar: Calendar) -> Moment | None:
    parts = {mark.kind: mark.part for mark in marks}
    day_of, clock, span = (parts.get(kind) for kind in ("last_dose_date", "last_dose_time", "time_post_dose"))
    day = calendar.known(day_of.valueDateTime) if day_of else None
    if day is not None:
        hour = _clock(clock.valueTime) if clock else None
        return calendar.known(f"{day.day}T{hour.isoformat()}") if hour and day.instant is None else day
    return _before(drawn, _span(span.valueQuantity)) if drawn and span and span.valueQuantity else None


def _clock(text: str | None) -> time | None:
    try:
        return time.fromisoformat(text).replace(tzinfo=None) if text else None
    except ValueError:
        return None


def _span(quantity: Quantity) -> timedelta | None:
    minutes, value = _MINUTES.get(quantity.code or quantity.unit or ""), positive(quantity.value)
    if minutes is None or value is None or value * minutes > _LONGEST_SPAN:
        return None
    return timedelta(minutes=int(value * minutes))


def _before(drawn: Moment, span: timedelta | None) -> Moment | None:
    """The moment a stretch before a draw; unknown when the hour of the draw is."""
    if span is None:
        return None
    try:
        instant = drawn.instant - span if drawn.instant is not None else None
        local = drawn.local - span if drawn.local is not None else None
    except OverflowError:
        return None
    if local is not None:
        return Moment(local.date(), local.time(), instant)
    return Moment(instant.date(), None, instant) if instant is not None else None
