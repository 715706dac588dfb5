"""What of the models, which are those of R4B, R4 has not: types, elements and data types that came later."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from cds_hooks.record.strict.flaws import Flaw, flaw
from cds_hooks.record.strict.structure.shapes import Field
from cds_hooks.record.strict.structure.structure import Element

Release = Literal["4.0", "4.3"]  # R4, R4B: as fhirVersion of a media type has them
RELEASES: tuple[Release, Release] = ("4.0", "4.3")

R4B_ONLY = frozenset(
    {
        *("AdministrableProductDefinition", "Citation", "ClinicalUseDefinition", "EvidenceReport", "Ingredient"),
        *("ManufacturedItemDefinition", "MedicinalProductDefinition", "NutritionProduct", "PackagedProductDefinition"),
        *("RegulatedAuthorization", "SubscriptionStatus", "SubscriptionTopic", "SubstanceDefinition"),
    }
)
_DATA_TYPES = frozenset({"CodeableReference", "RatioRange"})
_ELEMENTS = frozenset(
    (kind, "subjectCanonical") for kind in ("ActivityDefinition", "PlanDefinition", "PlanDefinitionAction")
)
_REMEDY = "Leave it out, or say that R4B is sent: Content-Type: application/fhir+json; fhirVersion=4.3."


def release_flaws(element: Element, release: Release) -> Iterator[Flaw]:
    """What stands in an element and is of R4B alone, where R4 is sent."""
    if release != "4.0":
        return
    resource = element.resource
    if element.value is resource.value and resource.kind in R4B_ONLY:
        yield flaw("structure", f"R4B has this type, R4 has not. {_REMEDY}", element.spot.at("resourceType"))
    if resource.kind in R4B_ONLY:
        return
    for name in element.value:
        field = element.shape.fields.get(name)
        if field is not None and is_later(element.shape.name, name, field):
            yield flaw("structure", f"R4B has this element, R4 has not. {_REMEDY}", element.spot.at(name))


def is_later(shape: str, name: str, field: Field) -> bool:
    """Whether R4B has an element that R4 has not."""
    return field.kind in _DATA_TYPES or (shape, name) in _ELEMENTS
