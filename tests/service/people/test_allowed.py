"""Who may sign in is told by claims, in the shapes that providers give them."""

from __future__ import annotations

from typing import Any

import pytest

from service.people.allowed import is_allowed

ANNA = "email=anna@clinic.example"
CASES: list[tuple[dict[str, Any], tuple[str, ...], bool]] = [
    ({"groups": ["a", "b"]}, ("groups=b",), True),
    ({"groups": "b"}, ("groups=b",), True),
    ({"groups": ["bb"]}, ("groups=b",), False),
    ({"groups": "abc"}, ("groups=b",), False),
    ({"groups": [["b"], 1, None]}, ("groups=b",), False),
    ({"groups": []}, ("groups=b", "roles=c"), False),
    ({"roles": ["c"]}, ("groups=b", "roles=c"), True),
    ({"realm_access": {"roles": ["c"]}}, ("realm_access.roles=c",), True),
    ({"realm_access": ["roles"]}, ("realm_access.roles=c",), False),
    ({"https://clinic.example/roles": ["c"]}, ("https://clinic.example/roles=c",), True),
    ({"groups": ["a=b"]}, ("groups=a=b",), True),
    ({"email": "anna@clinic.example", "email_verified": True}, (ANNA,), True),
    ({"email": "anna@clinic.example", "email_verified": False}, (ANNA,), False),
    ({"email": "anna@clinic.example", "email_verified": "true"}, (ANNA,), False),
    ({"email": "anna@clinic.example"}, (ANNA,), False),
    ({}, (ANNA,), False),
    ({"groups": ["a"]}, (), False),
]


@pytest.mark.parametrize(("claims", "allowed", "answer"), CASES)
def test_one_of_the_claims_has_to_hold(claims: dict[str, Any], allowed: tuple[str, ...], answer: bool) -> None:
    assert is_allowed(claims, allowed) == answer
