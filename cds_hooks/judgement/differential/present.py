"""Whether something is there in this chart: a discordance, a factor, a gap in what is recorded."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec

from cds_hooks.judgement.chart.case import Case
from cds_hooks.judgement.differential.needs import Named
from cds_hooks.judgement.differential.ready import Way
from cds_hooks.judgement.predicates.outcome import Outcome, every
from cds_hooks.judgement.predicates.predicate import Predicate
from cds_hooks.judgement.protocol.protocol import Verdict

Raised = Mapping[str, Sequence[Verdict]]  # by check


class Presence(msgspec.Struct, frozen=True, gc=False):
    """What shows that something is there: the check that says so, if one does, and the conditions that hold."""

    outcome: Outcome
    case: Case
    verdict: Verdict | None = None


def raised_of(verdicts: Sequence[Verdict]) -> Raised:
    """The raised verdicts by check."""
    found: dict[str, list[Verdict]] = {}
    for verdict in verdicts:
        if verdict.outcome.truth:
            found.setdefault(verdict.id, []).append(verdict)
    return found


def presence(
    ways: Sequence[Way], raised: Raised, cases: Mapping[str, Case], case: Case, held: Named
) -> Presence | None:
    """The first way that holds, judged in the case of the check that is raised, else in the one given."""
    possible = (way for way in ways if not any(held.isdisjoint(need) for need in way.needs))
    return next((found for way in possible if (found := _by(way, raised, cases, case)) is not None), None)


def hold(predicates: Sequence[Predicate], case: Case) -> bool:
    """Whether all are known to hold."""
    return all(case.answer(one).truth for one in predicates)


def _by(way: Way, raised: Raised, cases: Mapping[str, Case], case: Case) -> Presence | None:
    if not way.file.raised:
        outcome = _holding(way, case)
        return Presence(outcome, case) if outcome is not None else None
    for verdict in (verdict for name in way.file.raised for verdict in raised.get(name, ())):
        if not _counts(way, verdict):
            continue
        own = cases[verdict.protocol.id]
        outcome = _holding(way, own)
        if outcome is not None:
            return Presence(every((verdict.outcome, outcome)), own, verdict)
    return None


def _counts(way: Way, verdict: Verdict) -> bool:
    if way.file.protocol and verdict.protocol.id not in way.file.protocol:
        return False
    return not way.file.action or verdict.action in way.file.action


def _holding(way: Way, case: Case) -> Outcome | None:
    """What holds, where all of it is known to and nothing that must not is; None otherwise."""
    outcome = every(map(case.answer, way.all)) if way.all else Outcome(True)
    if not outcome.truth or any(case.answer(one).truth for one in way.none):
        return None
    return outcome
