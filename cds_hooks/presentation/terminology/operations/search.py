"""Searching what is published: which resources a query means, and a page of them as a Bundle."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal, NamedTuple

import msgspec

from cds_hooks.presentation.artifacts.artifact import Artifact
from cds_hooks.presentation.terminology.catalogue import Catalogue, Published
from cds_hooks.presentation.terminology.definitions import split_canonical
from cds_hooks.presentation.terminology.resources import name_of

Criteria = Mapping[str, Sequence[Sequence[str]]]  # parameter -> all of these, each any of those


TEXTS = ("name", "title")


class Entry(NamedTuple):
    """One resource found, as it stands at its address."""

    address: str
    resource: bytes


class Link(msgspec.Struct, frozen=True):
    """Where this page is, and the pages beside it."""

    relation: Literal["self", "next", "previous"]
    url: str


class _Mode(msgspec.Struct, frozen=True):
    mode: Literal["match"] = "match"


class _Entry(msgspec.Struct, frozen=True):
    fullUrl: str
    resource: msgspec.Raw
    search: _Mode


class _Bundle(msgspec.Struct, frozen=True, omit_defaults=True):
    resourceType: str
    type: str
    total: int
    link: tuple[Link, ...]
    entry: tuple[_Entry, ...] = ()


def find(catalogue: Catalogue, kind: str, criteria: Criteria) -> list[Published]:
    """The resources of a type that meet every criterion, by id."""
    found = [one for one in catalogue.of_type(kind).values() if _meets(catalogue, one, criteria)]
    return sorted(found, key=lambda published: published.id)


def encode_page(total: int, links: Sequence[Link], entries: Sequence[Entry]) -> bytes:
    """A searchset of one page; `total` counts every match."""
    shown = tuple(_Entry(entry.address, msgspec.Raw(entry.resource), _Mode()) for entry in entries)
    return msgspec.json.encode(_Bundle("Bundle", "searchset", total, tuple(links), shown))


def _meets(catalogue: Catalogue, published: Published, criteria: Criteria) -> bool:
    return all(
        any(_is(catalogue, published, name, value) for value in alternatives)
        for name, demands in criteria.items()
        for alternatives in demands
    )


def _is(catalogue: Catalogue, published: Published, name: str, value: str) -> bool:
    """Texts are met from their start, or anywhere (`:contains`), in any case; everything else exactly.

    A url may name a version (`url|version`), and a token the system of its code (`system|code`).
    """
    field, _, modifier = name.partition(":")
    if field in TEXTS:
        text = (name_of(published) if field == "name" else published.title).casefold()
        return value.casefold() in text if modifier else text.startswith(value.casefold())
    if field == "url":
        url, version = split_canonical(value)
        return catalogue.url_of(published) == url and version in (None, catalogue.version_of(published))
    if isinstance(published, Artifact) and field in ("topic", "context", "type"):
        return any(_is_token(value, token.system, token.code) for token in published.tokens(field))
    if field == "status":
        return _is_token(value, _STATUS, "active")
    return _is_token(value, "", published.id if field == "_id" else catalogue.version_of(published))


def _is_token(value: str, system: str, code: str | None) -> bool:
    """Whether a token means a code: as `code`, `system|code`, or `system|` for any code of the system."""
    named, bar, wanted = value.rpartition("|")
    return named in ((system,) if bar else ("",)) and (wanted == code or (bool(bar and named) and not wanted))


_STATUS = "http://hl7.org/fhir/publication-status"
