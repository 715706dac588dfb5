"""Reading and searching what is published."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from cds_hooks.presentation.terminology.catalogue import Published
from cds_hooks.presentation.terminology.resources import encode_summary
from cds_hooks.presentation.terminology.search import Entry, Link, encode_page, find
from service.fhir.negotiation import GENERAL
from service.fhir.parameters import Given, Parameter, from_query
from service.fhir.shelf import Shelf

USUAL, MOST = 50, 500  # resources on a page
ABOUT = {
    "_id": "The id of a resource.",
    "url": "Its canonical URL.",
    "version": "Its version.",
    "name": "How its name begins, in any case.",
    "title": "How its title begins, in any case.",
    "status": "Its status: all are active.",
    "name:contains": "What stands anywhere in its name, in any case.",
    "title:contains": "What stands anywhere in its title, in any case.",
}
PARAMETERS = (
    *[Parameter(name, "string", f"{about} Several, with commas: any.", repeats=True) for name, about in ABOUT.items()],
    Parameter("_count", "integer", f"How many on a page, at most {MOST}; 0 counts them only. Default: {USUAL}."),
    Parameter("_offset", "integer", "How many to leave out at the start."),
    Parameter(
        "_summary",
        "code",
        "true leaves the codes out, count answers the number only, false is the default.",
        choices=("true", "false", "count"),
    ),
)


@dataclass(frozen=True, slots=True)
class Page:
    """Which part of what was found is wanted."""

    offset: int
    count: int
    summary: str


def search(shelf: Shelf, kind: str, sent: Sequence[tuple[str, str]], base: str) -> bytes:
    """The Bundle that answers a search. `base` is the address of `/fhir`, as the caller reaches it.

    Raises:
        Refusal: 400 for a parameter that is unknown, or a value that cannot be meant.
    """
    given = from_query(sent, PARAMETERS, GENERAL)
    criteria = {name: [text.split(",") for text in given.texts(name)] for name in ABOUT}
    page = _page(given)
    found = find(shelf.catalogue, kind, criteria)
    shown = found[page.offset : page.offset + page.count]
    entries = [_entry(shelf, kind, published, page.summary, base) for published in shown]
    return encode_page(len(found), list(_links(f"{base}/{kind}", given, page, len(found))), entries)


def _page(given: Given) -> Page:
    summary = given.text("_summary") or "false"
    count = given.whole("_count")
    wanted = USUAL if count is None else min(count, MOST)
    return Page(given.whole("_offset") or 0, 0 if summary == "count" else wanted, summary)


def _entry(shelf: Shelf, kind: str, published: Published, summary: str, base: str) -> Entry:
    address = f"{base}/{kind}/{published.id}"
    if summary == "true":
        return Entry(address, encode_summary(shelf.catalogue, published))
    return Entry(address, shelf.encoded(kind, published.id))


def _links(address: str, given: Given, page: Page, total: int) -> Iterator[Link]:
    yield Link("self", _address(address, given, page, page.offset))
    if page.count and page.offset:
        yield Link("previous", _address(address, given, page, max(0, page.offset - page.count)))
    if page.count and page.offset + page.count < total:
        yield Link("next", _address(address, given, page, page.offset + page.count))


def _address(address: str, given: Given, page: Page, offset: int) -> str:
    """The same search at another page, with what was understood of it."""
    asked = [(name, text) for name in ABOUT for text in given.texts(name)]
    summary = [("_summary", page.summary)] if page.summary != "false" else []
    return f"{address}?{urlencode([*asked, *summary, ('_count', str(page.count)), ('_offset', str(offset))])}"
