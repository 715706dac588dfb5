"""Feedback: from bytes to what clinicians did with cards.

One call may report several cards, a card again, and cards nobody knows; an override needs no reason. A clinician's
comment is free text about a patient: only that there was one is kept. What the standard does not name is skipped.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from typing import Annotated, Literal

import msgspec

from cds_hooks.refusal import Problem, Refusal

Outcome = Literal["accepted", "overridden"]
MOST_PROBLEMS = 20  # named in one refusal


class Told(msgspec.Struct, frozen=True, gc=False):
    """What became of one card. `reason` is the code chosen from the card's list; empty: none was."""

    card: str
    outcome: Outcome
    at: datetime
    suggestions: tuple[str, ...] = ()
    reason: str = ""
    commented: bool = False


class _Suggestion(msgspec.Struct, frozen=True, gc=False):
    id: str


class _Coding(msgspec.Struct, frozen=True, gc=False):
    code: str | None = None


class _Override(msgspec.Struct, frozen=True, gc=False):
    reason: _Coding | None = None
    userComment: str | None = None


class _Item(msgspec.Struct, frozen=True, gc=False):
    card: Annotated[str, msgspec.Meta(min_length=1)]
    outcome: Outcome
    outcomeTimestamp: Annotated[datetime, msgspec.Meta(tz=True)]
    acceptedSuggestions: tuple[_Suggestion, ...] | None = None
    overrideReason: _Override | None = None


class _Body(msgspec.Struct, frozen=True, gc=False):
    feedback: tuple[msgspec.Raw, ...]


def decode_feedback(body: bytes) -> tuple[Told, ...]:
    """Every item of one call, in the order sent.

    Raises:
        Refusal: 400; one problem for each wrong item, with its index. A call is taken as a whole or not at all, so that
            what was refused can be mended and sent again.
    """
    try:
        if not body.isascii():
            body.decode()  # fields nobody reads are skipped unseen; their bytes are checked here
        items = _BODY.decode(body).feedback
        told, problems = _sorted(items)
    except msgspec.ValidationError:
        raise Refusal(400, "structure", _NO_LIST, "feedback") from None
    except UnicodeDecodeError:
        raise Refusal(400, "structure", "The body is not valid UTF-8: send JSON encoded in UTF-8.") from None
    except msgspec.DecodeError:
        raise Refusal(400, "structure", "The body is not JSON: send a JSON object, without comments or NaN.") from None
    except RecursionError:
        raise Refusal(400, "structure", "The body is nested too deeply to be feedback.") from None
    if problems:
        raise Refusal(400, *problems[0], tuple(problems[1:MOST_PROBLEMS]))
    return tuple(told)


def _sorted(items: tuple[msgspec.Raw, ...]) -> tuple[list[Told], list[Problem]]:
    told: list[Told] = []
    problems: list[Problem] = []
    for index, raw in enumerate(items):
        try:
            told.append(_told(_ITEM.decode(raw)))
        except msgspec.ValidationError as error:
            problems.append(_problem(index, str(error)))
    return told, problems


def _told(item: _Item) -> Told:
    override = item.overrideReason or _Override()
    return Told(
        card=item.card,
        outcome=item.outcome,
        at=item.outcomeTimestamp,
        suggestions=tuple(suggestion.id for suggestion in item.acceptedSuggestions or ()),
        reason=(override.reason.code or _UNNAMED) if override.reason is not None else "",
        commented=bool(override.userComment),
    )


def _problem(index: int, error: str) -> Problem:
    """Where an item is wrong; the decoder's own words would quote it."""
    field = next(_fields(error), "")
    place = f"feedback[{index}]{f'.{field}' if field else ''}"
    code = "required" if "missing" in error else "value"
    return Problem(code, f"{place} is missing or not as expected: send {_EXPECTED[field]}. Nothing was stored.", place)


def _fields(error: str) -> Iterator[str]:
    """The member of an item that a decoder's message is about: the one in the path, else the one that is missing."""
    return (found[1] for pattern in _MEMBERS if (found := pattern.search(error)) and found[1] in _EXPECTED)


_UNNAMED = "?"  # a reason that has no code
_NO_LIST = "feedback is missing or no list: send an object with feedback, a list of objects."
_EXPECTED = {
    "": "an object with card, outcome and outcomeTimestamp",
    "card": "the uuid of the card as a string",
    "outcome": "'accepted' or 'overridden'",
    "outcomeTimestamp": "the time in UTC as a string, as in 2026-09-04T15:00:00Z",
    "acceptedSuggestions": "a list of objects, each with the id of a suggestion as a string",
    "overrideReason": "an object with a Coding as reason, a text as userComment, or both",
}
_MEMBERS = (re.compile(r"at `\$\.(\w+)"), re.compile(r"required field `(\w+)`$"))
_BODY = msgspec.json.Decoder(_Body)
_ITEM = msgspec.json.Decoder(_Item)
