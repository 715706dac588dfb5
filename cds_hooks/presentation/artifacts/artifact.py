"""One resource of exported knowledge: what it says of itself, and how the rest of it is made once asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

from cds_hooks.presentation.canonical import BASE, programmatic

Shape = dict[str, Any]
Kind = Literal["ActivityDefinition", "Library", "PlanDefinition"]
KINDS: tuple[Kind, ...] = ("ActivityDefinition", "Library", "PlanDefinition")
PUBLISHER = "hormone-cds"


class Token(NamedTuple):
    """A code by which a resource may be found."""

    system: str
    code: str


@dataclass(frozen=True, slots=True, eq=False)
class Artifact:
    """One resource. `head` is what a summary shows beside what all have; `make` makes everything else."""

    kind: Kind
    id: str
    version: str
    title: str
    description: str
    make: Callable[[], Shape]
    head: Mapping[str, Any] = field(default_factory=dict)

    @property
    def url(self) -> str:
        """The canonical URL."""
        return url_of(self.kind, self.id)

    @property
    def name(self) -> str:
        """The name a program may give it."""
        return programmatic(self.id)

    def tokens(self, parameter: str) -> Iterator[Token]:
        """The codes it may be found by: of its topics, its contexts or its type."""
        for concept in _CONCEPTS[parameter](self.head):
            for coding in concept.get("coding", ()):
                yield Token(coding["system"], coding["code"])

    @property
    def summary(self) -> Shape:
        """What it says of itself, in FHIR's shape."""
        return {
            "resourceType": self.kind,
            "id": self.id,
            "url": self.url,
            "version": self.version,
            "name": self.name,
            "title": self.title,
            "status": "active",
            "experimental": False,
            "publisher": PUBLISHER,
            "description": self.description,
            **self.head,
        }


def url_of(kind: str, identity: str) -> str:
    """The canonical URL of one of our resources."""
    return f"{BASE}/{kind}/{identity}"


def encode_artifact(artifact: Artifact) -> bytes:
    """The whole resource as JSON; fhir.resources refuses one that is not valid R4."""
    return _encoded(artifact.summary | artifact.make())


def encode_artifact_summary(artifact: Artifact) -> bytes:
    """Its head alone, marked as cut short."""
    return _encoded(artifact.summary | {"meta": {"tag": [_SUBSETTED]}})


def _encoded(shape: Shape) -> bytes:
    from fhir.resources.R4B import get_fhir_model_class

    return get_fhir_model_class(shape["resourceType"]).model_validate(shape).model_dump_json().encode()


def _contexts(head: Mapping[str, Any]) -> list[Shape]:
    return [one["valueCodeableConcept"] for one in head.get("useContext", ()) if "valueCodeableConcept" in one]


_CONCEPTS: Mapping[str, Callable[[Mapping[str, Any]], list[Shape]]] = {
    "topic": lambda head: head.get("topic", []),
    "context": _contexts,
    "type": lambda head: [head["type"]] if "type" in head else [],
}
_SUBSETTED = {"system": "http://terminology.hl7.org/CodeSystem/v3-ObservationValue", "code": "SUBSETTED"}
