"""What FHIR allows in an element, learned from the models of fhir.resources, each when it is first met."""

from __future__ import annotations

import typing
from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType, NoneType
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from fhir_core.fhirabstractmodel import FHIRAbstractModel
    from pydantic.fields import FieldInfo

# The models are those of R4B, which has done away with these types of R4, or made others of them.
OTHER_IN_R4 = frozenset(
    {
        *("EffectEvidenceSynthesis", "Evidence", "EvidenceVariable", "RiskEvidenceSynthesis"),
        *("MedicinalProduct", "MedicinalProductAuthorization", "MedicinalProductContraindication"),
        *("MedicinalProductIndication", "MedicinalProductIngredient", "MedicinalProductInteraction"),
        *("MedicinalProductManufactured", "MedicinalProductPackaged", "MedicinalProductPharmaceutical"),
        *("MedicinalProductUndesirableEffect", "SubstanceNucleicAcid", "SubstancePolymer", "SubstanceProtein"),
        *("SubstanceReferenceInformation", "SubstanceSourceMaterial", "SubstanceSpecification"),
    }
)
ANY_RESOURCE = "Resource"
_LONGEST_NAME = 64
_PRIMITIVES = {"Base64Binary": "base64Binary", "UuidVersion": "uuid"} | {
    name: name[0].lower() + name[1:]
    for name in (
        *("Id", "Uri", "Url", "Canonical", "Oid", "Code", "String", "Markdown", "Xhtml"),
        *("Date", "DateTime", "Instant", "Time", "Decimal", "Integer", "UnsignedInt", "PositiveInt"),
    )
}


# R4B allows more here, which can be no patient.
_R4_SUBJECTS = {"Observation": frozenset({"Patient", "Group", "Device", "Location"})}


class Field(NamedTuple):
    """One element: its kind (`string`, `Quantity`, `ObservationComponent`), and how often it may stand.

    `model` is None for what has a primitive value. `choice` is the `value` of `valueQuantity`, `targets` the types that
    a Reference may lead to; none: any.
    """

    kind: str
    model: type[FHIRAbstractModel] | None
    is_list: bool
    is_required: bool
    choice: str | None
    targets: frozenset[str]


class Shape(NamedTuple):
    """An element's own elements by name, and its choices with whether one of them has to stand."""

    name: str
    fields: Mapping[str, Field]
    choices: Mapping[str, bool]


def is_known_type(name: str) -> bool:
    """Whether FHIR R4 or R4B has a resource type of this name."""
    return name in OTHER_IN_R4 or model_of(name) is not None


def model_of(resource_type: object) -> type[FHIRAbstractModel] | None:
    """The model of a resource type that can be sent, if there is one."""
    is_name = isinstance(resource_type, str) and len(resource_type) <= _LONGEST_NAME
    return _model(str(resource_type)) if is_name else None


@lru_cache(maxsize=512)
def _model(resource_type: str) -> type[FHIRAbstractModel] | None:
    from fhir.resources.R4B import get_fhir_model_class

    try:
        found = get_fhir_model_class(resource_type)
    except ValueError:
        return None
    is_abstract = resource_type in (ANY_RESOURCE, "DomainResource")
    return found if found.has_resource_base() and not is_abstract else None


@lru_cache(maxsize=4096)
def shape_of(model: type[FHIRAbstractModel]) -> Shape:
    """What may stand in an element of this model."""
    fields: dict[str, Field] = {}
    choices: dict[str, bool] = {}
    for name, info in model.model_fields.items():
        if name == "fhir_comments" or name.endswith("__ext"):
            continue
        told: Mapping[str, Any] = info.json_schema_extra if isinstance(info.json_schema_extra, dict) else {}
        field = _field(info, told)
        if name == "subject" and model.__name__ in _R4_SUBJECTS:
            field = field._replace(targets=_R4_SUBJECTS[model.__name__])
        fields[info.alias or name] = field
        if field.choice is not None:
            choices[field.choice] = bool(told.get("one_of_many_required"))
    return Shape(model.__name__, MappingProxyType(fields), MappingProxyType(choices))


def _field(info: FieldInfo, told: Mapping[str, Any]) -> Field:
    kind, is_list = _kind(info.annotation)
    is_required = info.is_required() or bool(told.get("element_required"))
    targets = frozenset(told.get("enum_reference_types", ())) - {ANY_RESOURCE, "Any"}
    if len(targets) < len(told.get("enum_reference_types", ())):
        targets = frozenset()
    model = kind.get_model_klass() if hasattr(kind, "get_model_klass") else None
    name = model.__name__ if model is not None else _primitive(kind)
    return Field(name, model, is_list, is_required, told.get("one_of_many"), targets)


def _kind(annotation: Any) -> tuple[Any, bool]:
    """What an annotation is about, without what makes it optional or a list of such."""
    is_list = False
    while typing.get_origin(annotation) not in (None, typing.Annotated):
        is_list = is_list or typing.get_origin(annotation) is list
        (annotation,) = (one for one in typing.get_args(annotation) if one is not NoneType)
    return annotation, is_list


def _primitive(kind: Any) -> str:
    marks = [type(mark).__name__ for mark in typing.get_args(kind)[1:]]
    return next((_PRIMITIVES[mark] for mark in marks if mark in _PRIMITIVES), "boolean")
