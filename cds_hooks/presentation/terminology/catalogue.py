"""Everything published, found by id or by canonical URL."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TypeVar

from cds_hooks.judgement.knowledge.knowledge import Knowledge
from cds_hooks.presentation.artifacts.artifact import Artifact
from cds_hooks.presentation.artifacts.exported import exported
from cds_hooks.presentation.canonical import BASE
from cds_hooks.presentation.monitoring.definition import OperationDefinition, monitoring_definition
from cds_hooks.presentation.terminology.code_systems import code_systems
from cds_hooks.presentation.terminology.concept_maps import concept_maps
from cds_hooks.presentation.terminology.definitions import CodeSystem, ConceptMap, ValueSet, split_canonical
from cds_hooks.presentation.terminology.extensions import EXTENSIONS, StructureDefinition
from cds_hooks.presentation.terminology.value_sets import protocol_value_sets, value_sets
from cds_hooks.refusal import Refusal

Published = CodeSystem | ValueSet | ConceptMap | OperationDefinition | StructureDefinition | Artifact
T = TypeVar("T", bound=Published)


@dataclass(frozen=True, slots=True, eq=False)
class Catalogue:
    """What one knowledge publishes. `version` is that of our own resources: the service's."""

    version: str
    systems: Mapping[str, CodeSystem]  # by url
    code_systems: Mapping[str, CodeSystem]  # by id
    value_sets: Mapping[str, ValueSet]  # by id
    concept_maps: Mapping[str, ConceptMap]  # by id
    operation_definitions: Mapping[str, OperationDefinition]  # by id
    structure_definitions: Mapping[str, StructureDefinition]  # by id
    artifacts: Mapping[str, Mapping[str, Artifact]]  # by type and id

    @classmethod
    def of(cls, knowledge: Knowledge, version: str) -> Catalogue:
        """Lay out what a knowledge publishes."""
        found = code_systems(knowledge, version)
        systems = {system.url: system for system in found}
        return cls(
            version,
            systems,
            _by_id(found),
            _by_id([*value_sets(knowledge.vocabulary, systems), *protocol_value_sets(knowledge)]),
            _by_id(concept_maps(knowledge.vocabulary, systems)),
            _by_id([monitoring_definition(knowledge.profiles)]),
            _by_id(EXTENSIONS),
            exported(knowledge, version),
        )

    def of_type(self, kind: str) -> Mapping[str, Published]:
        """The resources of one FHIR type, by id."""
        shelves: dict[str, Mapping[str, Published]] = {
            "CodeSystem": self.code_systems,
            "ValueSet": self.value_sets,
            "ConceptMap": self.concept_maps,
            "OperationDefinition": self.operation_definitions,
            "StructureDefinition": self.structure_definitions,
            **self.artifacts,
        }
        return shelves[kind]

    def read(self, shelf: Mapping[str, T], identity: str) -> T:
        """One resource by id. Raises Refusal (404) when there is none."""
        found = shelf.get(identity)
        if found is None:
            raise Refusal(404, "not-found", f"There is none with this id. {_SEARCH}")
        return found

    def plan(self, identity: str) -> Artifact:
        """A PlanDefinition by id. Raises Refusal (404) when there is none."""
        return self.read(self.artifacts["PlanDefinition"], identity)

    def by_url(self, shelf: Mapping[str, T], canonical: str) -> T:
        """The resource with a canonical URL (`url|version`). Raises Refusal (404) when there is none."""
        url, version = split_canonical(canonical)
        found = next((one for one in shelf.values() if self.url_of(one) == url), None)
        if found is None:
            raise Refusal(404, "not-found", f"There is none with this url here. {_SEARCH}", "url")
        self.require_version(found, version)
        return found

    def system(self, url: str) -> CodeSystem:
        """A code system by its url, without a version. Raises Refusal (404) when it is not held."""
        found = self.systems.get(url)
        if found is None:
            known = ", ".join(self.systems)
            raise Refusal(404, "not-found", f"This code system is not held here. Known: {known}.", "system")
        return found

    def url_of(self, published: Published) -> str:
        """The canonical URL of a resource."""
        if isinstance(published, (CodeSystem, Artifact)):
            return published.url
        return f"{BASE}/{type(published).__name__}/{published.id}"

    def version_of(self, published: Published) -> str | None:
        """The version of a resource, where it is known."""
        if isinstance(published, ValueSet | OperationDefinition | StructureDefinition):
            return self.version
        return published.version or (self.version if isinstance(published, ConceptMap) else None)

    def is_other_version(self, published: Published, version: str | None) -> bool:
        """Whether a version is known not to be the one held. Where none is known, nothing contradicts the caller."""
        held = self.version_of(published)
        return bool(version) and held is not None and version != held

    def require_version(self, published: Published, version: str | None) -> None:
        """Refuse (404) a version that is known not to be the one held."""
        if self.is_other_version(published, version):
            raise Refusal(404, "not-found", self.remedy_for_version(published), "version")

    def remedy_for_version(self, published: Published) -> str:
        """What to tell who asks for another version than the one held."""
        return f"What is held here is version {self.version_of(published)}: leave the version out, or send that."


_SEARCH = "A search, as in GET /fhir/ValueSet, lists them."


def _by_id(published: Iterable[T]) -> dict[str, T]:
    found = list(published)
    by_id = {one.id: one for one in found}
    if len(by_id) != len(found):
        raise ValueError("two published resources have one id")
    return by_id
