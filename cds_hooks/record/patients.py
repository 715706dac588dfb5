"""The person: birth date, whether deceased, and the sex that tables go by, with where it was found."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date

from cds_hooks.facts import Patient
from cds_hooks.record.fhir.datatypes import CodeableConcept, Extension
from cds_hooks.record.fhir.elements import Resource
from cds_hooks.record.moments import Calendar, latest_day
from cds_hooks.record.organs import Organs

SEX_PARAMETER = "http://hl7.org/fhir/StructureDefinition/patient-sexParameterForClinicalUse"
BIRTH_SEX = "http://hl7.org/fhir/us/core/StructureDefinition/us-core-birthsex"
_SEXES: Mapping[str | None, str] = {
    "male-typical": "male",
    "female-typical": "female",
    "specified": "other",
    "M": "male",
    "F": "female",
    "OTH": "other",
    "male": "male",
    "female": "female",
    "other": "other",
}


def read_patient(reference: str, resource: Resource | None, organs: Organs, calendar: Calendar) -> Patient:
    """The Patient resource as facts; without one everything but the reference is unknown.

    A birth date with only year or month is taken as its last day, so that nobody is counted older than they are.
    """
    if resource is None:
        return Patient(reference, organs=organs.present, organs_absent=organs.absent, organs_removed=organs.removed)
    sex, basis = _sex(resource)
    deceased = bool(resource.deceasedBoolean or resource.deceasedDateTime)
    return Patient(reference, birth_day(resource, calendar), sex, basis, *organs, deceased)


def birth_day(resource: Resource, calendar: Calendar) -> date | None:
    """The birth date; None when it is absent, no date, or in the future."""
    text, today = resource.birthDate or "", calendar.today.day
    day = latest_day(text)
    if day is None or day <= today:
        return day
    return today if today.isoformat().startswith(f"{text}-") else None


def _sex(resource: Resource) -> tuple[str | None, str]:
    """The clinical parameter, else the sex at birth, else the administrative gender, marked as assumed."""
    extensions = resource.extension or ()
    for code in _sex_parameters(extensions):
        if code in _SEXES:
            return _SEXES[code], "sexParameterForClinicalUse"
    for extension in extensions:
        if extension.url == BIRTH_SEX and extension.valueCode in _SEXES:
            return _SEXES[extension.valueCode], "birthsex"
    if resource.gender in _SEXES:
        return _SEXES[resource.gender], "gender (assumed)"
    return None, "not recorded"


def _sex_parameters(extensions: Iterable[Extension]) -> Iterator[str]:
    for extension in extensions:
        if extension.url == SEX_PARAMETER:
            for inner in (extension, *(extension.extension or ())):
                yield from _codes(inner.valueCodeableConcept)


def _codes(concept: CodeableConcept | None) -> Iterator[str]:
    for coding in (concept.coding if concept else None) or ():
        if coding.code:
            yield coding.code
