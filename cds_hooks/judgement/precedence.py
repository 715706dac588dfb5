"""What one finding does to another: the more urgent stands for the milder, and danger mutes advice to increase."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec.structs import replace

from cds_hooks.findings import Silenced
from cds_hooks.judgement.predicates.outcome import Outcome, step
from cds_hooks.judgement.protocol.protocol import Verdict
from cds_hooks.judgement.written.written import RESTRAINING

CIRCUMSTANCES = frozenset({"timing", "start of treatment", "organ inventory", "age"})
_LACKING = (" absent", " incomplete")


def let_urgent_stand(verdicts: Sequence[Verdict]) -> list[Verdict]:
    """A check that yields to a raised one becomes clear, and says to which; a critical one only to a critical one."""
    standing = [verdict for verdict in verdicts if verdict.outcome.truth]
    raised = {verdict.id for verdict in standing}
    critical = {verdict.id for verdict in standing if verdict.urgency == "critical"}
    return [
        verdict
        if verdict.outcome.truth is False or not verdict.check.yields_to
        else _yielded(verdict, critical if verdict.urgency == "critical" else raised)
        for verdict in verdicts
    ]


def _yielded(verdict: Verdict, raised: set[str]) -> Verdict:
    winners = [name for name in verdict.check.yields_to if name in raised]
    if not winners:
        return verdict
    because = step("yields_to", True, f"{winners[0]} is raised and covers this")
    outcome = Outcome(False, (*verdict.outcome.because, because), verdict.outcome.readings)
    return replace(verdict, outcome=outcome, reasoned=True)  # judged anew, it would be what it was


def silence_increases(verdicts: Sequence[Verdict], danger: frozenset[str]) -> tuple[Silenced, ...]:
    """Advice to increase a drug gets no card while a warning about the same class of drugs says to reduce, hold or
    refer, or a safety result is doubtful or waits for its repeat.

    Only increases are muted: protective additions, repeats and other advice stand.
    """
    restraining = [
        verdict for verdict in verdicts if (verdict.raised and _restrains(verdict, danger)) or _could_restrain(verdict)
    ]
    if not restraining:
        return ()
    return tuple(
        Silenced(verdict.id, verdict.protocol.id, "no dose increase until this is resolved", by)
        for verdict in verdicts
        if verdict.raised
        and verdict.action == "increase"
        and (by := tuple(other.id for other in restraining if _same_cause(verdict, other)))
    )


def _same_cause(one: Verdict, other: Verdict) -> bool:
    """Whether two checks are about the same class of drugs; one that names none is about any."""
    return not one.causal or not other.causal or not one.causal.isdisjoint(other.causal)


def _restrains(verdict: Verdict, danger: frozenset[str]) -> bool:
    if verdict.id in danger:
        return True
    return verdict.urgency != "info" and (verdict.action in RESTRAINING or verdict.check.file.restrains)


def _could_restrain(verdict: Verdict) -> bool:
    """A check that would restrain, were a safety result not unusable, preliminary, or known only as a bound."""
    if verdict.outcome.truth is not None or not _restrains(verdict, frozenset()):
        return False
    doubtful = any(name not in CIRCUMSTANCES and not name.endswith(_LACKING) for name in verdict.outcome.blocked)
    return doubtful and not set(verdict.check.asks_about).isdisjoint(verdict.protocol.schedule.safety)
