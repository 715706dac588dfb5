"""ValueSet/$expand: the codes of a value set, filtered and page by page."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple
from uuid import NAMESPACE_URL, uuid5

from cds_hooks.presentation.terminology.catalogue import Catalogue
from cds_hooks.presentation.terminology.definitions import Concept, ValueSet
from cds_hooks.presentation.terminology.resources import Shape, compose, head_of

_UNCLOSED = "http://hl7.org/fhir/StructureDefinition/valueset-unclosed"


@dataclass(frozen=True, slots=True)
class Wish:
    """What part of an expansion is wanted: codes whose code or display has every word of `filter`; `count` of them."""

    filter: str | None = None
    offset: int = 0
    count: int | None = None
    active_only: bool = False
    definition: bool = False  # the compose of the value set too


class Member(NamedTuple):
    """One code of an expansion."""

    system: str
    concept: Concept


def expand(catalogue: Catalogue, value_set: ValueSet, wish: Wish, now: datetime) -> bytes:
    """The value set with its codes in the order of the definition; `total` counts them before paging."""
    from fhir.resources.R4B.valueset import ValueSet as Resource

    found = [member for member in _members(catalogue, value_set) if _is_wanted(member, wish)]
    end = None if wish.count is None else wish.offset + wish.count
    shape = {
        "identifier": _identifier(catalogue, value_set, wish),
        "timestamp": now,
        "total": len(found),
        "offset": wish.offset,
        "parameter": list(_parameters(catalogue, value_set, wish)),
        "contains": [_contained(member) for member in found[wish.offset : end]],
    }
    if value_set.is_open:
        shape["extension"] = [{"url": _UNCLOSED, "valueBoolean": True}]
    definition = {"compose": compose(catalogue, value_set)} if wish.definition else {}
    return Resource(**head_of(catalogue, value_set), **definition, expansion=shape).model_dump_json().encode()


def _identifier(catalogue: Catalogue, value_set: ValueSet, wish: Wish) -> str:
    """One for each selection of codes: the pages of one share it, and a filtered one is not the whole."""
    left_out = json.dumps([_words(wish), wish.active_only]) if _words(wish) or wish.active_only else ""
    return uuid5(NAMESPACE_URL, f"{catalogue.url_of(value_set)}|{catalogue.version}{left_out}").urn


def _words(wish: Wish) -> list[str]:
    return (wish.filter or "").casefold().split()


def _members(catalogue: Catalogue, value_set: ValueSet) -> Iterator[Member]:
    return (Member(system, catalogue.systems[system].concepts[code]) for system, code in value_set.codes())


def _is_wanted(member: Member, wish: Wish) -> bool:
    if wish.active_only and member.concept.inactive:
        return False
    text = f"{member.concept.code} {member.concept.display or ''}".casefold()
    return all(word in text for word in _words(wish))


def _contained(member: Member) -> Shape:
    concept = member.concept
    return {
        "system": member.system,
        "code": concept.code,
        **({"display": concept.display} if concept.display is not None else {}),
        **({"inactive": True} if concept.inactive else {}),
    }


def _parameters(catalogue: Catalogue, value_set: ValueSet, wish: Wish) -> Iterator[Shape]:
    """What shaped the expansion."""
    if wish.filter and _words(wish):
        # Other blanks than these are no part of a FHIR string.
        yield {"name": "filter", "valueString": " ".join(wish.filter.split())}
    if wish.offset:
        yield {"name": "offset", "valueInteger": wish.offset}
    if wish.count is not None:
        yield {"name": "count", "valueInteger": wish.count}
    if wish.active_only:
        yield {"name": "activeOnly", "valueBoolean": True}
    for group in value_set.groups:
        system = catalogue.systems[group.system]
        named = f"{system.url}|{system.version}" if system.version is not None else system.url
        yield {"name": "used-codesystem", "valueUri": named}
