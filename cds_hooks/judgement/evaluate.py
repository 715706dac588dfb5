"""One engine behind every door: facts, knowledge and a moment become findings, derived numbers and proposed draws."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from itertools import groupby

from cds_hooks.facts import Facts, Moment, Reading
from cds_hooks.findings import Draw, Held, Judged, ProtocolUsed
from cds_hooks.judgement.case import Case, Worked, newest_first
from cds_hooks.judgement.changes import changes_of
from cds_hooks.judgement.choice import choose
from cds_hooks.judgement.danger import possibly_critical
from cds_hooks.judgement.derived import INPUTS, derive
from cds_hooks.judgement.differential.differentiate import differentiate
from cds_hooks.judgement.knowledge import Knowledge
from cds_hooks.judgement.planning.draws import Ask, ask_after_change, ask_of, ask_of_visit, plan
from cds_hooks.judgement.planning.notes import noted
from cds_hooks.judgement.planning.schedule import next_due
from cds_hooks.judgement.precedence import Verdict, let_urgent_stand, silence_increases
from cds_hooks.judgement.predicates.outcome import Outcome, every, none_of, some, step
from cds_hooks.judgement.protocol import Check, Protocol
from cds_hooks.judgement.repeats import missed_repeats, more_urgent
from cds_hooks.judgement.timing.course import Course, course_of
from cds_hooks.judgement.verbalise import finding_of
from cds_hooks.judgement.written import BranchFile


def evaluate(facts: Facts, knowledge: Knowledge, today: Moment, profiles: Sequence[str] = ()) -> Judged:
    """Judge every check of every protocol that applies, exactly one finding each. Never raises on any facts.

    `profiles` names the guideline variants wanted; each applies to the protocols that define it, the others use
    their default. `today` is the moment of judgement: nothing here reads a clock.
    """
    protocols, considered = choose(facts, knowledge, profiles, today)
    if not protocols:
        return Judged((), (), (), (), considered, ())
    cases = _cases(facts, knowledge, today, protocols, tuple(profiles))
    doubts = [_judge(check, protocol, cases[protocol.id]) for protocol, check in _checks(protocols, holds=True)]
    held = _held(doubts)
    if held:
        held_by = {place: item.check for place, item in held.items()}
        cases = {name: case.with_held(held_by) for name, case in cases.items()}
    cases = {protocol.id: _with_schedule(cases[protocol.id], protocol) for protocol in protocols}
    checks = _checks(protocols, holds=False)
    judged = [_judge(check, protocol, cases[protocol.id]) for protocol, check in checks if not check.asks_for_repeats]
    verdicts = let_urgent_stand([*doubts, *judged])
    missed = missed_repeats(verdicts, cases)
    late = [
        _judge(check, protocol, cases[protocol.id].with_missed(missed))
        for protocol, check in checks
        if check.asks_for_repeats
    ]
    verdicts = [*more_urgent(verdicts, missed), *late]
    danger = possibly_critical(verdicts, protocols, cases)
    silenced = silence_increases(verdicts, frozenset(danger))
    findings = tuple(finding_of(verdict, cases[verdict.protocol.id], danger) for verdict in verdicts)
    lead = max(cases.values(), key=lambda case: case.course is not None)
    compare = partial(changes_of, lead)
    return Judged(
        tuple(ProtocolUsed(protocol.id, protocol.file.version, protocol.profile) for protocol in protocols),
        findings,
        derive(lead),
        _draws(verdicts, protocols, cases, knowledge, frozenset((quiet.protocol, quiet.check) for quiet in silenced)),
        considered,
        silenced,
        lead.placed,
        tuple(held.values()),
        *differentiate(verdicts, findings, cases, compare, knowledge.differential),
        compare,
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


def _cases(
    facts: Facts, knowledge: Knowledge, today: Moment, protocols: Sequence[Protocol], wanted: tuple[str, ...]
) -> dict[str, Case]:
    readings: dict[str, list[Reading]] = {}
    for reading in facts.readings:
        readings.setdefault(reading.analyte, []).append(reading)
    ordered = {analyte: newest_first(found) for analyte, found in readings.items()}
    unread = sorted((u for u in facts.unread if u.analyte is not None), key=lambda u: u.analyte or "")
    unusable = {analyte or "": tuple(found) for analyte, found in groupby(unread, key=lambda u: u.analyte)}
    worked = Worked()
    judged = frozenset(INPUTS).union(*(protocol.judged for protocol in protocols))
    courses: dict[tuple[tuple[str, ...], str], Course | None] = {}
    for protocol in protocols:
        key = _course_key(protocol, knowledge)
        if key not in courses:
            courses[key] = course_of(protocol.file.drugs, facts, knowledge.forms_of(protocol.id), knowledge.policy)
    known = tuple(course for course in courses.values() if course is not None)
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
            knowledge.tables,
            extends=protocol.extends,
            wanted=wanted,
            worked=worked,
            courses=known,
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
        parts.append(every(map(case.answer, check.all)))
        if parts[0].truth is False:
            return Verdict(protocol, check, parts[0])
    if check.any:
        parts.append(some(map(case.answer, check.any)))
    if check.none and not _decided(parts):
        parts.append(none_of(map(case.answer, check.none)))
    branch = None
    if check.branches and not _decided(parts):
        branch, outcome = _by_branch(check, case)
        parts.append(outcome)
    outcome = parts[0] if len(parts) == 1 else every(parts)
    if outcome.truth is not False and check.unless:
        excluded = some(map(case.answer, check.unless))
        if excluded.truth:
            because = step("unless", True, f"does not apply: {excluded.because[0].text}")
            outcome = Outcome(False, (*outcome.because, because), outcome.readings)
    return Verdict(protocol, check, outcome, branch)


def _by_branch(check: Check, case: Case) -> tuple[BranchFile | None, Outcome]:
    """The first branch that holds, and its outcome; without one, what all of them answer together."""
    outcomes = []
    for branch in check.branches:
        outcome = every(map(case.answer, branch.all))
        if outcome.truth:
            return branch.file, outcome
        outcomes.append(outcome)
    return None, some(outcomes)


def _decided(parts: Sequence[Outcome]) -> bool:
    return bool(parts) and parts[-1].truth is False


def _draws(
    verdicts: Sequence[Verdict],
    protocols: Sequence[Protocol],
    cases: Mapping[str, Case],
    knowledge: Knowledge,
    silent: frozenset[tuple[str, str]],
) -> tuple[Draw, ...]:
    asks: list[Ask] = []
    for protocol in protocols:
        case = cases[protocol.id]
        if case.due is not None:
            asking = (v.id for v in verdicts if v.raised and v.protocol is protocol and v.check.asks_for_visits)
            asks.append(ask_of_visit(case.due, protocol.schedule, case, next(asking, None)))
        if protocol.schedule.visits and (changed := ask_after_change(case)) is not None:
            asks.append(changed)
    for verdict in verdicts:
        wish = verdict.next
        if verdict.raised and wish is not None and (verdict.protocol.id, verdict.id) not in silent:
            drawn = max((reading.effective.day for reading in verdict.outcome.readings), default=None)
            asks.append(ask_of(verdict.id, wish, cases[verdict.protocol.id], drawn))
    if not asks:
        return ()
    told = tuple(cases.values())
    lead = max(told, key=lambda case: case.course is not None)
    return tuple(noted(draw, knowledge.notes, lead) for draw in plan(told, asks, knowledge.any_time))
