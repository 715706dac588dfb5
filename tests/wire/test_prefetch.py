"""What each prefetch key brought, and which kinds of data are known to be lacking in part."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest

from cds_hooks.record.fhir.resources import Resource
from cds_hooks.wire.prefetch.prefetch import Sent, Supplied, supply

OFFERED = ("patient", "labs", "medications", "conditions")
PATIENT = {"resourceType": "Patient", "id": "1"}
RESULT = {"resource": {"resourceType": "Observation", "id": "o1", "status": "final"}}


def outcome(severity: str) -> dict[str, Any]:
    issue = {"severity": severity, "code": "processing", "diagnostics": "the archive did not answer"}
    return {"resource": {"resourceType": "OperationOutcome", "issue": [issue]}, "search": {"mode": "outcome"}}


def searchset(*entries: dict[str, Any], **changes: Any) -> dict[str, Any]:
    return {"resourceType": "Bundle", "type": "searchset", "entry": list(entries), **changes}


def supplied(**values: dict[str, Any] | None) -> Supplied:
    required: dict[str, Any] = {"patient": PATIENT, "labs": None, "medications": None}
    body = json.dumps({**required, **values}).encode()
    return supply(Sent(msgspec.json.decode(body, type=dict[str, Resource | None]), []), OFFERED)


@pytest.mark.parametrize(
    ("page", "incomplete"),
    [
        (searchset(RESULT), False),
        (searchset(RESULT, total=1), False),
        (searchset(RESULT, total=2), True),
        (searchset(RESULT, link=[{"relation": "next"}]), True),
        (searchset(RESULT, outcome("error")), True),
        (searchset(RESULT, outcome("fatal")), True),
        (searchset(RESULT, outcome("warning")), False),
        (searchset(RESULT, outcome("information")), False),
        (searchset(outcome("error")), True),
    ],
)
def test_a_key_that_brought_only_a_part_is_incomplete(page: dict[str, Any], incomplete: bool) -> None:
    found = supplied(labs=page, conditions=searchset())
    assert found.incomplete == ({"labs"} if incomplete else set())
    assert "labs" not in found.absent


def test_an_outcome_among_the_entries_is_no_resource_of_the_patient() -> None:
    found = supplied(labs=searchset(outcome("error"), RESULT))
    assert [item.place for item in found.located] == ["prefetch.patient", "prefetch.labs.entry[1].resource"]


def test_a_key_that_holds_only_an_outcome_is_absent_instead() -> None:
    found = supplied(conditions=outcome("error")["resource"])
    assert (found.absent, found.incomplete) == ({"conditions"}, set())
