"""What the results of one analyte are read against, in the unit shown: bands, limits, and what chance explains."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from cds_hooks.facts import Facts
from cds_hooks.findings import URGENCIES, Change
from cds_hooks.judgement.chart.changes import signed
from cds_hooks.judgement.gauges import UPWARD
from cds_hooks.presentation.timeline.units import Shown
from cds_hooks.presentation.timeline.values import Band, Line, Moved
from cds_hooks.yardsticks import LimitInForce, TargetInForce
from terminology.units.conversion import EXACT

_RANK = {"goal": 0, "target": 1, "in-range": 2}
_SIGNS = {"above": ">", "at_least": "≥", "below": "<", "at_most": "≤"}


def bands_of(targets: Iterable[TargetInForce], analyte: str, shown: Shown) -> tuple[Band, ...]:
    """The patient's own goal first, then targets, then what is merely called in range."""
    found = sorted((one for one in targets if one.analyte == analyte), key=lambda one: _RANK[one.kind])
    return tuple(
        Band(
            kind=one.kind,
            text=_span(one, shown),
            written=one.text,
            protocol=one.protocol,
            profile=one.profile,
            check=one.check,
            low=None if one.low is None else shown.value(one.low),
            high=None if one.high is None else shown.value(one.high),
        )
        for one in found
    )


def _span(target: TargetInForce, shown: Shown) -> str:
    low, high = (None if edge is None else shown.text(edge) for edge in (target.low, target.high))
    if low is None or high is None:
        return f"≥ {low}" if low is not None else f"≤ {high}"
    return f"≤ {high}" if target.low == 0 else f"{low}–{high}"


def lines_of(limits: Iterable[LimitInForce], analyte: str, shown: Shown) -> tuple[Line, ...]:
    """The most urgent first."""
    found = [one for one in limits if one.analyte == analyte]
    return tuple(
        Line(
            value=shown.value(one.value),
            text=f"{_SIGNS[one.operator]} {shown.text(one.value)}",
            words=one.words,
            urgency=one.urgency,
            protocol=one.protocol,
            check=one.check,
            is_upward=one.operator in UPWARD,
            timing=one.timing,
        )
        for one in sorted(found, key=lambda one: (-URGENCIES.index(one.urgency), one.value))
    )


def moved_of(change: Change, facts: Facts, shown: Shown) -> Moved:
    """The verdict with the span of numbers that chance alone explains, where there is one."""
    return Moved(
        verdict=change.verdict,
        because=change.because,
        percent=signed(change.percent) if change.percent is not None else "",
        newest=change.newest,
        earlier=change.earlier,
        noise=_noise(change, facts, shown),
    )


def _noise(change: Change, facts: Facts, shown: Shown) -> tuple[Decimal, Decimal] | None:
    if change.down is None or change.up is None or not change.earlier:
        return None
    before = {one.reference: one.value for one in facts.readings if one.analyte == change.analyte}
    values = [before[reference] for reference in change.earlier if reference in before]
    if not values:
        return None
    mean = EXACT.divide(sum(values, Decimal(0)), Decimal(len(values)))
    low, high = (shown.value(EXACT.multiply(mean, 1 + bound / 100)) for bound in (change.down, change.up))
    return low, high
