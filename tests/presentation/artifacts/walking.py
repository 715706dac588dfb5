"""Ways through an exported resource."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

Node = dict[str, Any]


def nodes(value: Any) -> Iterator[Node]:
    """Every element of a resource."""
    if isinstance(value, dict):
        yield value
        for inner in value.values():
            yield from nodes(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from nodes(inner)


def actions(resource: Node) -> dict[str, Node]:
    """Every action of a plan, however deep, by its id."""
    found: dict[str, Node] = {}
    for action in resource.get("action", ()):
        found |= {action["id"]: action} | actions(action)
    return found


def sentences(action: Node) -> str:
    """The conditions of an action and of those in it."""
    own = [one["expression"]["expression"] for one in action.get("condition", ())]
    return "\n".join([*own, *(sentences(inner) for inner in action.get("action", ()))])


def days_of(action: Node) -> dict[str, int]:
    """The days that a visit says in its extension."""
    (extension,) = action["extension"]
    return {part["url"]: part["valueDuration"]["value"] for part in extension["extension"]}
