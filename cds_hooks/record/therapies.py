"""Orders, plans and statements of drugs become therapies; whatever cannot be used is named."""

from __future__ import annotations

from collections.abc import Mapping

from cds_hooks.facts import Moment, Therapy, Unread, UnreadReason
from cds_hooks.record.dosage import bounds_of, dosages_of, dose_of, interval_of
from cds_hooks.record.elements import Period, Resource
from cds_hooks.record.medications import Medications, Named
from cds_hooks.record.moments import Calendar
from cds_hooks.record.routes import route_of
from cds_hooks.record.unmapped import unmapped_drugs
from terminology.vocabulary import DrugMatch

_STATUS: Mapping[str, str] = {
    "active": "active",
    "recorded": "active",
    "on-hold": "on-hold",
    "completed": "completed",
    "ended": "completed",
    "stopped": "stopped",
    "draft": "draft",
    "intended": "draft",
}
_NOT_TAKEN = frozenset({"entered-in-error", "cancelled", "not-taken", "not-done"})
_ENDED = ("completed", "stopped")
_UNDECIDED = ("proposal", "option")  # an intent nobody has acted on; a `plan` is how reported drugs are often recorded


def read_therapy(
    reference: str, resource: Resource, medications: Medications, calendar: Calendar
) -> Therapy | Unread | None:
    """A MedicationRequest or MedicationStatement as a therapy; None when the drug is surely not one of ours."""
    named = medications.named(resource)
    match = medications.match(named)
    refused = _refusal(resource)
    if match is None:
        return drug_unknown(reference, named, medications) if named.may_matter and refused is None else None
    if refused is not None:
        return Unread(reference, named.label, UnreadReason.STATUS, refused)
    therapy = _therapy(reference, resource, named, match, medications, calendar)
    return _contradicted(therapy, match, named) if match.not_taken is not None and therapy.current else therapy


def drug_unknown(reference: str, named: Named, medications: Medications) -> Unread:
    """A drug that may be a hormone but is not recognised; its codes are noted."""
    medications.unmapped.extend(unmapped_drugs(named))
    if named.codings or named.texts:
        detail = "the drug is not recognised: send an RxNorm or ATC code, or the ingredient's name as text"
    else:
        detail = "no drug is named, or the Medication it refers to was not sent"
    return Unread(reference, named.label, UnreadReason.DRUG_UNKNOWN, detail)


def _contradicted(therapy: Therapy, match: DrugMatch, named: Named) -> Unread:
    """An order in force whose drug is named as discontinued: whether it is taken is not known."""
    detail = f"the name of the drug says '{match.not_taken}', the status says {therapy.status}: correct one of them"
    return Unread(therapy.reference, named.label, UnreadReason.DRUG_UNKNOWN, detail)


def _refusal(resource: Resource) -> str | None:
    if resource.status in _NOT_TAKEN:
        return f"status is {resource.status}"
    if resource.doNotPerform:
        return "it is an order not to give the drug"
    return "it says the drug is not taken" if resource.taken == "n" else None


def _therapy(
    reference: str, resource: Resource, named: Named, match: DrugMatch, medications: Medications, calendar: Calendar
) -> Therapy:
    dosages = dosages_of(resource)
    bounds = bounds_of(dosages)
    status = _STATUS.get(resource.status or "", "unknown")
    route = route_of(dosages, match.route, named.texts)
    return Therapy(
        drug=match.drug,
        reference=reference,
        name=next(iter(named.texts), match.drug),
        basis=match.basis,
        status=status,
        classes=match.classes,
        product=match.product,
        route=route,
        interval_hours=interval_of(dosages, named.texts) or match.lasts_hours,
        dose=dose_of(dosages, named.texts),
        start=_start(resource, bounds, calendar),
        end=_end(resource, bounds, status, calendar),
        planned=status == "draft" or resource.intent in _UNDECIDED or _begins_later(bounds, calendar),
        others=match.others,
        form=match.form,
        strength=match.strength,
        systemic=medications.systemic(match, route),
    )


def _start(resource: Resource, bounds: Period | None, calendar: Calendar) -> Moment | None:
    """Start of the schedule, else of the order, else of the statement; partial and invalid dates leave it unknown."""
    taken = resource.effectivePeriod
    for text in (bounds.start if bounds else None, resource.authoredOn, taken.start if taken else None):
        moment = calendar.known(text)
        if moment is not None:
            return moment
    return None


def _end(resource: Resource, bounds: Period | None, status: str, calendar: Calendar) -> Moment | None:
    """The end, once it has passed; of an ended therapy whatever end is written. A future end is no end yet."""
    for period in (bounds, resource.effectivePeriod):
        moment = calendar.known(period.end if period else None)
        if moment is not None and (calendar.is_past(moment) or status in _ENDED):
            return moment
    return None


def _begins_later(bounds: Period | None, calendar: Calendar) -> bool:
    start = calendar.known(bounds.start if bounds else None)
    return start is not None and calendar.is_future(start)
