"""What a call of the list asks for: whom, which page, in which format. No value of it is of a patient."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal, cast
from urllib.parse import urlencode

from cds_hooks.findings import URGENCIES, Urgency
from cds_hooks.presentation.worklist.listed import STATES, State
from cds_hooks.refusal import Refusal
from service.worklist.criteria import Criteria

Format = Literal["html", "json", "csv", "fhir"]
MEDIA: Mapping[str, Format] = {
    "text/html": "html",
    "application/json": "json",
    "text/csv": "csv",
    "application/fhir+json": "fhir",
}
FORMATS = (*MEDIA.values(), *MEDIA)
USUAL, MOST, LAST = 50, 500, 1_000_000  # patients on a page, and the last page there can be
FILTERS = ("state", "protocol", "check", "site", "urgency")
NAMES = (*FILTERS, "page", "_count", "run", "_format", "lang")
_WHOLE = re.compile(r"[0-9]{1,7}", re.ASCII)
_ANY: Mapping[str, Format] = {"*/*": "json", "application/*": "json", "text/*": "html"}


@dataclass(frozen=True, slots=True)
class Wish:
    """One page of the list, of one run where it is named."""

    criteria: Criteria
    format: Format
    page: int = 1
    count: int = USUAL
    run: str | None = None

    @property
    def first(self) -> int:
        """The place of its first patient."""
        return (self.page - 1) * self.count

    def on(self, page: int, run: str) -> Wish:
        """The same at another page of that run: a newer one would have other patients there."""
        return replace(self, page=page, run=run)

    def at_most(self, page: int) -> Wish:
        """The same, where it asks for a page that there is, else the last."""
        return replace(self, page=min(self.page, page))

    def but(self, **criteria: Any) -> Wish:
        """The first page of the list by other criteria."""
        return replace(self, criteria=replace(self.criteria, **criteria), page=1, run=None)

    def query(self, *more: tuple[str, str]) -> str:
        """As it is written in an address, without format."""
        named = [(name, getattr(self.criteria, name)) for name in FILTERS]
        paging = [
            ("page", self.page if self.page > 1 else None),
            ("_count", self.count if self.count != USUAL else None),
        ]
        told = [*named, *paging, ("run", self.run), *more]
        return urlencode([(name, str(value)) for name, value in told if value is not None])


def wish_of(sent: Sequence[tuple[str, str]], accept: str) -> Wish:
    """What a query and an Accept header ask for.

    Raises:
        Refusal: 400 for a parameter that is unknown or sent twice, or a value that cannot be meant.
    """
    told = _told(sent, NAMES)
    criteria = Criteria(
        state=cast("State | None", _one_of(told, "state", STATES)),
        protocol=told.get("protocol"),
        check=told.get("check"),
        site=told.get("site"),
        urgency=cast("Urgency | None", _one_of(told, "urgency", URGENCIES)),
    )
    page, count = _whole(told, "page", 1, LAST), _whole(told, "_count", USUAL, MOST)
    return Wish(criteria, _format(told, accept), page, count, told.get("run"))


def format_of(sent: Sequence[tuple[str, str]], accept: str) -> Literal["html", "json"]:
    """In which format numbers are asked for.

    Raises:
        Refusal: 400 for another parameter than that, or another format.
    """
    wanted = _format(_told(sent, ("_format", "lang")), accept)
    if wanted == "html" or wanted == "json":
        return wanted
    if any(name == "_format" for name, _ in sent):
        raise Refusal(400, "value", "_format is html or json.", "_format")
    return "json"


def _told(sent: Sequence[tuple[str, str]], names: Sequence[str]) -> Mapping[str, str]:
    given = [(name, value) for name, value in sent if value]  # a form sends what is not chosen as empty
    told = dict(given)
    if len(told) < len(given) or not told.keys() <= set(names):
        raise Refusal(400, "value", f"Send each of these once at most: {', '.join(names)}.")
    return told


def _one_of(told: Mapping[str, str], name: str, known: Sequence[str]) -> str | None:
    value = told.get(name)
    if value is not None and value not in known:
        raise Refusal(400, "value", f"{name} is one of {', '.join(known)}.", name)
    return value


def _whole(told: Mapping[str, str], name: str, usual: int, most: int) -> int:
    text = told.get(name)
    if text is None:
        return usual
    if not _WHOLE.fullmatch(text) or not 1 <= int(text) <= most:
        raise Refusal(400, "value", f"{name} is a whole number from 1 to {most}.", name)
    return int(text)


def _format(told: Mapping[str, str], accept: str) -> Format:
    asked = told.get("_format")
    if asked is None:
        return _accepted(accept)
    name = asked.replace(" ", "+")  # a plus sign in a query may stand for a space
    if name not in FORMATS:
        raise Refusal(400, "value", f"_format is one of {', '.join(FORMATS)}.", "_format")
    return MEDIA.get(name) or cast("Format", name)


def _accepted(accept: str) -> Format:
    """The best of what is accepted, by its `q`; JSON where that is none of ours."""
    asked = [(part.partition(";")[0].strip().lower(), _weight(part)) for part in accept.split(",")]
    known = [(MEDIA.get(media) or _ANY.get(media), weight) for media, weight in asked]
    best = max((pair for pair in known if pair[0] and pair[1] > 0), key=lambda pair: pair[1], default=("json", 0.0))
    return cast("Format", best[0])


def _weight(part: str) -> float:
    found = re.search(r";\s*q=([01](?:\.[0-9]{0,3})?)\s*$", part, re.ASCII)
    return float(found[1]) if found else 1.0
