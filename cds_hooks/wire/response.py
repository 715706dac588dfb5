"""The CDS Hooks answer: cards, suggestions, actions and links under the standard's own names, nothing null or empty."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec

SUMMARY_LIMIT = 139  # the standard says fewer than 140 characters
INDICATORS = ("info", "warning", "critical")
Indicator = Literal["info", "warning", "critical"]
Uuid = Annotated[str, msgspec.Meta(extra_json_schema={"format": "uuid"})]
Resource = Annotated[
    Any,
    msgspec.Meta(
        description="A whole FHIR R4 resource.",
        extra_json_schema={
            "type": "object",
            "required": ["resourceType"],
            "properties": {"resourceType": {"type": "string"}},
        },
    ),
]


class Coding(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
    """A code, its system, and how to show it."""

    system: str
    code: str
    display: str | None = None


class Source(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
    """Where a card's guidance comes from. `topic` stays the same for every card of one kind."""

    label: str
    url: str | None = None
    icon: str | None = None
    topic: Coding | None = None

    def __post_init__(self) -> None:
        if self.url is not None:
            require_absolute(self.url)


class Action(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
    """One change to the chart. Create and update carry the whole resource, delete only its reference."""

    type: Literal["create", "update", "delete"]
    description: str
    resource: Resource | None = None
    resourceId: str | None = None

    def __post_init__(self) -> None:
        given = (self.resource is not None, self.resourceId is not None)
        if given != ((False, True) if self.type == "delete" else (True, False)):
            raise ValueError("create and update need a resource, delete needs a resourceId")


class Suggestion(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
    """One offer; all its actions belong together."""

    label: str
    isRecommended: bool  # always said: some clients tick what says nothing
    uuid: Uuid | None = None
    actions: tuple[Action, ...] = ()


class Link(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
    """A page or a SMART app. `appContext` belongs to SMART links only."""

    label: str
    url: str
    type: Literal["absolute", "smart"]
    appContext: str | None = None

    def __post_init__(self) -> None:
        require_absolute(self.url)
        if self.appContext is not None and self.type != "smart":
            raise ValueError("appContext is for SMART links")


class Card(msgspec.Struct, frozen=True, gc=False, omit_defaults=True, kw_only=True):
    """One card. The summary is cut to what the standard allows; `selectionBehavior` follows from the suggestions."""

    uuid: Uuid
    summary: Annotated[str, msgspec.Meta(max_length=SUMMARY_LIMIT)]
    indicator: Indicator
    detail: str | None = None
    source: Source
    suggestions: tuple[Suggestion, ...] = ()
    selectionBehavior: Literal["any", "at-most-one"] | None = None
    overrideReasons: tuple[Coding, ...] = ()
    links: tuple[Link, ...] = ()

    def __post_init__(self) -> None:
        if self.indicator not in INDICATORS:
            raise ValueError(f"an indicator is one of {', '.join(INDICATORS)}")
        if not self.summary.strip():
            raise ValueError("a card needs a summary")
        if length(self.summary) > SUMMARY_LIMIT:
            msgspec.structs.force_setattr(self, "summary", cut(self.summary, SUMMARY_LIMIT))
        behavior = (self.selectionBehavior or "any") if self.suggestions else None
        if behavior is not self.selectionBehavior:
            msgspec.structs.force_setattr(self, "selectionBehavior", behavior)

    @property
    def kind(self) -> str:
        """The code of its topic, the same for all cards of one kind; empty for a card without."""
        return self.source.topic.code if self.source.topic is not None else ""


class CDSHooksResponse(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
    """The answer of a service. No cards is said as an empty list; no system actions by leaving the key out."""

    cards: tuple[Card, ...]
    systemActions: tuple[Action, ...] = ()


_ENCODER = msgspec.json.Encoder(decimal_format="number")


def encode(response: CDSHooksResponse) -> bytes:
    """The response body."""
    return _ENCODER.encode(response)


def require_absolute(url: str) -> None:
    """Refuse a URL that a client could not follow from anywhere."""
    if not url.startswith(("https://", "http://")):
        raise ValueError("a card's links are absolute http(s) URLs")


def length(text: str) -> int:
    """Characters as a browser counts them (UTF-16), the strictest of the ways a client may count."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le", "replace")) // 2


def cut(text: str, limit: int) -> str:
    """At most `limit` characters, ended after a whole word with "…"; a single long word is broken."""
    if length(text) <= limit:
        return text
    kept = text[: limit - 1]
    while length(kept) >= limit:
        kept = kept[:-1]
    head, space, _ = kept.rpartition(" ")
    # A word boundary in the first half would throw away more than the rest of a long word is worth.
    whole = head if space and len(head) * 2 > limit else kept
    return whole.rstrip(" ,;:–-") + "…"
