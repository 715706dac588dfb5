"""Our own extensions defined for machines: where each may stand, and what is in it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from cds_hooks.presentation.artifacts.evidence import STRENGTH
from cds_hooks.presentation.artifacts.protocols.visits import DAYS
from cds_hooks.presentation.canonical import SOURCE

Shape = dict[str, Any]
_BASE = "http://hl7.org/fhir/StructureDefinition/Extension"


@dataclass(frozen=True, slots=True)
class Part:
    """An extension in an extension, with the FHIR type of its value."""

    name: str
    type: str
    short: str
    is_required: bool = False


@dataclass(frozen=True, slots=True)
class StructureDefinition:
    """An extension on one element. It has parts, or a value of one type."""

    url: str
    title: str
    description: str
    on: str
    parts: tuple[Part, ...] = ()
    type: str | None = None
    is_repeated: bool = False

    @property
    def id(self) -> str:
        """The last part of its URL."""
        return self.url.rpartition("/")[2]


EXTENSIONS = (
    StructureDefinition(
        STRENGTH,
        "Strength of the evidence",
        "How well an action is supported: the grade of the guideline, and how its number was seen.",
        "PlanDefinition.action",
        (
            Part("grade", "string", "The grade that the guideline gives, in its own words."),
            Part("confidence", "string", "V, V1, V2: seen in a source; R: recalled; E: local policy."),
            Part("verified", "boolean", "False until a clinician has signed what is recalled or local.", True),
        ),
    ),
    StructureDefinition(
        DAYS,
        "Days of a visit",
        "The days of treatment on which blood is drawn for a visit, as the protocol has them.",
        "PlanDefinition.action",
        (
            Part("at", "Duration", "The day of treatment on which the visit is due.", True),
            Part("early", "Duration", "So many days before it results count already.", True),
            Part("late", "Duration", "So many days after it results still count.", True),
            Part("every", "Duration", "After so many days it comes again."),
        ),
    ),
    StructureDefinition(
        SOURCE,
        "Source of a finding",
        "A citation that a finding rests on.",
        "DetectedIssue",
        type="RelatedArtifact",
        is_repeated=True,
    ),
)


def extension_shape(one: StructureDefinition) -> Shape:
    """What FHIR says of an extension beside what every published resource says of itself."""
    return {
        "kind": "complex-type",
        "abstract": False,
        "context": [{"type": "element", "expression": one.on}],
        "type": "Extension",
        "baseDefinition": _BASE,
        "derivation": "constraint",
        "differential": {"element": _elements(one)},
    }


def _elements(one: StructureDefinition) -> list[Shape]:
    root = {"short": one.title, "definition": one.description, "min": 0, "max": "*" if one.is_repeated else "1"}
    parts = [element for part in one.parts for element in _of_part(part)]
    value: Shape = {"max": "0"} if one.type is None else {"min": 1, "type": [{"code": one.type}]}
    return [
        _element("Extension") | root,
        *(parts or [_element("Extension.extension") | {"max": "0"}]),
        _element("Extension.url") | {"fixedUri": one.url},
        _element("Extension.value[x]") | value,
    ]


def _of_part(part: Part) -> list[Shape]:
    sliced = "Extension.extension", f"Extension.extension:{part.name}"
    counted = {"sliceName": part.name, "short": part.short, "min": int(part.is_required), "max": "1"}
    return [
        _element(*sliced) | counted,
        _element(*(f"{name}.extension" for name in sliced)) | {"max": "0"},
        _element(*(f"{name}.url" for name in sliced)) | {"fixedUri": part.name},
        _element(*(f"{name}.value[x]" for name in sliced)) | {"min": 1, "type": [{"code": part.type}]},
    ]


def _element(path: str, identity: str | None = None) -> Shape:
    return {"id": identity or path, "path": path}
