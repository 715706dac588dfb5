"""Which people may sign in, by what the provider says of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

EMAIL = "email"


def is_allowed(claims: Mapping[str, Any], allowed: Sequence[str]) -> bool:
    """Whether one of `claim=value` holds of this person; an unverified e-mail address is anybody's, and counts not."""
    pairs = (pair.partition("=")[::2] for pair in allowed)
    return any(value in _values(claims, claim) for claim, value in pairs)


def _values(claims: Mapping[str, Any], claim: str) -> tuple[str, ...]:
    if claim == EMAIL and claims.get("email_verified") is not True:
        return ()
    said = claims[claim] if claim in claims else _nested(claims, claim)
    return tuple(one for one in (said if isinstance(said, list) else [said]) if isinstance(one, str))


def _nested(claims: Mapping[str, Any], path: str) -> Any:
    """What stands at `realm_access.roles`, as some providers lay roles."""
    found: Any = claims
    for part in path.split("."):
        found = found.get(part) if isinstance(found, Mapping) else None
    return found
