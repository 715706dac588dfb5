"""Whose resources these are: the patient of the request, and every way a chart may refer to that person."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import msgspec

from cds_hooks.record.fhir.datatypes import Identifier, Reference
from cds_hooks.record.fhir.elements import Resource
from cds_hooks.record.fhir.resources import Located
from cds_hooks.record.fhir.servers import Home, base_of, home_of, server_of
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
    """One person, recognised by id and server, by the entry's fullUrl, or by an identifier without a reference."""

    def __init__(self, patient_id: str | None, patients: Sequence[Located], home: Home) -> None:
        self.reference = f"Patient/{patient_id}" if patient_id else next((p.reference for p in patients), "")
        self.home = home
        urls = {patient.full_url for patient in patients if patient.full_url}
        self._ids = ids_of(patients) | ({patient_id} if patient_id else set())
        self._known: dict[tuple[str, str], bool] = {(url, ""): True for url in urls if ":" in url}
        self._identifiers = frozenset(pair for patient in patients for pair in _identifiers(patient.resource))

    def owns(self, item: Located) -> bool:
        """Whether a resource is about this person; one without subject is taken to be."""
        subject = item.resource.subject
        if subject is None:
            return True
        reference = subject.reference
        if reference is None:
            return subject.identifier is None or self._is_identified(subject.identifier)
        if reference.startswith("#"):
            return self._owns_contained(reference[1:], item.resource)
        # Most of a chart says the same of its subject, so the answer to a reference is kept.
        asked = reference, "" if ":" in reference else base_of(item.full_url)
        known = self._known.get(asked)
        if known is None:
            known = self._known[asked] = self._is_named(reference, item.full_url)
        return known

    def _is_named(self, reference: str, within: str | None) -> bool:
        if person_of(reference) not in self._ids:
            return False
        return reference.startswith("urn:") or self.home.has(server_named(reference, within))

    def _is_identified(self, identifier: Identifier) -> bool:
        return (identifier.system or "", identifier.value) in self._identifiers

    def _owns_contained(self, identity: str, resource: Resource) -> bool:
        """A contained Patient has no id outside its resource: it is another person only if its identifiers say so."""
        for contained in resource.contained or ():
            if contained.id == identity and contained.resourceType == "Patient":
                theirs = frozenset(_identifiers(contained))
                return not theirs or not self._identifiers or bool(theirs & self._identifiers)
        return False


def subject_of(
    located: Sequence[Located], patient_id: str | None, server: str | None = None
) -> tuple[Subject, Resource | None]:
    """The person these resources are about and their Patient resource, if sent; refuses a mix that leaves it open.

    `server` is where a call says its patient is; it decides only between servers that the resources show.
    """
    patients = [item for item in located if item.resource.resourceType == "Patient"]
    if patient_id is not None:
        patients = _on(server, [item for item in patients if item.resource.id == patient_id])
    elif not patients:
        person, where = _only_subject(located)
        return Subject(person, (), home_of((), where, server, is_told=False)), None
    own = {place for item in patients if (place := server_of(item.full_url)) is not None}
    names = {item.resource.id or item.full_url or item.place for item in patients}
    if len(own) > 1 or len(names) > 1:
        raise _refused("The Bundle holds more than one Patient: send one Bundle per patient.")
    ids = ids_of(patients) | ({patient_id} if patient_id is not None else set())
    shown = {place for person, place in placed(_subjects(located)) if person in ids}
    home = home_of(own, shown, server, is_told=patient_id is not None)
    return Subject(patient_id, patients, home), patients[0].resource if patients else None


def _on(server: str | None, patients: list[Located]) -> list[Located]:
    """Of Patients with one id on several servers, those on the one that is meant."""
    if server is None or all(server_of(item.full_url) != server for item in patients):
        return patients
    return [item for item in patients if server_of(item.full_url) in (None, server)]


def ids_of(patients: Sequence[Located]) -> set[str]:
    """What references may call the person of these resources."""
    ids = {patient.resource.id for patient in patients if patient.resource.id}
    return ids | {_last_part(patient.full_url) for patient in patients if patient.full_url}


def server_named(reference: str, within: str | None) -> str | None:
    """The server on which a reference places its target; a relative one, that of the entry (its fullUrl)."""
    return server_of(reference if ":" in reference else within)


def placed(subjects: Iterable[tuple[str, str | None]]) -> set[tuple[str, str]]:
    """Who is somebody's subject, and on which server, where that is said: of references and their entries' URLs."""
    asked = {(reference, "" if ":" in reference else base_of(within)): within for reference, within in subjects}
    return {
        (person, server)
        for (reference, _), within in asked.items()
        if (person := person_of(reference)) is not None and (server := server_named(reference, within)) is not None
    }


def _subjects(located: Sequence[Located]) -> Iterator[tuple[str, str | None]]:
    for item in located:
        subject: Reference | None = item.resource.subject
        if item.resource.resourceType in PERSONAL and subject is not None and subject.reference is not None:
            yield subject.reference, item.full_url


def person_of(reference: str) -> str | None:
    """The id in `Patient/1`, `https://…/Patient/1/_history/2` or `urn:uuid:…`; None when it is something else."""
    if reference.startswith("urn:"):
        return _last_part(reference)
    parts = reference.partition("/_history/")[0].split("/")
    return parts[-1] if len(parts) > 1 and parts[-2] == "Patient" and parts[-1] else None


def _only_subject(located: Sequence[Located]) -> tuple[str | None, set[str]]:
    subjects = list(_subjects(located))
    people = {person for reference, _ in subjects if (person := person_of(reference))}
    servers = {server for _, server in placed(subjects)}
    if len(people) > 1 or len(servers) > 1:
        raise _refused("The Bundle holds no Patient and its resources name several: add the Patient they are about.")
    return next(iter(people), None), servers


def _refused(diagnostics: str) -> Refusal:
    return Refusal(400, "invalid", diagnostics, "Bundle.entry.resource.ofType(Patient)")


def _last_part(url: str) -> str:
    return url.rstrip("/").rpartition("/")[2].rpartition(":")[2]


def _identifiers(resource: Resource) -> list[tuple[str, str | None]]:
    try:
        return [(one.system or "", one.value) for one in _IDENTIFIERS.decode(resource.identifier) if one.value]
    except msgspec.DecodeError:
        return []
