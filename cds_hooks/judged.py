"""Everything judgement answers about one patient; what few ask for is worked out when it is asked for."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from cds_hooks.findings import (
    Change,
    Considered,
    Derived,
    Discordance,
    Draw,
    Explanation,
    Finding,
    Held,
    ProtocolUsed,
    Silenced,
    State,
)
from cds_hooks.yardsticks import Gauges


class Judged(msgspec.Struct, frozen=True, gc=False):
    """Everything `evaluate` answers about one patient.

    Cards speak of `telling` findings alone. Every check has its finding; a clear one is put into words when asked for.
    """

    protocols: tuple[ProtocolUsed, ...]
    telling: tuple[Finding, ...]  # raised, unknown but for want of a result, or of one that may be in range
    explain: Callable[[], tuple[Finding, ...]]  # the findings of all checks, in their order
    derive: Callable[[], tuple[Derived, ...]]  # numbers worked out from results
    draws: tuple[Draw, ...]
    considered: tuple[Considered, ...]
    silenced: tuple[Silenced, ...]
    placed: frozenset[str] = frozenset()  # analytes that an open order will answer
    held: tuple[Held, ...] = ()  # readings no check but the one named may use; the report lists them as unread
    discordances: tuple[Discordance, ...] = ()
    differential: tuple[Explanation, ...] = ()  # what may explain them, in order
    compare: Callable[[], tuple[Change, ...]] = tuple
    states: Callable[[], dict[State, list[str]]] = dict  # as the findings have them, without words
    open_up: Callable[[], tuple[Finding, ...]] = tuple  # the findings that are not clear, in their order
    checks: int = 0  # how many were judged: as many findings there are
    gauge: Callable[[], Gauges] = Gauges

    @property
    def findings(self) -> tuple[Finding, ...]:
        """Exactly one finding for every check of the protocols that apply."""
        return self.explain()

    @property
    def not_clear(self) -> tuple[Finding, ...]:
        """The findings that are raised or unknown: as in `findings`, in less time."""
        return self.open_up()

    @property
    def derived(self) -> tuple[Derived, ...]:
        """Every number worked out from results, when asked for."""
        return self.derive()

    @property
    def changes(self) -> tuple[Change, ...]:
        """True change or noise, for each analyte with two results; put into words when asked for."""
        return self.compare()

    @property
    def gauges(self) -> Gauges:
        """What results are read against, when asked for."""
        return self.gauge()
