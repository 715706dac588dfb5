"""Protocols ready to judge, and the verdicts on their checks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

import msgspec

from cds_hooks.findings import Urgency
from cds_hooks.judgement.planning.draws import Next
from cds_hooks.judgement.planning.panels import Panel, members
from cds_hooks.judgement.planning.schedule import Schedule
from cds_hooks.judgement.predicates.outcome import Outcome
from cds_hooks.judgement.protocol.check import Check
from cds_hooks.judgement.protocol.sieve import Sieve, sieve_of
from cds_hooks.judgement.written.profiles import BandFile, LimitFile
from cds_hooks.judgement.written.written import Action, BranchFile, ProtocolFile


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


@dataclass(frozen=True, slots=True)
class Round:
    """Checks of one protocol that are judged together, with their verdicts where a glance settles them."""

    checks: tuple[Check, ...]
    sieve: Sieve
    clear: tuple[Verdict, ...]  # of each, that it is
    open: tuple[Verdict, ...]  # that it only lacks a result


@dataclass(frozen=True)
class Protocol:
    """A protocol judged with one profile."""

    file: ProtocolFile
    profile: str
    checks: tuple[Check, ...]
    schedule: Schedule
    bands: Mapping[str, BandFile]
    limits: Mapping[str, LimitFile]
    panels: Mapping[str, Panel]

    @cached_property
    def id(self) -> str:
        return self.file.id

    @cached_property
    def drugs(self) -> tuple[str, ...]:
        """The ingredients or classes whose course anchors visits and timing."""
        return self.file.drugs

    @cached_property
    def extends(self) -> str | None:
        """The profile whose numbers this one starts from, if any."""
        return self.file.profile[self.profile].extends

    @cached_property
    def holding(self) -> Round:
        """The checks that may hold readings back from the others: they are judged first."""
        return self._round(check for check in self.checks if check.file.holds)

    @cached_property
    def gating(self) -> Round:
        """The gates: judged after those, before the others."""
        return self._round(check for check in self.checks if check.file.gate)

    @cached_property
    def judging(self) -> Round:
        """The others, but for those that wait for them too."""
        early = (check.file.holds or check.file.gate or check.asks_for_repeats for check in self.checks)
        return self._round(check for check, is_early in zip(self.checks, early, strict=True) if not is_early)

    def alone(self, check: Check) -> Round:
        """One check by itself."""
        if check.file.id not in self._alone:
            self._alone[check.file.id] = self._round((check,))
        return self._alone[check.file.id]

    @cached_property
    def _alone(self) -> dict[str, Round]:
        return {}

    def _round(self, checks: Iterable[Check]) -> Round:
        kept = tuple(checks)
        clear, open_ = (
            tuple(Verdict(self, check, Outcome(truth), reasoned=False) for check in kept) for truth in (False, None)
        )
        return Round(kept, sieve_of([check.needs for check in kept]), clear, open_)

    @cached_property
    def waiting(self) -> tuple[Check, ...]:
        """The checks that speak of repeats others asked for: they are judged last."""
        return tuple(check for check in self.checks if not check.file.holds and check.asks_for_repeats)

    @cached_property
    def judged(self) -> frozenset[str]:
        """Every analyte some check judges."""
        return frozenset(name for check in self.checks for name in check.asks_about)

    @cached_property
    def analytes(self) -> frozenset[str]:
        """Every analyte the protocol judges or draws."""
        drawn = {name for visit in self.schedule.visits for name in members(visit.analytes, self.panels)}
        return self.judged | drawn
