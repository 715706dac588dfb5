"""Feedback is read as the standard has it, and a wrong item is named without repeating what it says."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from cds_hooks.refusal import Refusal
from cds_hooks.wire.feedback import Told, decode_feedback

ITEM: dict[str, Any] = {"card": "c-1", "outcome": "accepted", "outcomeTimestamp": "2026-11-23T00:47:04.312Z"}
AT = datetime(2026, 11, 23, 0, 47, 4, 312000, UTC)


def told(*items: Any) -> tuple[Told, ...]:
    return decode_feedback(json.dumps({"feedback": list(items)}).encode())


ACCEPTED: dict[str, tuple[dict[str, Any], Told]] = {
    "accepted": ({"acceptedSuggestions": [{"id": "s-1"}, {"id": "s-2"}]}, Told("c-1", "accepted", AT, ("s-1", "s-2"))),
    "accepted as a whole": ({}, Told("c-1", "accepted", AT)),
    "overridden without reason": ({"outcome": "overridden"}, Told("c-1", "overridden", AT)),
    "overridden for a reason": (
        {"outcome": "overridden", "overrideReason": {"reason": {"code": "x", "system": "http://s"}}},
        Told("c-1", "overridden", AT, reason="x"),
    ),
    "a comment is not kept": (
        {"outcome": "overridden", "overrideReason": {"userComment": "Frau Beispiel"}},
        Told("c-1", "overridden", AT, commented=True),
    ),
    "a reason without code": ({"overrideReason": {"reason": {}}}, Told("c-1", "accepted", AT, reason="?")),
    "nothing said of the override": ({"overrideReason": {}}, Told("c-1", "accepted", AT)),
    "members that are null": ({"acceptedSuggestions": None, "overrideReason": None}, Told("c-1", "accepted", AT)),
    "another offset": ({"outcomeTimestamp": "2026-11-23T01:47:04.312+01:00"}, Told("c-1", "accepted", AT)),
    "extensions and unknown members": (
        {"extension": {"org.x": [1]}, "later": 1, "overrideReason": {"extension": {}}},
        Told("c-1", "accepted", AT),
    ),
}


@pytest.mark.requirement("F3")
@pytest.mark.requirement("F4")
@pytest.mark.requirement("F5")
@pytest.mark.requirement("F6")
@pytest.mark.parametrize(("changes", "read"), ACCEPTED.values(), ids=ACCEPTED)
def test_an_item_is_read(changes: dict[str, Any], read: Told) -> None:
    assert told(ITEM | changes) == (read,)


@pytest.mark.requirement("F7")
def test_one_call_may_report_several_cards_and_one_card_again() -> None:
    items = [ITEM, ITEM | {"outcome": "overridden"}, ITEM, ITEM | {"card": "another"}]
    assert [(one.card, one.outcome) for one in told(*items)] == [
        ("c-1", "accepted"),
        ("c-1", "overridden"),
        ("c-1", "accepted"),
        ("another", "accepted"),
    ]


WRONG = [
    ("card", None),
    ("card", ""),
    ("card", 7),
    ("outcome", "ignored"),
    ("outcome", None),
    ("outcomeTimestamp", "2026-11-23"),
    ("outcomeTimestamp", "2026-11-23T00:00:00"),
    ("outcomeTimestamp", "yesterday"),
    ("acceptedSuggestions", [{"id": 1}]),
    ("acceptedSuggestions", [{}]),
    ("acceptedSuggestions", "s-1"),
    ("overrideReason", []),
    ("overrideReason", {"reason": {"code": 1}}),
    ("overrideReason", {"userComment": 1}),
]


@pytest.mark.parametrize(("member", "value"), WRONG)
def test_a_wrong_item_is_named_and_nothing_of_the_call_is_taken(member: str, value: Any) -> None:
    """The standard leaves open what becomes of the right items of such a call. A call is taken whole or not at all:
    it can be mended and sent again, since a card may be reported again."""
    with pytest.raises(Refusal) as refused:
        told(ITEM, ITEM | {member: value})
    (problem,) = refused.value.problems
    assert (refused.value.status, problem.expression) == (400, f"feedback[1].{member}")
    assert not isinstance(value, str) or not value or value not in problem.diagnostics


@pytest.mark.parametrize("member", ITEM)
def test_what_an_item_lacks_is_named(member: str) -> None:
    lacking = {name: value for name, value in ITEM.items() if name != member}
    with pytest.raises(Refusal) as refused:
        told(lacking, 5)
    assert [problem.expression for problem in refused.value.problems] == [f"feedback[0].{member}", "feedback[1]"]
    assert [problem.code for problem in refused.value.problems] == ["required", "value"]


def test_a_long_list_of_wrong_items_is_cut() -> None:
    with pytest.raises(Refusal) as refused:
        told(*[5] * 1_000)
    assert len(refused.value.problems) == 20


@pytest.mark.requirement("F2")
@pytest.mark.parametrize(
    ("body", "place"),
    [
        (b"x", None),
        (b"\xff", None),
        (b'{"feedback":[],"a":"\xff"}', None),
        (b'{"a":' + b"[" * 100_000, None),
        (b"{}", "feedback"),
        (b"[]", "feedback"),
        (b"null", "feedback"),
        (b'{"feedback":null}', "feedback"),
        (b'{"feedback":{}}', "feedback"),
    ],
    ids=lambda value: repr(value)[:30],
)
def test_a_body_of_another_kind_is_refused(body: bytes, place: str | None) -> None:
    with pytest.raises(Refusal) as refused:
        decode_feedback(body)
    assert (refused.value.status, refused.value.expression) == (400, place)


def test_a_call_may_report_nothing() -> None:
    assert told() == ()
