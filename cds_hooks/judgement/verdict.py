"""A check's outcome on the way to its finding."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from cds_hooks.findings import Urgency
from cds_hooks.judgement.planning.draws import Next
from cds_hooks.judgement.predicates.outcome import Outcome
from cds_hooks.judgement.written import Action, BranchFile

if TYPE_CHECKING:
    from cds_hooks.judgement.protocol import Check, Protocol


class Verdict(msgspec.Struct, frozen=True, gc=False):
    """A check's outcome on the way to its finding."""

    protocol: Protocol
    check: Check
    outcome: Outcome
    branch: BranchFile | None = None  # the one that holds, of a check with several
    escalated: Urgency | None = None  # more urgent than written, since a repeat was missed
    reasoned: bool = True  # the outcome tells why; not of one that was clear at a glance

    @property
    def id(self) -> str:
        return self.check.file.id

    @property
    def urgency(self) -> Urgency:
        written = (self.branch.urgency if self.branch else None) or self.check.file.urgency
        return self.escalated or written

    @property
    def action(self) -> Action:
        return (self.branch.action if self.branch else None) or self.check.file.action

    @property
    def says(self) -> str:
        return (self.branch.says if self.branch else None) or self.check.file.says

    @property
    def advice(self) -> str:
        return (self.branch.advice if self.branch else None) or self.check.file.advice

    @property
    def next(self) -> Next | None:
        return (self.branch.next if self.branch else None) or self.check.file.next

    @property
    def causal(self) -> frozenset[str]:
        """The classes of drugs the check is about."""
        return frozenset(self.check.file.causal or self.protocol.file.causal)

    @property
    def raised(self) -> bool:
        return self.outcome.truth is True
