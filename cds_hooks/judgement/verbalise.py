"""A verdict in words: the check's own sentences filled in when it is raised, its reasons otherwise."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from cds_hooks.facts import Unread
from cds_hooks.findings import Because, Evidence, Finding, State
from cds_hooks.judgement.chart.case import Case
from cds_hooks.judgement.predicates.doubtful.doubts import spoken
from cds_hooks.judgement.predicates.outcome import Doubt
from cds_hooks.judgement.protocol.protocol import Verdict
from cds_hooks.judgement.timing.clock import days_between


class _Filled(dict[str, str]):
    """Placeholder values; one that is not known is said to be so rather than failing."""

    def __missing__(self, name: str) -> str:
        return "(not recorded)"


def finding_of(verdict: Verdict, case: Case, danger: Mapping[str, Sequence[Doubt]]) -> Finding:
    """The finding of one check; where a doubtful value could only be critical, its sentence names that one."""
    check, outcome = verdict.check.file, verdict.outcome
    state: State = "unknown" if outcome.truth is None else "raised" if outcome.truth else "clear"
    critical = verdict.id in danger
    sentence = check.says_if_critical if critical and check.says_if_critical else verdict.says
    values = spoken(danger[verdict.id]) if critical else outcome.values
    raised = state == "raised"
    preliminary = raised and any(reading.status == "preliminary" for reading in outcome.readings)
    sentence = f"Repeat overdue: {sentence}" if verdict.escalated else sentence
    return Finding(
        check=check.id,
        protocol=verdict.protocol.id,
        state=state,
        urgency="critical" if critical else verdict.urgency if raised else check.urgency,
        summary=_said(sentence, values, preliminary) if raised else _decided_by(outcome.because),
        strength=verdict.check.strength,
        detail=check.note or None,
        advice=verdict.advice.format_map(_Filled(values)) if raised else None,
        because=outcome.because,
        evidence=(*map(case.evidence, outcome.readings), *map(_doubtful, outcome.unread)),
        sources=verdict.check.sources,
        topic=check.topic,
        in_range=state == "clear" and _in_range(verdict, case),
        blocked_by=outcome.blocked if state == "unknown" else (),
    )


def _in_range(verdict: Verdict, case: Case) -> bool:
    rule, readings = verdict.check.in_range, verdict.outcome.readings
    if rule is None or not readings or "labs" in case.facts.incomplete:
        return False
    for reading in readings:
        if days_between(reading.effective, case.today) > rule.within:
            return False
        if rule.band.below(reading) is not False or rule.band.above(reading) is not False:
            return False
    return not any(case.answer(predicate).truth for predicate in rule.none)


def _said(sentence: str, values: Mapping[str, str], preliminary: bool) -> str:
    said = sentence.format_map(_Filled(values))
    return f"Preliminary: {said}" if preliminary else _opened(said)


def _decided_by(because: tuple[Because, ...]) -> str:
    """What decided: the first step that could not be answered, else the last step taken."""
    unknown = next((step.text for step in because if step.outcome == "unknown"), None)
    text = unknown or (because[-1].text if because else "nothing to report")
    return _opened(text)


def _opened(text: str) -> str:
    """As a sentence begins: with a capital, but where the first word has its own, as in eGFR."""
    first = text.partition(" ")[0]
    return text if first[1:] != first[1:].lower() else text[0].upper() + text[1:]


def _doubtful(unread: Unread) -> Evidence:
    effective = unread.effective.text if unread.effective is not None else None
    return Evidence(
        unread.reference,
        unread.analyte or "",
        unread.value,
        unread.unit,
        effective=effective,
        mapped=unread.mapped,
    )
