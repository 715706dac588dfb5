"""Since when a drug has been taken without a long pause: a renewal goes on with the order before it."""

from __future__ import annotations

from collections.abc import Iterable

from cds_hooks.facts import Moment, Therapy
from cds_hooks.judgement.timing.clock import SortKey, sort_key
from cds_hooks.judgement.timing.course import episode
from cds_hooks.judgement.written.policy import Policy


def begun(therapy: Therapy, orders: Iterable[Therapy], policy: Policy) -> Moment | None:
    """When the run that an order belongs to began; None when the order itself has no start.

    Of `orders` those of the same drug count that are no drafts and began no later. What is a long pause, and that an
    order without an end goes on, are as in a course.
    """
    if therapy.start is None:
        return None
    until = sort_key(therapy.start)
    run = [one for one in orders if one.drug == therapy.drug and not one.planned and _starts_by(one, until)]
    return episode(run, (), therapy.interval_hours, policy)[0] if len(run) > 1 else therapy.start


def _starts_by(therapy: Therapy, until: SortKey) -> bool:
    return therapy.start is not None and sort_key(therapy.start) <= until
