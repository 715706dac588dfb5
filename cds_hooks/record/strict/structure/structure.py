"""Walks what was posted as FHIR's models lay it out: what stands where nothing may, and what is lacking."""

from __future__ import annotations

from collections.abc import Iterator
from difflib import get_close_matches
from typing import Any, NamedTuple

from cds_hooks.record.strict.flaws import Flaw, Spot, flaw, lacking
from cds_hooks.record.strict.structure.primitives import misfit
from cds_hooks.record.strict.structure.shapes import ANY_RESOURCE, OTHER_IN_R4, Field, Shape, model_of, shape_of
from cds_hooks.record.strict.text import DEEPEST, Doubled

_LONGEST_NAME = 64


class Element(NamedTuple):
    """An element that has elements of its own. `resource` is the innermost resource it is in, or is."""

    shape: Shape
    value: dict[str, Any]
    spot: Spot
    resource: Resource


class Resource(NamedTuple):
    """A resource that was posted by itself or in another; `within` is that other."""

    kind: str
    value: dict[str, Any]
    spot: Spot
    within: Resource | None
    entry: dict[str, Any] | None = None  # of the Bundle, with its fullUrl


def walk(value: Any, spot: Spot, within: Resource | None = None, depth: int = 0) -> Iterator[Flaw | Element]:
    """Every flaw of a resource's structure, and every element in it, those around others first."""
    if not isinstance(value, dict):
        yield flaw("structure", "A resource is a JSON object with a resourceType.", spot)
        return
    kind = value.get("resourceType")
    if "resourceType" not in value:
        yield lacking("A resource says its type: send resourceType.", spot, "resourceType")
        return
    if isinstance(kind, str) and kind in OTHER_IN_R4:
        said = f"The elements of {kind} are not checked here: only the FHIR R4 types that R4B has too are."
        yield flaw("not-supported", said, spot, "information")
        return
    model = model_of(kind)
    if model is None:
        yield flaw("structure", "FHIR R4 has no resource of this type.", spot.at("resourceType"))
        return
    entry = _entry_of(spot, within)
    resource = Resource(str(kind), value, spot, within, entry)
    yield from _elements(shape_of(model), value, spot, resource, depth)


def _entry_of(spot: Spot, within: Resource | None) -> dict[str, Any] | None:
    """The entry of a Bundle that a resource stands in."""
    place = spot.within
    if within is None or within.kind != "Bundle" or spot.key != "resource" or place is None:
        return None
    found = within.value["entry"][place.key]
    return found if isinstance(found, dict) else None


def _elements(
    shape: Shape, value: dict[str, Any], spot: Spot, resource: Resource, depth: int
) -> Iterator[Flaw | Element]:
    if depth > DEEPEST:
        yield flaw("structure", f"This is nested more than {DEEPEST} levels deep: no FHIR resource needs that.", spot)
        return
    yield Element(shape, value, spot, resource)
    if isinstance(value, Doubled):
        for name in value.names:
            here = spot.at(name) if name in shape.fields else spot
            said = "A name is written twice in this object, and readers differ in which they take: write it once."
            yield Flaw("error", "structure", said, here, spot.at(name))
    is_resource = value is resource.value
    for name, inner in value.items():
        if is_resource and name == "resourceType":
            continue
        yield from _named(shape, name, inner, spot, resource, depth)
    yield from _lacking(shape, value, spot)


def _named(shape: Shape, name: str, inner: Any, spot: Spot, resource: Resource, depth: int) -> Iterator[Flaw | Element]:
    field, here = shape.fields.get(name), spot.at(name)
    if field is not None:
        yield from _field(field, inner, here, resource, depth)
        return
    extended = shape.fields.get(name[1:]) if name.startswith("_") else None
    if extended is not None and extended.model is None:
        yield from _beside(extended, inner, here, resource, depth)
        return
    yield Flaw("error", "structure", _unknown(shape, name), spot, here)


def _unknown(shape: Shape, name: str) -> str:
    near = get_close_matches(name[:_LONGEST_NAME], shape.fields, 1, 0.75)
    remedy = f"Did you mean {near[0]}?" if near else f"It takes: {', '.join(sorted(shape.fields))}."
    return f"FHIR R4 knows no element of this name in {shape.name}. {remedy}"


def _field(field: Field, value: Any, spot: Spot, resource: Resource, depth: int) -> Iterator[Flaw | Element]:
    if value is None:
        yield flaw("structure", "null is no value in FHIR: leave the element out.", spot)
    elif not field.is_list:
        if isinstance(value, list):
            yield flaw("structure", "This element does not repeat: write its value without the brackets.", spot)
        else:
            yield from _value(field, value, spot, resource, depth)
    elif not isinstance(value, list):
        yield flaw("structure", "This element may repeat, so its values stand in a list: put [ ] around.", spot)
    elif not value:
        yield flaw("structure", "An empty list is no value in FHIR: leave the element out.", spot)
    else:
        for number, item in enumerate(value):
            if item is not None:
                yield from _value(field, item, spot.at(number), resource, depth)
            elif field.model is not None or not _is_extended(resource, spot, number):
                yield flaw("structure", "null is no value in FHIR: leave it out of the list.", spot.at(number))


def _is_extended(resource: Resource, spot: Spot, number: int) -> bool:
    """Whether a value that is null has extensions in its place: `given: [null]` beside `_given: [{…}]`."""
    parent: Any = resource.value
    if spot.within is None:
        return False
    for key in spot.within.pointer[len(resource.spot.pointer) :]:
        parent = parent[key]
    beside = parent.get(f"_{spot.key}")
    return isinstance(beside, list) and len(beside) > number and beside[number] is not None


def _value(field: Field, value: Any, spot: Spot, resource: Resource, depth: int) -> Iterator[Flaw | Element]:
    if field.model is None:
        wrong = misfit(field.kind, value)
        if wrong is not None:
            yield flaw(wrong.code, wrong.said, spot, wrong.severity)
    elif field.kind == ANY_RESOURCE:
        yield from walk(value, spot, resource, depth + 1)
    elif not isinstance(value, dict):
        yield flaw("structure", f"This element is of type {field.kind}: write it as a JSON object.", spot)
    elif not value:
        yield flaw("structure", "An empty object is no value in FHIR: leave the element out.", spot)
    else:
        yield from _elements(shape_of(field.model), value, spot, resource, depth + 1)


def _beside(field: Field, value: Any, spot: Spot, resource: Resource, depth: int) -> Iterator[Flaw | Element]:
    """The id and extensions of a primitive value."""
    if field.is_list != isinstance(value, list):
        form = "a list with an object or null for each value" if field.is_list else "an object"
        yield flaw("structure", f"The id and extensions of this element stand in {form}.", spot)
        return
    for number, item in enumerate(value if field.is_list else [value]):
        here = spot.at(number) if field.is_list else spot
        if isinstance(item, dict):
            yield from _elements(_extension_shape(), item, here, resource, depth + 1)
        elif item is not None or not field.is_list:
            yield flaw("structure", "The id and extensions of a value stand in an object.", here)


def _extension_shape() -> Shape:
    from fhir.resources.R4B.fhirprimitiveextension import FHIRPrimitiveExtension

    return shape_of(FHIRPrimitiveExtension)


def _lacking(shape: Shape, value: dict[str, Any], spot: Spot) -> Iterator[Flaw]:
    for name, field in shape.fields.items():
        if field.is_required and field.choice is None and name not in value and f"_{name}" not in value:
            yield lacking(f"{shape.name} needs {name}.", spot, name)
    for choice, is_required in shape.choices.items():
        names = [name for name, field in shape.fields.items() if field.choice == choice]
        sent = [name for name in names if name in value or f"_{name}" in value]
        if len(sent) > 1:
            said = f"Of {choice}[x] only one may stand: send one of {', '.join(sorted(sent))}."
            written = sent[-1] if sent[-1] in value else f"_{sent[-1]}"
            yield Flaw("error", "structure", said, spot.at(choice), spot.at(written))
        elif is_required and not sent:
            yield lacking(f"{shape.name} needs one of: {', '.join(sorted(names))}.", spot, choice)
