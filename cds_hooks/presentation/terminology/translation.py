"""ConceptMap/$translate: what a code is read as, or with `reverse`, which codes are read as it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from cds_hooks.presentation.terminology.answers import Part, encode_parameters, part, parts
from cds_hooks.presentation.terminology.catalogue import Catalogue
from cds_hooks.presentation.terminology.definitions import Asked, ConceptMap, Mapped, Target
from cds_hooks.presentation.terminology.public import UCUM

NO_MATCH = frozenset({"unmatched", "disjoint"})
_BACKWARDS = {"wider": "narrower", "narrower": "wider", "subsumes": "specializes", "specializes": "subsumes"}


class Match(NamedTuple):
    """One target of a code, of which system, and the map that says so."""

    target: Target
    system: str
    origin: ConceptMap


class Direction(NamedTuple):
    """Which way to read the maps, and into which code system, if only one is wanted."""

    reverse: bool = False
    system: str | None = None


def translate(catalogue: Catalogue, maps: Sequence[ConceptMap], asked: Sequence[Asked], way: Direction) -> bytes:
    """Every match of every code in every map. The result is true when any match is more than `unmatched`."""
    matches = list(
        dict.fromkeys(match for one in asked for origin in maps for match in _matches(catalogue, origin, one, way))
    )
    return encode_parameters(_said(catalogue, matches))


def _matches(catalogue: Catalogue, origin: ConceptMap, asked: Asked, way: Direction) -> Iterator[Match]:
    for group in origin.groups:
        near, far = (group.target, group.source) if way.reverse else (group.source, group.target)
        if (asked.system or "") == near and way.system in (None, far):
            yield from (Match(target, far, origin) for target in _targets(group, asked.code, way))


def _targets(group: Mapped, code: str, way: Direction) -> Sequence[Target]:
    if not way.reverse:
        return group.find(code)
    return [
        Target(_BACKWARDS.get(target.equivalence, target.equivalence), source, group.displays.get(source))
        for source, target in group.backwards(code)
    ]


def _said(catalogue: Catalogue, matches: Sequence[Match]) -> Iterator[Part | None]:
    comments = dict.fromkeys(match.target.comment for match in matches if match.target.comment)
    yield part("result", "Boolean", any(match.target.equivalence not in NO_MATCH for match in matches))
    yield part("message", "String", " ".join(comments) or (None if matches else _NOTHING))
    for match in matches:
        yield parts("match", _match(catalogue, match))


def _match(catalogue: Catalogue, match: Match) -> Iterator[Part | None]:
    target = match.target
    yield part("equivalence", "Code", target.equivalence)
    if target.code is not None:
        coding = {"system": match.system or None, "code": target.code, "display": target.display}
        yield part("concept", "Coding", {name: value for name, value in coding.items() if value is not None})
    for element, unit in target.product:
        concept = {"system": UCUM, "code": unit}
        yield parts("product", [part("element", "Uri", element), part("concept", "Coding", concept)])
    yield part("source", "Uri", catalogue.url_of(match.origin))


_NOTHING = "No map here has a translation of this code. Send system and code exactly as the map has them."
