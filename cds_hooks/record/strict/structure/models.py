"""What the models of fhir.resources refuse of one resource; each resource inside it is asked about by itself."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from cds_hooks.record.strict.flaws import Flaw, Spot, flaw
from cds_hooks.record.strict.structure.shapes import model_of
from cds_hooks.record.strict.structure.structure import Resource

# The walk along the models' fields says these already, and rightly: the models miss extensions in their place, and want
# UUIDs to be random ones.
_SAID = frozenset({"extra_forbidden", "model_field_validation.missing", "uuid_version"})
_MOST = 20  # a resource with more flaws than this is not asked about again
_BROKEN = (KeyError, TypeError, AttributeError, ValueError, ArithmeticError, RecursionError)
_REMEDY = "Compare it with its definition at https://hl7.org/fhir/R4."


def model_flaws(resource: Resource, known: Sequence[Flaw]) -> Iterator[Flaw]:
    """What the model of a resource refuses beyond the flaws already known of it."""
    from pydantic import ValidationError

    model = model_of(resource.kind)
    if model is None or len(known) > _MOST:
        return
    try:
        model.model_validate(_alone(resource.kind, resource.value))
    except ValidationError as error:
        found = error.errors(include_url=False, include_context=False, include_input=False)
        for one in found if error.error_count() <= _MOST else found[:_MOST]:
            spot = _spot(resource, one["loc"])
            if one["type"] not in _SAID and not any(_is_near(spot, other) for other in known):
                yield flaw("structure", f"FHIR does not allow this value here. {_REMEDY}", spot)
    except _BROKEN:
        if not known:
            yield flaw("structure", f"This {resource.kind} cannot be read as FHIR. {_REMEDY}", resource.spot)


def _alone(kind: str, value: dict[str, Any]) -> dict[str, Any]:
    """A resource without those that stand in it."""
    alone = {name: inner for name, inner in value.items() if name != "contained"}
    if kind == "Bundle":
        alone["entry"] = [_without(one, "resource", "response") for one in _objects(value.get("entry"))]
    elif kind == "Parameters":
        alone["parameter"] = [_parameter(one) for one in _objects(value.get("parameter"))]
    return {name: inner for name, inner in alone.items() if inner != []}


def _parameter(value: dict[str, Any]) -> dict[str, Any]:
    alone = _without(value, "resource")
    if "part" in alone:
        alone["part"] = [_parameter(one) for one in _objects(alone["part"])]
    return alone


def _objects(value: Any) -> list[dict[str, Any]]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def _without(value: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: inner for name, inner in value.items() if name not in names}


def _spot(resource: Resource, place: Sequence[str | int]) -> Spot:
    """The spot of a model's error, as far as its names are those of the text."""
    spot, value = resource.spot, resource.value
    inner: Any = value
    for key in place:
        name: Any = key.removesuffix("_fhir") if isinstance(key, str) else key
        try:
            inner = inner[name]
        except (LookupError, TypeError):
            break
        spot = spot.at(name)
    return spot


def _is_near(spot: Spot, other: Flaw) -> bool:
    """Whether a flaw is of the same value, of one around it or of one in it."""
    ours, theirs = spot.pointer, other.spot.pointer
    short = min(len(ours), len(theirs))
    return ours[:short] == theirs[:short]
