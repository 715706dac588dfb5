"""Which lab orders answer a draw: the fewest, from the table of orders."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache

import msgspec

from cds_hooks.judgement.knowledge.knowledge import LabOrder

# Free testosterone is calculated from total testosterone and SHBG of one specimen (Vermeulen 1999,
# doi:10.1210/jcem.84.10.6079), so a draw of both needs no order of its own for it.
CALCULATED = {"testosterone_free": frozenset({"testosterone_total", "shbg"})}


class OrderPlan(msgspec.Struct, frozen=True, gc=False):
    """How the analytes of a draw get ordered."""

    orders: tuple[LabOrder, ...]
    placed: tuple[str, ...]  # an open order answers them already
    by_hand: tuple[str, ...]  # no order in the table answers them


class _Table:
    """The table of orders as a cache key: the same object is the same table, so nothing in it needs hashing."""

    __slots__ = ("offered",)

    def __init__(self, offered: tuple[LabOrder, ...]) -> None:
        self.offered = offered

    def __hash__(self) -> int:
        return id(self.offered)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Table) and other.offered is self.offered


def plan_orders(
    analytes: tuple[str, ...], offered: tuple[LabOrder, ...], placed: frozenset[str] = frozenset()
) -> OrderPlan:
    """The fewest orders for what is not placed yet; between equals the one listed first."""
    return _plan(analytes, _Table(offered), placed)


# Schedules ask for the same few sets again and again, and covering a set would be the slowest step of a card.
@lru_cache(maxsize=256)
def _plan(analytes: tuple[str, ...], table: _Table, placed: frozenset[str]) -> OrderPlan:
    measured = _measured(analytes)
    missing = measured.difference(placed)
    chosen: list[LabOrder] = []
    useful = _useful(table.offered, missing)
    while useful:
        best = max(useful, key=lambda order: len(missing.intersection(order.analytes)))
        chosen.append(best)
        missing.difference_update(best.analytes)
        useful = _useful(useful, missing)
    return OrderPlan(
        orders=tuple(chosen),
        placed=tuple([analyte for analyte in analytes if analyte in measured and analyte in placed]),
        by_hand=tuple([analyte for analyte in analytes if analyte in missing]),
    )


def _measured(analytes: Iterable[str]) -> set[str]:
    wanted = set(analytes)
    for derived, inputs in CALCULATED.items():
        if inputs <= wanted:
            wanted.discard(derived)
    return wanted


def _useful(offered: Sequence[LabOrder], wanted: set[str]) -> list[LabOrder]:
    return [order for order in offered if not wanted.isdisjoint(order.analytes)]
