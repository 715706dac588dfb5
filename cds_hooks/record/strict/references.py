"""Whether references lead where they have to, and whether ids name one thing: what only the whole Bundle tells."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from cds_hooks.record.fhir.servers import home_of, server_of
from cds_hooks.record.fhir.subjects import PERSONAL, person_of, placed, server_named
from cds_hooks.record.strict.flaws import Flaw, Spot, flaw
from cds_hooks.record.strict.structure.shapes import ANY_RESOURCE, Field, Shape, is_known_type
from cds_hooks.record.strict.structure.structure import Element, Resource

_REPEATING = frozenset({"history", "batch", "batch-response", "transaction", "transaction-response"})


class Known:
    """The resources that were posted together, by every name a reference may call them."""

    def __init__(self, resources: Iterable[Resource]) -> None:
        self.resources = list(resources)
        outer = [one for one in self.resources if not is_contained(one)]
        self.is_bundle = any(one.kind == "Bundle" for one in outer)
        self.urls = {url for one in outer if (url := full_url(one))}
        self.names = {f"{one.kind}/{one.value.get('id')}" for one in outer}
        self.contained: dict[int, set[str]] = {}  # ids, by the resource that contains them
        for one in self.resources:
            if one.within is not None and is_contained(one):
                self.contained.setdefault(id(one.within.value), set()).add(str(one.value.get("id")))
        patients = [one for one in outer if one.kind == "Patient"]
        self.patient = Whose(patients[0], outer) if len(patients) == 1 and self.is_bundle else None

    def contains(self, resource: Resource, identity: str) -> bool:
        """Whether a resource contains one with this id; what is contained itself refers to its neighbors."""
        outer = resource.within if is_contained(resource) and resource.within is not None else resource
        return identity in self.contained.get(id(outer.value), ())

    def has(self, reference: str) -> bool:
        """Whether a reference leads to something that was posted."""
        named = reference.partition("/_history/")[0]
        return named in self.urls or "/".join(named.rsplit("/", 2)[-2:]) in self.names


class Whose:
    """The one Patient of a Bundle, as references name it."""

    def __init__(self, patient: Resource, resources: Iterable[Resource]) -> None:
        self._url, identity = full_url(patient), patient.value.get("id")
        self._ids = {name for name in (identity, person_of(self._url or "")) if isinstance(name, str)}
        shown = placed((reference, full_url(one)) for one in resources if (reference := _subject_of(one)) is not None)
        own = server_of(self._url)
        named = {server for person, server in shown if person in self._ids}
        self._home = home_of({own} if own is not None else (), named, None, is_told=False)

    def is_named(self, reference: str, within: str | None) -> bool:
        """Whether a subject of a resource at that fullUrl is this patient; a group, device or place is no other."""
        if (":" in reference and reference == self._url) or _type_of(reference) not in (None, "Patient"):
            return True
        if person_of(reference) not in self._ids:
            return False
        return reference.startswith("urn:") or self._home.has(server_named(reference, within))


def _subject_of(resource: Resource) -> str | None:
    subject = resource.value.get("subject") if resource.kind in PERSONAL else None
    reference = subject.get("reference") if isinstance(subject, dict) else None
    return reference if isinstance(reference, str) else None


def is_contained(resource: Resource) -> bool:
    """Whether a resource stands in another, and not by itself or in an entry of a Bundle."""
    return resource.spot.within is not None and resource.spot.within.key == "contained"


def full_url(resource: Resource) -> str | None:
    """How its entry in the Bundle calls it."""
    url = resource.entry.get("fullUrl") if resource.entry else None
    return url if isinstance(url, str) else None


def repeated_flaws(known: Known) -> Iterator[Flaw]:
    """Resources of one Bundle, or contained in one resource, that have the same id."""
    seen: dict[tuple[int, str], Resource] = {}
    for one in known.resources:
        identity = one.value.get("id")
        if one.within is None or not isinstance(identity, str) or _may_repeat(one.within):
            continue
        name = (id(one.within.value), identity if is_contained(one) else f"{one.kind}/{identity}")
        first = seen.setdefault(name, one)
        if first is not one and (_versions(first) != _versions(one) or _are_of_two_servers(first, one)):
            continue
        if first is not one and first.value != one.value:
            said = "Two resources have this id and differ: which of them counts is not known. Send one of them."
            yield flaw("duplicate", said, one.spot.at("id"))
        elif first is not one:
            yield flaw("duplicate", "This resource is sent twice and counts once.", one.spot.at("id"), "warning")


def _are_of_two_servers(one: Resource, other: Resource) -> bool:
    """Whether two resources of one id are two things, by their addresses."""
    servers = {server_of(full_url(one)), server_of(full_url(other))}
    return len(servers) == 2 and None not in servers


def _may_repeat(within: Resource) -> bool:
    """Whether a Bundle may tell of one resource more than once."""
    kind = within.value.get("type")
    return isinstance(kind, str) and kind in _REPEATING


def _versions(resource: Resource) -> tuple[str, str]:
    meta = resource.value.get("meta")
    told = meta if isinstance(meta, dict) else {}
    return str(told.get("versionId", "")), str(told.get("lastUpdated", ""))


def reference_flaws(element: Element, known: Known) -> Iterator[Flaw]:
    """References that stand in an element and lead to the wrong type, to another patient, or to nothing."""
    for name, value in element.value.items():
        field = element.shape.fields.get(name)
        if field is None or field.kind != "Reference":
            continue
        several = enumerate(value) if isinstance(value, list) else [(None, value)]
        for number, one in several:
            reference = one.get("reference") if isinstance(one, dict) else None
            if isinstance(reference, str):
                here = element.spot.at(name) if number is None else element.spot.at(name).at(number)
                yield from _reference(reference, field, element, here.at("reference"), known)


def _reference(reference: str, field: Field, element: Element, spot: Spot, known: Known) -> Iterator[Flaw]:
    kind = _type_of(reference)
    if kind is not None and field.targets and kind not in field.targets and ANY_RESOURCE not in field.targets:
        yield flaw("value", f"This cannot refer to a {kind}: send a reference to {_any_of(field.targets)}.", spot)
    elif reference.startswith("#"):
        if len(reference) > 1 and not known.contains(element.resource, reference[1:]):
            yield flaw("not-found", "Nothing with this id is contained in the resource: add it to contained.", spot)
    elif _is_subject(element.shape, spot) and not _is_of_patient(reference, element, known):
        said = "The subject is not the Patient in this Bundle: send each patient's resources in a Bundle of their own."
        yield flaw("conflict", said, spot)
    elif known.is_bundle and reference.startswith("urn:") and reference not in known.urls:
        said = "No entry of the Bundle has this fullUrl: add the resource, or correct one of the two."
        yield flaw("not-found", said, spot, "warning")
    elif known.is_bundle and _is_medication(spot) and not known.has(reference):
        said = "This Medication is not in the Bundle, so the drug is not known: add it, or name it in the order itself."
        yield flaw("not-found", said, spot, "warning")


def _type_of(reference: str) -> str | None:
    """The type in `Patient/1` or `https://…/Patient/1/_history/2`, if it says one."""
    parts = reference.partition("/_history/")[0].split("/")
    return parts[-2] if len(parts) > 1 and is_known_type(parts[-2]) else None


def _any_of(types: frozenset[str]) -> str:
    return " or ".join(sorted(types))


def _is_subject(shape: Shape, spot: Spot) -> bool:
    return shape.name in PERSONAL and spot.within is not None and spot.within.key == "subject"


def _is_medication(spot: Spot) -> bool:
    return spot.within is not None and spot.within.key == "medicationReference"


def _is_of_patient(reference: str, element: Element, known: Known) -> bool:
    """Whether a subject may be the one Patient, if there is one."""
    resource = element.resource
    outer = resource.within if is_contained(resource) and resource.within is not None else resource
    return known.patient is None or known.patient.is_named(reference, full_url(outer))
