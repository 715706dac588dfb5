"""What one finding does to another: the more urgent stands for the milder, and danger mutes advice to increase."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
from msgspec.structs import replace

from cds_hooks.findings import Silenced
from cds_hooks.judgement.predicates.outcome import Outcome, step
from cds_hooks.judgement.protocol import RESTRAINING, Check, Protocol


class Verdict(msgspec.Struct, frozen=True, gc=False):
    """A check's outcome on the way to its finding."""

    protocol: Protocol
    check: Check
    outcome: Outcome

    @property
    def id(self) -> str:
        return self.check.file.id

    @property
    def raised(self) -> bool:
        return self.outcome.truth is True


def let_urgent_stand(verdicts: Sequence[Verdict]) -> list[Verdict]:
    """A check that yields to a raised one becomes clear, and says to which."""
    raised = {verdict.id for verdict in verdicts if verdict.raised}
    return [_yielded(verdict, raised) for verdict in verdicts]


def _yielded(verdict: Verdict, raised: set[str]) -> Verdict:
    winners = [name for name in verdict.check.file.yields_to if name in raised]
    if not winners or verdict.outcome.truth is False:
        return verdict
    because = step("yields_to", True, f"{winners[0]} is raised and covers this")
    return replace(verdict, outcome=Outcome(False, (*verdict.outcome.because, because), verdict.outcome.readings))


def silence_increases(verdicts: Sequence[Verdict]) -> tuple[Silenced, ...]:
    """Advice to increase a drug gets no card while a warning says to reduce, hold or refer on the same drug.

    Only increases are muted: protective additions, repeats and other advice stand.
    """
    restraining = tuple(
        verdict.id
        for verdict in verdicts
        if verdict.raised and verdict.check.file.action in RESTRAINING and verdict.check.file.urgency != "info"
    )
    if not restraining:
        return ()
    return tuple(
        Silenced(verdict.id, verdict.protocol.id, "no dose increase until this is resolved", restraining)
        for verdict in verdicts
        if verdict.raised and verdict.check.file.action == "increase"
    )
