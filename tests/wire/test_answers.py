"""A server's answer to a query of ours, and the pages that are joined to it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from cds_hooks.wire.prefetch.answers import Brought, joined, next_page, read_answer
from cds_hooks.wire.prefetch.lacks import Lack
from cds_hooks.wire.prefetch.prefetch import Sent, supply

RESULT = {"resource": {"resourceType": "Observation", "id": "o1", "status": "final"}}


def page(*entries: Any, **more: Any) -> Any:
    found = read_answer(json.dumps({"resourceType": "Bundle", "entry": entries, **more}).encode(), "Bundle", "p").value
    assert found is not None
    return found


def test_malformed_resources_are_told_beside_the_others() -> None:
    body = json.dumps(
        {"resourceType": "Bundle", "entry": [RESULT, {"resource": {"resourceType": "Observation", "id": 5}}]}
    )
    found = read_answer(body.encode(), "Bundle", "prefetch.labs")
    assert found.value is not None
    assert [unread.reference for unread in found.unread] == ["prefetch.labs.entry[1]"]


def test_a_malformed_patient_tells_whose_it_is() -> None:
    found = read_answer(b'{"resourceType": "Patient", "id": "7", "gender": 5}', "Patient", "prefetch.patient")
    assert found.lack is Lack.UNUSABLE
    assert [unread.reference for unread in found.unread] == ["Patient/7"]


@pytest.mark.parametrize(
    ("link", "url"),
    [
        ([{"relation": "next", "url": "x"}], "x"),
        ([{"relation": "self", "url": "y"}, {"relation": "next", "url": "x"}], "x"),
        ([{"relation": "self", "url": "y"}], None),
        ([{"relation": "next"}], None),
        ([{"relation": "next", "url": 5}], None),
        ([], None),
    ],
)
def test_where_the_next_page_is(link: Any, url: str | None) -> None:
    assert next_page(page(link=link)) == url


def test_joined_pages_hold_all_entries_and_the_last_link() -> None:
    first, last = page(RESULT, link=[{"relation": "next", "url": "x"}], total=2), page(RESULT, link=[])
    whole = joined(first, last)
    assert whole.entry is not None
    assert (len(whole.entry), next_page(whole), bytes(whole.total)) == (2, None, b"2")
    assert joined(page(), last).entry == last.entry


def test_what_was_fetched_stands_beside_what_was_sent() -> None:
    sent = Sent({"labs": None, "conditions": page()}, [])
    brought = {
        "medications": Brought(page(RESULT), is_partial=True),
        "procedures": Brought(lack=Lack.SLOW),
    }
    whole = supply(sent.with_brought(brought), ("labs", "medications", "conditions", "procedures", "statements"))
    assert whole.absent == {"procedures", "statements"}
    assert whole.incomplete == {"medications"}
    assert not whole.missing


def test_a_key_fetched_in_vain_says_why() -> None:
    lacks = Sent({}, []).in_vain(("labs", "medications"), Lack.NOT_ALLOWED)
    assert supply(lacks, ("labs", "medications")).missing == dict.fromkeys(("labs", "medications"), Lack.NOT_ALLOWED)
