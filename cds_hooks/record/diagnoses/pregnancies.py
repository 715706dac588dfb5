"""A newer answer that someone is not pregnant ends a pregnancy recorded before; it never ends one without a date."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec.structs import replace

from cds_hooks.facts import Condition, Moment

PREGNANCY = "pregnancy"


def without_ended(conditions: Iterable[Condition], not_pregnant: Moment | None) -> list[Condition]:
    """The conditions, with each pregnancy recorded before that day no longer active."""
    if not_pregnant is None:
        return list(conditions)
    return [replace(one, active=False) if _is_ended(one, not_pregnant) else one for one in conditions]


def _is_ended(condition: Condition, not_pregnant: Moment) -> bool:
    dated = condition.recorded or condition.onset
    return condition.concept == PREGNANCY and dated is not None and dated.day < not_pregnant.day
