"""Since when a drug has been taken without a long pause: a renewal goes on with the order before it."""

from __future__ import annotations

import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal

from cds_hooks.facts import Moment, Therapy
from cds_hooks.judgement.timing.clock import SortKey, days_between, sort_key
from cds_hooks.judgement.timing.course import longest_pause
from cds_hooks.judgement.written.policy import Policy

_NEVER_BEFORE = sys.maxsize  # days

_Key = tuple[str, SortKey, Decimal | None]


class Runs:
    """The runs of some orders. Those of the same drug belong together; drafts, and what has no start, to none.

    What is a long pause, and that an order without an end goes on, are as in a course.
    """

    def __init__(self, orders: Iterable[Therapy], policy: Policy) -> None:
        by_drug: dict[str, list[tuple[Moment, Therapy]]] = defaultdict(list)
        for order in orders:
            if order.start is not None and not order.planned:
                by_drug[order.drug].append((order.start, order))
        self._begun: Mapping[_Key, Moment] = {
            _key(order, start): begun
            for same in by_drug.values()
            if len(same) > 1
            for order, start, begun in _walked(same, policy)
        }

    def begun(self, order: Therapy) -> Moment | None:
        """When the run that an order belongs to began; None when the order itself has no start."""
        return self._begun.get(_key(order, order.start), order.start) if order.start is not None else None


def _walked(orders: list[tuple[Moment, Therapy]], policy: Policy) -> Iterator[tuple[Therapy, Moment, Moment]]:
    """Each order with its start and that of its run, in one pass.

    Of the pauses only those are kept that no later one is as long as: the last that is too long begins the run.
    """
    pauses: list[tuple[int, Moment]] = []  # days, and when treatment began again
    reach: Moment | None = None  # how far treatment is known to have gone on
    endless = False
    for start, order in sorted(orders, key=lambda one: sort_key(one[0])):
        pause = _NEVER_BEFORE if reach is None else 0 if endless else days_between(reach, start)
        if pause > policy.episode_gap:
            while pauses and pauses[-1][0] <= pause:
                pauses.pop()
            pauses.append((pause, start))
        allowed = longest_pause(order.interval_hours, policy)
        yield order, start, next(begun for days, begun in reversed(pauses) if days > allowed)
        endless = endless or order.end is None
        reach = max((one for one in (reach, order.end, start) if one is not None), key=sort_key)


def _key(order: Therapy, start: Moment) -> _Key:
    return order.drug, sort_key(start), order.interval_hours
