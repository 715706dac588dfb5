"""Orders, plans and statements of drugs become therapies; whatever cannot be used is named."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from cds_hooks.facts import Moment, Therapy, Unread, UnreadReason
from cds_hooks.record.drugs.dosage import bounds_of, dosages_of
from cds_hooks.record.drugs.medications import Identified, Medications
from cds_hooks.record.drugs.named import Named
from cds_hooks.record.fhir.concepts import codings_of
from cds_hooks.record.fhir.datatypes import Period
from cds_hooks.record.fhir.elements import Resource
from cds_hooks.record.moments import Calendar
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
VOID = "the Medication it refers to was entered in error"
_ENDED = ("completed", "stopped")
_UNDECIDED = ("proposal", "option")  # an intent nobody has acted on; a `plan` is how reported drugs are often recorded


def read_therapy(
    reference: str, resource: Resource, medications: Medications, calendar: Calendar
) -> tuple[Therapy | None, Unread | None]:
    """A MedicationRequest or MedicationStatement as a therapy, and what of it could not be used.

    Neither when the drug is surely not one of ours; both when the order is in force and its words say it is not taken.
    """
    drug = medications.identified(resource)
    named, match, _ = drug
    refused = VOID if medications.is_void(resource) else _refusal(resource)
    if match is None:
        return None, _unrecognised(reference, named, medications, refused)
    if refused is not None:
        return None, Unread(reference, named.label, UnreadReason.STATUS, refused)
    if match.conflict:
        return None, in_conflict(reference, named, match)
    if match.denied:
        detail = f"its text says '{match.not_taken}': no order of {match.drug}"
        return None, Unread(reference, named.label, UnreadReason.STATUS, detail)
    therapy = _therapy(reference, resource, drug, match, medications, calendar)
    said = match.not_taken
    return _doubted(therapy, said, named) if said is not None and therapy.current else (therapy, None)


def _unrecognised(reference: str, named: Named, medications: Medications, refused: str | None) -> Unread | None:
    """A drug nobody knows: told when it may matter; a code is noted for the site's map in any case."""
    if refused is not None:
        return None
    if named.may_matter:
        return drug_unknown(reference, named, medications)
    medications.unmapped.extend(unmapped_drugs(named) if named.is_local else ())
    return None


def in_conflict(reference: str, named: Named, match: DrugMatch) -> Unread:
    """A drug whose codes contradict each other."""
    detail = f"its codes name different drugs: {' and '.join(match.conflict)}"
    return Unread(reference, named.label, UnreadReason.DRUG_CONFLICT, detail)


def drug_unknown(reference: str, named: Named, medications: Medications) -> Unread:
    """A drug that may be a hormone but is not recognised; its codes are noted."""
    medications.unmapped.extend(unmapped_drugs(named))
    if named.all_codings or named.all_texts:
        detail = "the drug is not recognised: send an RxNorm or ATC code, or the ingredient's name as text"
    else:
        detail = "no drug is named, or the Medication it refers to was not sent"
    return Unread(reference, named.label, UnreadReason.DRUG_UNKNOWN, detail)


def _doubted(therapy: Therapy, said: str, named: Named) -> tuple[Therapy, Unread]:
    """An order in force that says the drug is not taken: its safety checks stay, no visit is counted from it."""
    detail = f"the order is {therapy.status}, and its text says '{said}': correct one of them"
    unread = Unread(therapy.reference, named.label, UnreadReason.DRUG_UNKNOWN, detail)
    return msgspec.structs.replace(therapy, status="unknown", start=None), unread


def _refusal(resource: Resource) -> str | None:
    if resource.status in _NOT_TAKEN:
        return f"status is {resource.status}"
    if resource.doNotPerform:
        return "it is an order not to give the drug"
    not_taken = resource.taken == "n" or _adherence(resource) == "not-taking"
    return "it says the drug is not taken" if not_taken else None


def _adherence(resource: Resource) -> str | None:
    """What an R5 statement says of how the drug is taken; its status only tells whether the statement counts."""
    codes = codings_of(resource.adherence.code) if resource.adherence is not None else []
    return next((code for _, code, _ in codes), None)


def _status(resource: Resource) -> str:
    adherence = _adherence(resource) or ""
    held = next((status for status in ("stopped", "on-hold") if adherence.startswith(status)), None)
    status = _STATUS.get(resource.status or "", "unknown")
    return held if held is not None and status == "active" else status


def _therapy(
    reference: str, resource: Resource, drug: Identified, match: DrugMatch, medications: Medications, calendar: Calendar
) -> Therapy:
    regimen = medications.regimen(resource, drug, match)
    bounds = bounds_of(dosages_of(resource))
    status = _status(resource)
    return Therapy(
        drug=match.drug,
        reference=reference,
        name=match.called or next(iter(drug.named.all_texts), match.drug),
        basis=match.basis,
        by_map=match.by_map,
        status=status,
        classes=match.classes,
        product=match.product,
        route=regimen.route,
        interval_hours=regimen.interval_hours,
        dose=regimen.dose,
        start=_start(resource, bounds, calendar),
        end=_end(resource, bounds, status, calendar),
        planned=status == "draft" or resource.intent in _UNDECIDED or _begins_later(bounds, calendar),
        others=match.others,
        form=match.form,
        strength=match.strength,
        systemic=regimen.systemic,
        stated=_stated(resource, calendar) if resource.resourceType == "MedicationStatement" else None,
    )


def _stated(resource: Resource, calendar: Calendar) -> Moment | None:
    """When it was said that the drug is taken; without that, the day it is said of, and of a period its beginning."""
    period = resource.effectivePeriod
    for text in (resource.dateAsserted, resource.effectiveDateTime, period.start if period else None):
        moment = calendar.known(text)
        if moment is not None:
            return moment
    return None


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
