"""ConceptMap/$translate: what a code is read as, or with `reverse`, which codes are read as it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from cds_hooks.presentation.terminology.catalogue import Catalogue
from cds_hooks.presentation.terminology.definitions import Asked, ConceptMap, Mapped, Target, split_canonical
from cds_hooks.presentation.terminology.operations.answers import (
    NO_CODE,
    SKIPPED,
    Issue,
    Part,
    encode_parameters,
    part,
    parts,
)
from cds_hooks.presentation.terminology.operations.versions import about_version, unheld_version
from cds_hooks.presentation.terminology.public import UCUM

NO_MATCH = frozenset({"unmatched", "disjoint"})
_BACKWARDS = {"wider": "narrower", "narrower": "wider", "subsumes": "specializes", "specializes": "subsumes"}


class Match(NamedTuple):
    """One target of a code, of which system, and the map that says so."""

    target: Target
    system: str
    origin: ConceptMap


class Direction(NamedTuple):
    """Which way to read the maps, and into which code system (`url|version`), if only one is wanted."""

    reverse: bool = False
    system: str | None = None


def translate(
    catalogue: Catalogue, maps: Sequence[ConceptMap], asked: Sequence[Asked], way: Direction, is_short: bool = False
) -> bytes:
    """Every match of every code in every map. The result is true when any match is more than `unmatched`.

    `is_short` says that something was asked without a code, and is left out of `asked`.
    """
    wanted, wanted_version = split_canonical(way.system) if way.system is not None else (None, None)
    of_target = _about(catalogue, wanted, wanted_version)
    of_codes = [(one, _about(catalogue, one.system, one.version)) for one in asked]
    heard = [one for one, issues in of_codes if not _are_errors((*issues, *of_target))]
    towards = Direction(way.reverse, wanted)
    matches = list(dict.fromkeys(match for one in heard for origin in maps for match in _matches(origin, one, towards)))
    remarks = [issue for _, issues in of_codes for issue in issues]
    remarks += ([] if asked else [NO_CODE]) + ([SKIPPED] if is_short else [])
    return encode_parameters(_said(catalogue, matches, dict.fromkeys([*of_target, *remarks])))


def _about(catalogue: Catalogue, url: str | None, version: str | None) -> tuple[Issue, ...]:
    """What is to be said of a version; a site's own code systems are not held, and so of no known version."""
    system = catalogue.systems.get(url or "")
    if system is not None:
        return tuple(about_version(catalogue, system, version))
    return (Issue("warning", "not-found", "not-found", unheld_version("this code system")),) if version else ()


def _are_errors(issues: Iterable[Issue]) -> bool:
    return any(issue.severity == "error" for issue in issues)


def _matches(origin: ConceptMap, asked: Asked, way: Direction) -> Iterator[Match]:
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


def _said(catalogue: Catalogue, matches: Sequence[Match], remarks: Iterable[Issue]) -> Iterator[Part | None]:
    comments = dict.fromkeys(match.target.comment for match in matches if match.target.comment)
    noted = [issue.text for issue in remarks]
    said = [*([] if matches else [_NOTHING]), *comments, *noted]
    yield part("result", "Boolean", any(match.target.equivalence not in NO_MATCH for match in matches))
    yield part("message", "String", " ".join(said) or None)
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
