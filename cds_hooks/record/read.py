"""FHIR resources (R4, R4B, STU3 shapes still seen) become facts about one patient, and what could not be read."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import tzinfo

from msgspec.structs import replace

from cds_hooks.facts import (
    Condition,
    Dose,
    Facts,
    Goal,
    Moment,
    OpenOrder,
    Reading,
    Therapy,
    Unread,
    UnreadReason,
)
from cds_hooks.record.diagnoses.conditions import read_condition, read_procedure
from cds_hooks.record.diagnoses.pregnancies import without_ended
from cds_hooks.record.diagnoses.stays import read_stay
from cds_hooks.record.drafts import NO_DRAFTS, Drafts, as_written, without_copies
from cds_hooks.record.drugs.dispensed import read_dispensed
from cds_hooks.record.drugs.doses import marked_doses, ranked, read_dose, stated_dose
from cds_hooks.record.drugs.medications import Medications
from cds_hooks.record.drugs.planned import planned_doses
from cds_hooks.record.drugs.therapies import read_therapy
from cds_hooks.record.fhir.concepts import label_of
from cds_hooks.record.fhir.contained import with_contained
from cds_hooks.record.fhir.modifiers import without_modified
from cds_hooks.record.fhir.pages import lost_kinds
from cds_hooks.record.fhir.resources import READ_TYPES, Located, Resource
from cds_hooks.record.fhir.servers import named_server
from cds_hooks.record.fhir.subjects import PERSONAL, Subject, subject_of
from cds_hooks.record.fhir.versions import distinct
from cds_hooks.record.goals import read_goal
from cds_hooks.record.moments import Calendar
from cds_hooks.record.orders import read_order
from cds_hooks.record.organs import organs_of
from cds_hooks.record.patients import read_patient
from cds_hooks.record.results.fasting import Fasting
from cds_hooks.record.results.measures import Problem
from cds_hooks.record.results.observations import DrawMark, Laboratory
from cds_hooks.record.results.told import Listener, Told, scans
from terminology.vocabulary import Vocabulary

NO_PANELS: Mapping[str, tuple[str, ...]] = {}


def read(
    located: Sequence[Located],
    vocabulary: Vocabulary,
    *,
    today: Moment,
    zone: tzinfo | None,
    patient_id: str | None = None,
    absent: frozenset[str] = frozenset(),
    incomplete: frozenset[str] = frozenset(),
    unread: Sequence[Unread] = (),
    panels: Mapping[str, tuple[str, ...]] = NO_PANELS,
    drafts: Drafts = NO_DRAFTS,
    server: str | None = None,
) -> Facts:
    """Facts about the patient named by `patient_id`, else about the one the resources are about.

    `unread` carries what decoding could not use, `drafts` the orders that are being written beside the chart.
    `server` is the base URL where the call says its patient is. Refuses (400) only when it stays open who that is.
    """
    chart = with_contained(without_copies(located, drafts))
    found, disputed = distinct([item for item in chart if item.resource.resourceType in READ_TYPES])
    kept, modified = without_modified(found)
    subject, patient = subject_of([*found, *disputed], patient_id, named_server(server or ""))
    calendar = Calendar(today, zone)
    written = list(as_written(drafts, today))
    medications, fasting = Medications([*kept, *written], vocabulary), Fasting(kept, calendar)
    page = Page(vocabulary, calendar, medications, fasting, panels, subject, [*unread, *drafts.unread])
    for item in disputed:
        page.dispute(item)
    for item, modifier in modified:
        page.leave_modified(item, modifier)
    for item in (*kept, *written):
        page.take(item)
    named = patient if any(item.resource is patient for item in kept) else None
    facts = page.facts(named, absent, incomplete | lost_kinds(page.unread))
    return facts if drafts is NO_DRAFTS else replace(facts, drafts=drafts.references)


class Page:
    """Where the facts about one patient gather while a chart is read."""

    def __init__(
        self,
        vocabulary: Vocabulary,
        calendar: Calendar,
        medications: Medications,
        fasting: Fasting,
        panels: Mapping[str, tuple[str, ...]],
        subject: Subject,
        unread: Sequence[Unread],
    ) -> None:
        self._vocabulary = vocabulary
        self._laboratory = Laboratory(vocabulary, calendar)
        self._listener = Listener(vocabulary, calendar, self._laboratory.meanings)
        self._calendar = calendar
        self._medications = medications
        self._fasting = fasting
        self._panels = panels
        self._subject = subject
        self.unread = list(unread)
        self._readings: list[Reading] = []
        self._marks: list[DrawMark] = []
        self._therapies: list[Therapy] = []
        self._dispensed: list[Therapy] = []
        self._ordered: set[str] = set()
        self._given: list[Dose] = []
        self._stated: list[Dose] = []
        self._planned: list[Dose] = []
        self._conditions: list[Condition] = []
        self._orders: list[OpenOrder] = []
        self._goals: list[Goal] = []

    def take(self, item: Located) -> None:
        """Read one resource, if it is about the patient."""
        read_one = _READERS.get(item.resource.resourceType)
        if read_one is None:
            return
        if self._subject.owns(item):
            read_one(self, item.reference, item.resource)
        else:
            self._leave(item)

    def dispute(self, item: Located) -> None:
        """Note a resource whose versions contradict each other; nothing of it is used."""
        detail = f"{item.place} and another version under the same id differ, and neither says which is newer"
        self._set_aside(item, UnreadReason.VERSION_CONFLICT, detail)

    def leave_modified(self, item: Located, modifier: str) -> None:
        """Note a resource whose `modifier` may change what it says; nothing of it is used."""
        self._set_aside(item, UnreadReason.MODIFIED, f"its {modifier} is not known here and may change what it says")

    def _set_aside(self, item: Located, reason: UnreadReason, detail: str) -> None:
        if item.resource.resourceType in PERSONAL and not self._subject.owns(item):
            self._leave(item)
            return
        if item.resource.resourceType == "Observation":
            self.unread.append(self._laboratory.doubted(item.reference, item.resource, Problem(reason, detail)))
        else:
            self.unread.append(Unread(item.reference, label_of(item.resource.code), reason, detail))

    def facts(self, patient: Resource | None, absent: frozenset[str], incomplete: frozenset[str]) -> Facts:
        """Everything read, as one value."""
        calendar = self._calendar
        told = self._listener.newest()
        self.unread.extend([*self._listener.unclear(told), *self._listener.disputed()])
        organs = organs_of(told, self._conditions)
        person = read_patient(self._subject.reference, patient, organs, calendar)
        if self._subject.home.servers:
            person = replace(person, server=next(iter(self._subject.home.servers)))
        if patient is not None and patient.birthDate and person.birth_date is None:
            detail = "birthDate is not a date in the past"
            self.unread.append(Unread(person.reference, "Patient.birthDate", UnreadReason.MALFORMED, detail))
        therapies = [*self._therapies, *(one for one in self._dispensed if self._ordered.isdisjoint(one.ingredients))]
        marked = marked_doses(self._marks, therapies, calendar)
        return Facts(
            person,
            tuple(self._fasting.noted(self._readings)),
            tuple(therapies),
            ranked(self._given, self._stated, marked, self._planned),
            tuple(without_ended(self._recorded(told), self._listener.not_pregnant(told))),
            tuple(self._orders),
            tuple(self.unread),
            absent,
            incomplete,
            (*self._laboratory.unmapped, *self._medications.unmapped),
            tuple(self._goals),
            self._listener.last_period(told),
        )

    def _recorded(self, told: Mapping[str, Told]) -> Iterable[Condition]:
        return (*self._conditions, *self._listener.conditions(told), *scans(self._readings))

    def _leave(self, item: Located) -> None:
        detail = "its subject is not the patient of this request"
        self.unread.append(Unread(item.reference, "", UnreadReason.OTHER_PATIENT, detail))

    def observation(self, reference: str, resource: Resource) -> None:
        """Readings, draw timing, and results that could not be read; else what it tells that is no quantity."""
        meaning, has_parts = self._laboratory.meaning(resource), resource.component is not None
        outcomes = self._laboratory.read(reference, resource, meaning)
        if meaning.asks_fasting or has_parts or resource.specimen:
            self._fasting.hear(reference, resource)
        if not outcomes and (meaning.question is not None or has_parts):
            self.unread.extend(self._listener.hear(reference, resource))
        for outcome in outcomes:
            if isinstance(outcome, Reading):
                self._readings.append(outcome)
            elif isinstance(outcome, Unread):
                self.unread.append(outcome)
            else:
                self._marks.append(outcome)

    def therapy(self, reference: str, resource: Resource) -> None:
        """A therapy; of a statement also the last dose it tells of."""
        therapy, unread = read_therapy(reference, resource, self._medications, self._calendar)
        self.unread.extend([unread] if unread is not None else [])
        if therapy is not None:
            self._therapies.append(therapy)
            dose = stated_dose(therapy, resource, self._calendar)
            self._stated.extend([dose] if dose is not None else [])
            self._planned.extend(planned_doses(therapy, resource, self._calendar))
            if resource.resourceType == "MedicationRequest" and not therapy.planned:
                self._ordered.update(therapy.ingredients)

    def dispensed(self, reference: str, resource: Resource) -> None:
        """A therapy, which counts only where nobody ordered the drug."""
        therapy, unread = read_dispensed(reference, resource, self._medications, self._calendar)
        self.unread.extend([unread] if unread is not None else [])
        self._dispensed.extend([therapy] if therapy is not None else [])

    def administration(self, reference: str, resource: Resource) -> None:
        """A dose."""
        dose = read_dose(reference, resource, self._medications, self._calendar)
        if isinstance(dose, Unread):
            self.unread.append(dose)
        elif dose is not None:
            self._given.append(dose)

    def condition(self, reference: str, resource: Resource) -> None:
        """A diagnosis or symptom."""
        found = read_condition(reference, resource, self._vocabulary, self._calendar)
        self.unread.extend([one for one in found if isinstance(one, Unread)])
        self._conditions.extend([one for one in found if isinstance(one, Condition)])

    def stay(self, reference: str, resource: Resource) -> None:
        """A stay in hospital."""
        self._conditions.extend(read_stay(reference, resource, self._calendar))

    def procedure(self, reference: str, resource: Resource) -> None:
        """An operation or other procedure."""
        self._conditions.extend(read_procedure(reference, resource, self._vocabulary, self._calendar))

    def goal(self, reference: str, resource: Resource) -> None:
        """Target ranges, and the wish for a child."""
        for found in read_goal(reference, resource, self._vocabulary, self._laboratory):
            if isinstance(found, Goal):
                self._goals.append(found)
            elif isinstance(found, Condition):
                self._conditions.append(found)
            else:
                self.unread.append(found)

    def order(self, reference: str, resource: Resource) -> None:
        """A laboratory order."""
        order = read_order(reference, resource, self._vocabulary, self._panels, self._calendar)
        self._orders.extend([order] if order is not None else [])


_READERS: Mapping[str, Callable[[Page, str, Resource], None]] = {
    "Condition": Page.condition,
    "Encounter": Page.stay,
    "Goal": Page.goal,
    "MedicationAdministration": Page.administration,
    "MedicationDispense": Page.dispensed,
    "MedicationRequest": Page.therapy,
    "MedicationStatement": Page.therapy,
    "Observation": Page.observation,
    "Procedure": Page.procedure,
    "ServiceRequest": Page.order,
}
