"""Reading and searching what is published."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from cds_hooks.presentation.terminology.catalogue import Published
from cds_hooks.presentation.terminology.operations.search import Entry, Link, encode_page, find
from cds_hooks.presentation.terminology.resources import encode_summary
from service.fhir.negotiation import GENERAL
from service.fhir.operations.parameters import Given, Parameter, from_query
from service.fhir.shelf import Shelf

Criteria = Sequence[tuple[str, str]]
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
ABOUT_TOO = {  # of single types
    "PlanDefinition": {
        "topic": "What it is about: a drug or an analyte, as `code` or `system|code`.",
        "context": "Whom it is for: a drug, an analyte or a condition, as `code` or `system|code`.",
        "type": "clinical-protocol (with a calendar) or eca-rule.",
    },
    "ActivityDefinition": {"topic": "An analyte that its result answers, as `code` or `system|code`."},
    "Library": {
        "topic": "What it is about: a drug or an analyte, as `code` or `system|code`.",
        "type": "logic-library (a protocol) or asset-collection.",
    },
}
_PAGING = (
    Parameter("_count", "integer", f"How many on a page, at most {MOST}; 0 counts them only. Default: {USUAL}."),
    Parameter("_offset", "integer", "How many to leave out at the start."),
    Parameter(
        "_summary",
        "code",
        "true leaves the codes out, count answers the number only, false is the default.",
        choices=("true", "false", "count"),
    ),
)


def about(kind: str) -> dict[str, str]:
    """What each criterion of a type means."""
    return ABOUT | ABOUT_TOO.get(kind, {})


def parameters_of(kind: str) -> tuple[Parameter, ...]:
    """What a search of a type takes."""
    criteria = about(kind).items()
    said = [Parameter(name, "string", f"{text} Several, with commas: any.", repeats=True) for name, text in criteria]
    return (*said, *_PAGING)


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
    given = from_query(sent, parameters_of(kind), GENERAL)
    criteria = {name: [text.split(",") for text in given.texts(name)] for name in about(kind)}
    page = _page(given)
    found = find(shelf.catalogue, kind, criteria)
    shown = found[page.offset : page.offset + page.count]
    entries = [_entry(shelf, kind, published, page.summary, base) for published in shown]
    return encode_page(len(found), list(_links(f"{base}/{kind}", _asked(kind, given), page, len(found))), entries)


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


def _asked(kind: str, given: Given) -> list[tuple[str, str]]:
    """What was understood of a search."""
    return [(name, text) for name in about(kind) for text in given.texts(name)]


def _links(address: str, asked: Criteria, page: Page, total: int) -> Iterator[Link]:
    yield Link("self", _address(address, asked, page, page.offset))
    if page.count and page.offset:
        yield Link("previous", _address(address, asked, page, max(0, page.offset - page.count)))
    if page.count and page.offset + page.count < total:
        yield Link("next", _address(address, asked, page, page.offset + page.count))


def _address(address: str, asked: Criteria, page: Page, offset: int) -> str:
    """The same search at another page."""
    summary = [("_summary", page.summary)] if page.summary != "false" else []
    return f"{address}?{urlencode([*asked, *summary, ('_count', str(page.count)), ('_offset', str(offset))])}"
