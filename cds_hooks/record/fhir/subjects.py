"""Whose resources these are: the patient of the request, and every way a chart may refer to that person."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from cds_hooks.record.fhir.elements import Identifier, Reference, Resource
from cds_hooks.record.fhir.resources import Located
from cds_hooks.refusal import Refusal

_IDENTIFIERS = msgspec.json.Decoder(list[Identifier])
PERSONAL = frozenset(
    {
        "Condition",
        "Encounter",
        "Goal",
        "MedicationAdministration",
        "MedicationDispense",
        "MedicationRequest",
        "MedicationStatement",
        "Observation",
        "Procedure",
        "ServiceRequest",
        "Specimen",
    }
)


class Subject:
    """One person, recognised by id, by the entry's fullUrl, or by an identifier when no reference is given."""

    def __init__(self, patient_id: str | None, patients: Sequence[Located]) -> None:
        self.reference = f"Patient/{patient_id}" if patient_id else next((p.reference for p in patients), "")
        urls = {patient.full_url for patient in patients if patient.full_url}
        ids = {patient.resource.id for patient in patients if patient.resource.id} | (
            {patient_id} if patient_id else set()
        )
        self._ids = ids | {_last_part(url) for url in urls}
        self._known: dict[str | None, bool] = {url: True for url in urls if not url.startswith("#")}
        self._identifiers = frozenset(pair for patient in patients for pair in _identifiers(patient.resource))

    def owns(self, resource: Resource) -> bool:
        """Whether a resource is about this person; one without subject is taken to be."""
        subject = resource.subject
        if subject is None:
            return True
        known = self._known.get(subject.reference)
        return known if known is not None else self._decide(subject, resource)

    def _decide(self, subject: Reference, resource: Resource) -> bool:
        """Most of a chart says the same of its subject, so the answer to a reference is kept."""
        reference = subject.reference
        if reference is None:
            return subject.identifier is None or self._is_identified(subject.identifier)
        if reference.startswith("#"):
            return self._owns_contained(reference[1:], resource)
        known = self._known[reference] = person_of(reference) in self._ids
        return known

    def _is_identified(self, identifier: Identifier) -> bool:
        return (identifier.system or "", identifier.value) in self._identifiers

    def _owns_contained(self, identity: str, resource: Resource) -> bool:
        """A contained Patient has no id outside its resource: it is another person only if its identifiers say so."""
        for contained in resource.contained or ():
            if contained.id == identity and contained.resourceType == "Patient":
                theirs = frozenset(_identifiers(contained))
                return not theirs or not self._identifiers or bool(theirs & self._identifiers)
        return False


def subject_of(located: Sequence[Located], patient_id: str | None) -> tuple[Subject, Resource | None]:
    """The person these resources are about and their Patient resource, if sent; refuses a mix that leaves it open."""
    patients = [item for item in located if item.resource.resourceType == "Patient"]
    if patient_id is not None:
        patients = [item for item in patients if item.resource.id == patient_id]
    elif len({item.resource.id or item.full_url or item.place for item in patients}) > 1:
        raise _refused("The Bundle holds more than one Patient: send one Bundle per patient.")
    elif not patients:
        return Subject(_only_subject(located), ()), None
    return Subject(patient_id, patients), patients[0].resource if patients else None


def person_of(reference: str) -> str | None:
    """The id in `Patient/1`, `https://…/Patient/1/_history/2` or `urn:uuid:…`; None when it is something else."""
    if reference.startswith("urn:"):
        return _last_part(reference)
    parts = reference.partition("/_history/")[0].split("/")
    return parts[-1] if len(parts) > 1 and parts[-2] == "Patient" and parts[-1] else None


def _only_subject(located: Sequence[Located]) -> str | None:
    people: set[str] = set()
    for item in located:
        subject: Reference | None = item.resource.subject
        if item.resource.resourceType in PERSONAL and subject is not None and subject.reference is not None:
            person = person_of(subject.reference)
            people.update([person] if person else [])
    if len(people) > 1:
        raise _refused("The Bundle holds no Patient and its resources name several: add the Patient they are about.")
    return next(iter(people), None)


def _refused(diagnostics: str) -> Refusal:
    return Refusal(400, "invalid", diagnostics, "Bundle.entry.resource.ofType(Patient)")


def _last_part(url: str) -> str:
    return url.rstrip("/").rpartition("/")[2].rpartition(":")[2]


def _identifiers(resource: Resource) -> list[tuple[str, str | None]]:
    try:
        return [(one.system or "", one.value) for one in _IDENTIFIERS.decode(resource.identifier) if one.value]
    except msgspec.DecodeError:
        return []
