"""Published resources in FHIR R4's shape, built and checked by fhir.resources.

fhir.resources is imported by the first resource that is built: a service that only judges never pays for it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from cds_hooks.presentation.artifacts.artifact import Artifact, encode_artifact, encode_artifact_summary
from cds_hooks.presentation.canonical import programmatic
from cds_hooks.presentation.monitoring.definition import OperationDefinition, definition_shape
from cds_hooks.presentation.terminology.catalogue import Catalogue, Published
from cds_hooks.presentation.terminology.definitions import (
    CodeSystem,
    Concept,
    ConceptMap,
    Group,
    Mapped,
    Property,
    Target,
    ValueSet,
)
from cds_hooks.presentation.terminology.extensions import StructureDefinition, extension_shape
from cds_hooks.presentation.terminology.public import UCUM

Shape = dict[str, Any]
Terminology = CodeSystem | ValueSet | ConceptMap | OperationDefinition | StructureDefinition
PUBLISHER = "hormone-cds"
INACTIVE = Property("inactive", True)


def encode_resource(catalogue: Catalogue, published: Published) -> bytes:
    """A published resource as JSON; fhir.resources refuses one that is not valid R4."""
    if isinstance(published, Artifact):
        return encode_artifact(published)
    from fhir.resources.R4B.codesystem import CodeSystem as CodeSystemResource
    from fhir.resources.R4B.conceptmap import ConceptMap as ConceptMapResource
    from fhir.resources.R4B.operationdefinition import OperationDefinition as OperationDefinitionResource
    from fhir.resources.R4B.structuredefinition import StructureDefinition as StructureDefinitionResource
    from fhir.resources.R4B.valueset import ValueSet as ValueSetResource

    head = head_of(catalogue, published)
    if isinstance(published, CodeSystem):
        return CodeSystemResource(**head, **_code_system(published)).model_dump_json().encode()
    if isinstance(published, ValueSet):
        return ValueSetResource(**head, compose=compose(catalogue, published)).model_dump_json().encode()
    if isinstance(published, OperationDefinition):
        return OperationDefinitionResource(**head, **definition_shape(published)).model_dump_json().encode()
    if isinstance(published, StructureDefinition):
        return StructureDefinitionResource(**head, **extension_shape(published)).model_dump_json().encode()
    return ConceptMapResource(**head, **_concept_map(catalogue, published)).model_dump_json().encode()


def encode_summary(catalogue: Catalogue, published: Published) -> bytes:
    """A published resource without its codes, marked as cut short."""
    if isinstance(published, Artifact):
        return encode_artifact_summary(published)
    from fhir.resources.R4B.codesystem import CodeSystem as CodeSystemResource
    from fhir.resources.R4B.conceptmap import ConceptMap as ConceptMapResource
    from fhir.resources.R4B.valueset import ValueSet as ValueSetResource

    if isinstance(published, OperationDefinition | StructureDefinition):
        return encode_resource(catalogue, published)  # it has no codes that could be left out
    head = head_of(catalogue, published) | {"meta": {"tag": [_SUBSETTED]}}
    if isinstance(published, CodeSystem):
        counted = {"content": published.content, "count": len(published.concepts)}
        return CodeSystemResource(**head, **counted).model_dump_json().encode()
    resource = ValueSetResource if isinstance(published, ValueSet) else ConceptMapResource
    return resource(**head).model_dump_json().encode()


def head_of(catalogue: Catalogue, published: Terminology) -> Shape:
    """What every published resource says about itself."""
    return _without_none(
        {
            "id": published.id,
            "url": catalogue.url_of(published),
            "version": catalogue.version_of(published),
            "name": name_of(published),
            "title": published.title,
            "status": "active",
            "experimental": False,
            "publisher": published.publisher or PUBLISHER if isinstance(published, ConceptMap) else PUBLISHER,
            "date": published.loaded if isinstance(published, ConceptMap) else None,
            "description": published.description,
            "copyright": _notices(catalogue, published),
        }
    )


def name_of(published: Published) -> str:
    """The name a program may give a resource."""
    if isinstance(published, (CodeSystem, Artifact)):
        return published.name
    return programmatic(published.id)


def properties_of(concept: Concept) -> tuple[Property, ...]:
    """All that is said about a concept, in FHIR's words for whether it is active too."""
    return (*concept.properties, INACTIVE) if concept.inactive else concept.properties


def value_of(value: str | bool) -> Shape:
    """A property's value."""
    return {"valueBoolean": value} if isinstance(value, bool) else {"valueString": value}


def compose(catalogue: Catalogue, value_set: ValueSet) -> Shape:
    """The definition of a value set: listed codes, categories with all that is beneath them, and what is not meant."""
    include: list[Shape] = []
    for group in value_set.groups:
        if group.codes:
            include.append({"system": group.system, "concept": _named(catalogue, group, group.codes)})
        include += [{"system": group.system, "filter": [_beneath(category)]} for category in group.categories]
    exclude = [
        {"system": group.system, "concept": _named(catalogue, group, group.excluded)}
        for group in value_set.groups
        if group.excluded
    ]
    return {"include": include, "exclude": exclude} if exclude else {"include": include}


def _beneath(category: str) -> Shape:
    return {"property": "concept", "op": "is-a", "value": category}


def _named(catalogue: Catalogue, group: Group, codes: Iterable[str]) -> list[Shape]:
    concepts = catalogue.systems[group.system].concepts
    return [_without_none({"code": code, "display": concepts[code].display}) for code in codes]


def _code_system(system: CodeSystem) -> Shape:
    inactive = {INACTIVE.code: _INACTIVE} if any(concept.inactive for concept in system.concepts.values()) else {}
    said: Mapping[str, str] = {**system.properties, **inactive}
    shape: Shape = {
        "caseSensitive": True,
        "content": system.content,
        "count": len(system.concepts),
        "property": [_property(code, about, system) for code, about in said.items()],
        "concept": [_concept(concept) for concept in system.concepts.values()],
    }
    if system.url == UCUM:
        shape["compositional"] = True
    return {name: value for name, value in shape.items() if value != []}


def _property(code: str, about: str, system: CodeSystem) -> Shape:
    values = (one.value for concept in system.concepts.values() for one in properties_of(concept) if one.code == code)
    return {
        "code": code,
        "description": about,
        "type": "boolean" if isinstance(next(values, ""), bool) else "string",
    } | ({"uri": "http://hl7.org/fhir/concept-properties#inactive"} if code == INACTIVE.code else {})


def _concept(concept: Concept) -> Shape:
    properties = [{"code": one.code, **value_of(one.value)} for one in properties_of(concept)]
    return _without_none(
        {
            "code": concept.code,
            "display": concept.display,
            "definition": concept.definition,
            "property": properties or None,
        }
    )


def _concept_map(catalogue: Catalogue, published: ConceptMap) -> Shape:
    sets = {"sourceCanonical": published.source, "targetCanonical": published.target}
    ends = {name: catalogue.url_of(catalogue.value_sets[one]) for name, one in sets.items() if one is not None}
    return {**ends, "group": [_group(group) for group in published.groups]}


def _group(group: Mapped) -> Shape:
    source = {"source": group.source} if group.source else {}
    return {
        **source,
        "target": group.target,
        "element": [
            _without_none(
                {"code": code, "display": group.displays.get(code), "target": [_target(one) for one in targets]}
            )
            for code, targets in group.rows.items()
        ],
    }


def _target(target: Target) -> Shape:
    return _without_none(
        {
            "code": target.code,
            "display": target.display,
            "equivalence": target.equivalence,
            "comment": target.comment,
            "dependsOn": [{"property": name, "value": value} for name, value in target.depends] or None,
            "product": [{"property": name, "value": value} for name, value in target.product] or None,
        }
    )


def _notices(catalogue: Catalogue, published: Terminology) -> str | None:
    if isinstance(published, OperationDefinition | StructureDefinition):
        return None
    if isinstance(published, CodeSystem):
        return published.notice
    if isinstance(published, ValueSet):
        used = [group.system for group in published.groups]
    else:
        used = [end for group in published.groups for end in (group.source, group.target)]
    found = (catalogue.systems[url].notice for url in dict.fromkeys(used) if url in catalogue.systems)
    return "\n\n".join(filter(None, found)) or None


def _without_none(shape: Shape) -> Shape:
    return {name: value for name, value in shape.items() if value is not None}


_SUBSETTED = {"system": "http://terminology.hl7.org/CodeSystem/v3-ObservationValue", "code": "SUBSETTED"}
_INACTIVE = "True where the code system has retired the code."
