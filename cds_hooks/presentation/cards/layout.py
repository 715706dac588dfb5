"""Which finding, which unknown check and which draw stands on which card."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from cds_hooks.facts import UnreadReason
from cds_hooks.findings import Draw, Finding
from cds_hooks.judged import Judged
from cds_hooks.presentation.cards.topics import (
    SCHEDULE,
    Checks,
    Topic,
    raised,
    split_topics,
    unknown,
)

_UNREADABLE = frozenset(reason.value for reason in UnreadReason)


class Layout(msgspec.Struct, frozen=True, gc=False):
    """Which findings stand on which card."""

    topics: tuple[Topic, ...]  # each has its card
    hidden: tuple[Topic, ...]  # beyond the cap
    noted: tuple[Finding, ...]
    unknown: tuple[Finding, ...]  # not explained by a data-quality card
    not_run: dict[str, list[Finding]]  # topic -> checks that its unusable results stopped
    draws: dict[str, list[Draw]]  # topic -> draws it asked for
    loose: tuple[Draw, ...]  # draws no card asked for
    due: frozenset[str]  # raised checks
    muted: dict[str, list[Finding]]  # topic -> advice to increase that its findings hold back

    def is_due(self, draw: Draw) -> bool:
        """Whether a raised finding asks for the draw."""
        return not self.due.isdisjoint(asking(draw))


def lay_out(judged: Judged, cap: int, no_change: Checks, insisting: Checks = frozenset()) -> Layout:
    """Place every raised and every unknown finding, and every draw; what is `insisting` is never only noted."""
    findings = raised(judged)
    topics, noted = split_topics(findings, no_change, insisting)
    critical = [topic for topic in topics if topic.rank == 0]
    rest = topics[len(critical) :]
    not_run, unexplained = _explain(unknown(judged), (*critical, *rest[: cap - 1]))
    room = cap - bool(unexplained)
    shown = (*critical, *rest[:room])
    draws, loose = _assign(judged.draws, shown)
    return Layout(
        topics=shown,
        hidden=tuple(rest[room:]),
        noted=tuple(noted),
        unknown=tuple(unexplained),
        not_run=not_run,
        draws=draws,
        loose=tuple(loose),
        due=frozenset([finding.check for finding in findings]),
        muted=_muted(judged, shown),
    )


def _muted(judged: Judged, topics: Sequence[Topic]) -> dict[str, list[Finding]]:
    """Advice to increase stands in one line beside the finding that holds it back, so that nobody misses the reason."""
    if not judged.silenced:
        return {}
    owners = {finding.check: topic.name for topic in topics for finding in topic.findings}
    findings = {(finding.protocol, finding.check): finding for finding in judged.telling}
    muted: dict[str, list[Finding]] = {}
    for quiet in judged.silenced:
        owner = next((owners[name] for name in quiet.by if name in owners), None)
        finding = findings.get((quiet.protocol, quiet.check))
        if owner is not None and finding is not None:
            muted.setdefault(owner, []).append(finding)
    return muted


def _explain(findings: Sequence[Finding], topics: Sequence[Topic]) -> tuple[dict[str, list[Finding]], list[Finding]]:
    """One problem, one card: a check that a raised finding stopped is named where that finding stands."""
    owners = {finding.check: topic.name for topic in topics for finding in topic.findings}
    owners |= {topic.name: topic.name for topic in topics}
    not_run: dict[str, list[Finding]] = {}
    unexplained: list[Finding] = []
    for finding in findings:
        owner = next((owners[name] for name in map(_topic_of, finding.blocked_by) if name in owners), None)
        (unexplained if owner is None else not_run.setdefault(owner, [])).append(finding)
    return not_run, unexplained


def _topic_of(obstacle: str) -> str:
    """A check id stands for itself; reasons for an unusable unit belong to the unit card, others to the unreadable."""
    if obstacle.startswith("unit-"):
        return "unit"
    return "unreadable" if obstacle in _UNREADABLE else obstacle


def _assign(draws: Sequence[Draw], topics: Sequence[Topic]) -> tuple[dict[str, list[Draw]], list[Draw]]:
    """A draw stands with the finding that asked for it, else with the schedule's card, else with none."""
    owners = {finding.check: topic.name for topic in topics for finding in topic.findings}
    schedule = SCHEDULE if SCHEDULE in [topic.name for topic in topics] else None
    assigned: dict[str, list[Draw]] = {}
    loose: list[Draw] = []
    for draw in draws:
        owning = {owners[check] for check in asking(draw) if check in owners}
        owner = next((topic.name for topic in topics if topic.name in owning), schedule)
        (loose if owner is None else assigned.setdefault(owner, [])).append(draw)
    return assigned, loose


def asking(draw: Draw) -> list[str]:
    """The check ids among a draw's reasons: `MT-HCT-01` or `MT-HCT-01: repeat the CBC`."""
    return [reason.partition(":")[0].partition(" ")[0] for reason in draw.reasons]
