"""One engine behind every door: facts, knowledge and a moment become findings, derived numbers and proposed draws."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import groupby

from cds_hooks.facts import Facts, Moment, Reading
from cds_hooks.findings import Draw, Held, Judged, ProtocolUsed
from cds_hooks.judgement.case import Case, newest_first
from cds_hooks.judgement.choice import choose
from cds_hooks.judgement.danger import possibly_critical
from cds_hooks.judgement.derived import INPUTS, derive
from cds_hooks.judgement.knowledge import Knowledge
from cds_hooks.judgement.planning.draws import Ask, ask_after_change, ask_of, ask_of_visit, plan
from cds_hooks.judgement.planning.schedule import next_due
from cds_hooks.judgement.precedence import Verdict, let_urgent_stand, silence_increases
from cds_hooks.judgement.predicates.outcome import Outcome, every, none_of, some, step
from cds_hooks.judgement.predicates.visits import VisitIs
from cds_hooks.judgement.protocol import Check, Protocol
from cds_hooks.judgement.timing.course import Course, course_of
from cds_hooks.judgement.verbalise import finding_of


def evaluate(facts: Facts, knowledge: Knowledge, today: Moment, profiles: Sequence[str] = ()) -> Judged:
    """Judge every check of every protocol that applies, exactly one finding each. Never raises on any facts.

    `profiles` names the guideline variants wanted; each applies to the protocols that define it, the others use
    their default. `today` is the moment of judgement: nothing here reads a clock.
    """
    protocols, considered = choose(facts, knowledge, profiles, today)
    if not protocols:
        return Judged((), (), (), (), considered, ())
    cases = _cases(facts, knowledge, today, protocols)
    doubts = [_judge(check, protocol, cases[protocol.id]) for protocol, check in _checks(protocols, holds=True)]
    held = _held(doubts)
    if held:
        checks = {place: item.check for place, item in held.items()}
        cases = {name: case.with_held(checks) for name, case in cases.items()}
    cases = {protocol.id: _with_schedule(cases[protocol.id], protocol) for protocol in protocols}
    judged = [_judge(check, protocol, cases[protocol.id]) for protocol, check in _checks(protocols, holds=False)]
    verdicts = let_urgent_stand([*doubts, *judged])
    danger = possibly_critical(verdicts, protocols, cases)
    silenced = silence_increases(verdicts, frozenset(danger))
    findings = tuple(finding_of(verdict, cases[verdict.protocol.id], danger) for verdict in verdicts)
    lead = max(cases.values(), key=lambda case: case.course is not None)
    return Judged(
        tuple(ProtocolUsed(protocol.id, protocol.file.version, protocol.profile) for protocol in protocols),
        findings,
        derive(lead),
        _draws(verdicts, protocols, cases, knowledge, frozenset(quiet.check for quiet in silenced)),
        considered,
        silenced,
        lead.placed,
        tuple(held.values()),
    )


def _held(verdicts: Sequence[Verdict]) -> dict[tuple[str, str], Held]:
    """What no other check may use, also where it is too old to tell anyone of."""
    return {
        (doubt.of.reference, doubt.analyte): Held(doubt.of.reference, doubt.analyte, verdict.id, doubt.text)
        for verdict in verdicts
        for doubt in verdict.outcome.doubts
        if doubt.holds
    }


def _checks(protocols: Sequence[Protocol], *, holds: bool) -> list[tuple[Protocol, Check]]:
    return [(protocol, check) for protocol in protocols for check in protocol.checks if check.file.holds is holds]


def _cases(facts: Facts, knowledge: Knowledge, today: Moment, protocols: Sequence[Protocol]) -> dict[str, Case]:
    readings: dict[str, list[Reading]] = {}
    for reading in facts.readings:
        readings.setdefault(reading.analyte, []).append(reading)
    ordered = {analyte: newest_first(found) for analyte, found in readings.items()}
    unread = sorted((u for u in facts.unread if u.analyte is not None), key=lambda u: u.analyte or "")
    unusable = {analyte or "": tuple(found) for analyte, found in groupby(unread, key=lambda u: u.analyte)}
    judged = frozenset(INPUTS).union(*(protocol.judged for protocol in protocols))
    courses: dict[tuple[tuple[str, ...], str], Course | None] = {}
    for protocol in protocols:
        key = _course_key(protocol, knowledge)
        if key not in courses:
            courses[key] = course_of(protocol.file.drugs, facts, knowledge.forms_of(protocol.id), knowledge.policy)
    return {
        protocol.id: Case(
            facts,
            knowledge.vocabulary,
            today,
            protocol.profile,
            courses[_course_key(protocol, knowledge)],
            ordered,
            unusable,
            judged,
            knowledge.panels,
            knowledge.policy,
            knowledge.words,
            extends=protocol.extends,
        )
        for protocol in protocols
    }


def _course_key(protocol: Protocol, knowledge: Knowledge) -> tuple[tuple[str, ...], str]:
    """Protocols about the same drugs share a course, unless one has forms of its own."""
    return protocol.file.drugs, protocol.id if protocol.id in knowledge.own_forms else ""


def _with_schedule(case: Case, protocol: Protocol) -> Case:
    return case.with_due(next_due(case, protocol.schedule, case.panels)) if protocol.schedule.visits else case


def _judge(check: Check, protocol: Protocol, case: Case) -> Verdict:
    parts = []
    if check.all:
        parts.append(every(predicate.judge(case) for predicate in check.all))
    if check.any and not _decided(parts):
        parts.append(some(predicate.judge(case) for predicate in check.any))
    if check.none and not _decided(parts):
        parts.append(none_of(predicate.judge(case) for predicate in check.none))
    branch = None
    if check.branches and not _decided(parts):
        outcomes = [every(predicate.judge(case) for predicate in each.all) for each in check.branches]
        branch = next((each.file for each, o in zip(check.branches, outcomes, strict=True) if o.truth), None)
        parts.append(next((o for o in outcomes if o.truth), some(outcomes)))
    outcome = parts[0] if len(parts) == 1 else every(parts)
    if outcome.truth is not False and check.unless:
        excluded = some(predicate.judge(case) for predicate in check.unless)
        if excluded.truth:
            because = step("unless", True, f"does not apply: {excluded.because[0].text}")
            outcome = Outcome(False, (*outcome.because, because), outcome.readings)
    return Verdict(protocol, check, outcome, branch)


def _asks_for_visit(verdict: Verdict) -> bool:
    check = verdict.check
    predicates = (*check.all, *(predicate for branch in check.branches for predicate in branch.all))
    return any(isinstance(predicate, VisitIs) for predicate in predicates)


def _decided(parts: Sequence[Outcome]) -> bool:
    return bool(parts) and parts[-1].truth is False


def _draws(
    verdicts: Sequence[Verdict],
    protocols: Sequence[Protocol],
    cases: Mapping[str, Case],
    knowledge: Knowledge,
    silent: frozenset[str],
) -> tuple[Draw, ...]:
    asks: list[Ask] = []
    lead: Case | None = None
    for protocol in protocols:
        case = cases[protocol.id]
        lead = case if lead is None or case.course is not None else lead
        if case.due is not None:
            check = next((verdict.id for verdict in verdicts if verdict.raised and _asks_for_visit(verdict)), None)
            asks.append(ask_of_visit(case.due, protocol.schedule, case, check))
        if protocol.schedule.visits and (changed := ask_after_change(case)) is not None:
            asks.append(changed)
    for verdict in verdicts:
        wish = verdict.next
        if verdict.raised and wish is not None and verdict.id not in silent:
            drawn = max((reading.effective.day for reading in verdict.outcome.readings), default=None)
            asks.append(ask_of(verdict.id, wish, cases[verdict.protocol.id], drawn))
    return plan(lead, asks, knowledge.any_time) if lead is not None and asks else ()
