"""A repeat that a check asked for and that did not happen: the check becomes more urgent by one band (SC-LOOP-01)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta

from msgspec.structs import replace

from cds_hooks.findings import URGENCIES
from cds_hooks.judgement.chart.case import Case, Repeat
from cds_hooks.judgement.predicates.outcome import step
from cds_hooks.judgement.protocol.protocol import Verdict


def missed_repeats(verdicts: Sequence[Verdict], cases: Mapping[str, Case]) -> tuple[Repeat, ...]:
    """The repeats that raised checks asked for, whose time has passed with neither a newer result nor an open order."""
    found = (_missed(verdict, cases[verdict.protocol.id]) for verdict in verdicts if verdict.outcome.truth)
    return tuple(repeat for repeat in found if repeat is not None)


def more_urgent(verdicts: Sequence[Verdict], missed: Sequence[Repeat]) -> list[Verdict]:
    """The verdicts with those that still wait for their repeat one band more urgent."""
    if not missed:
        return list(verdicts)
    waiting = {(repeat.protocol, repeat.check): repeat for repeat in missed}
    return [_raised(verdict, waiting.get((verdict.protocol.id, verdict.id))) for verdict in verdicts]


def _missed(verdict: Verdict, case: Case) -> Repeat | None:
    wish, readings = verdict.next, verdict.outcome.readings
    if not (verdict.check.file.escalates and wish is not None and readings):
        return None
    newest = max(readings, key=lambda reading: reading.effective.day)
    asked_by = newest.effective.day + timedelta(days=wish.before)
    overdue = (case.today.day - asked_by).days > case.policy.repeat_grace
    if not overdue or case.ordered(wish.analytes) or "labs" in case.facts.incomplete:
        return None
    return Repeat(verdict.protocol.id, verdict.id, newest, asked_by)


def _raised(verdict: Verdict, repeat: Repeat | None) -> Verdict:
    if repeat is None:
        return verdict
    band = min(URGENCIES.index(verdict.urgency) + 1, len(URGENCIES) - 1)
    text = f"the repeat asked for by {repeat.asked_by.isoformat()} was not found here"
    because = (*verdict.outcome.because, step("repeat", True, text, missing="Observation"))
    return replace(verdict, outcome=replace(verdict.outcome, because=because), escalated=URGENCIES[band])
