"""Resources that are contained for nobody (dom-3)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from cds_hooks.record.strict.flaws import Flaw, flaw
from cds_hooks.record.strict.references import is_contained
from cds_hooks.record.strict.structure.structure import Resource

_SAID = (
    "Nothing in the resource refers to what is contained here (dom-3): refer to it as # with its id, or leave it out."
)


def contained_flaws(resources: Iterable[Resource]) -> Iterator[Flaw]:
    """The contained resources that neither are referred to nor refer to the resource around them."""
    referred: dict[int, frozenset[str]] = {}
    for one in resources:
        if one.within is None or not is_contained(one):
            continue
        outer = one.within.value
        if id(outer) not in referred:
            referred[id(outer)] = frozenset(_local(outer))
        identity = one.value.get("id")
        is_named = isinstance(identity, str) and f"#{identity}" in referred[id(outer)]
        if not is_named and "#" not in _local(one.value):
            yield flaw("invariant", _SAID, one.spot)


def _local(value: Any) -> Iterator[str]:
    """Every text that may lead to something in the same resource."""
    if isinstance(value, str):
        if value.startswith("#"):
            yield value
    elif isinstance(value, (dict, list)):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from _local(inner)
