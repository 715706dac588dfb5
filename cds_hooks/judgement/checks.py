"""One check of one case: its parts, its branches and its exceptions together; and whether it is clear at a glance."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from cds_hooks.judgement.chart.case import Case
from cds_hooks.judgement.chart.marks import Marks
from cds_hooks.judgement.predicates.outcome import Outcome, every, none_of, some, step
from cds_hooks.judgement.predicates.predicate import Predicate
from cds_hooks.judgement.protocol.check import Check
from cds_hooks.judgement.protocol.protocol import Protocol, Round, Verdict
from cds_hooks.judgement.written.written import BranchFile


def glances(together: Round, protocol: Protocol, case: Case) -> list[Verdict]:
    """As `judge`, of each check; where it is plain what no card speaks of, the reasons are left for whoever asks."""
    verdicts = list(together.clear)
    left, open_ = together.sieve.left(case)
    while left:
        lowest = left & -left
        left ^= lowest
        place = lowest.bit_length() - 1
        verdicts[place] = _looked_at(together, place, protocol, case, is_open=bool(open_ & lowest))
    return verdicts


def glance(check: Check, protocol: Protocol, case: Case) -> Verdict:
    """The same of one check."""
    return glances(protocol.alone(check), protocol, case)[0]


def _looked_at(together: Round, place: int, protocol: Protocol, case: Case, *, is_open: bool) -> Verdict:
    """Of a check that none of its conditions clears plainly: an exception may, or a result is not there."""
    check = together.checks[place]
    if check.tells_nothing_else:
        if check.excluding and _one_holds(check.excluding, case):
            return together.clear[place]
        if is_open or (check.opens_otherwise and is_plainly_open(check, case)):
            return together.open[place]
    return judge(check, protocol, case)


def is_plainly_open(check: Check, case: Case) -> bool:
    """Whether a check is surely not raised, and nothing but the want of a result leaves it open.

    An exception may make it clear all the same: no card speaks of either.
    """
    if case.one_sided:
        return False
    if _one_is_open(check.all, case):
        return True
    if check.any and all(case.refutes(one) or one.surely_open(case) for one in check.any):
        return True
    return bool(check.branches) and all(
        _one_fails(branch.all, case) or _one_is_open(branch.all, case) for branch in check.branches
    )


def _one_is_open(predicates: Iterable[Predicate], case: Case) -> bool:
    for predicate in predicates:  # noqa: SIM110
        if predicate.surely_open(case):
            return True
    return False


def _one_holds(predicates: Sequence[tuple[Marks | None, Predicate]], case: Case) -> bool:
    marks = case.marks
    for needed, predicate in predicates:
        if needed is not None and marks.isdisjoint(needed):
            continue
        if not case.refutes(predicate) and case.answer(predicate).truth:
            return True
    return False


def _one_fails(predicates: Iterable[Predicate], case: Case) -> bool:
    refuted = case.refuted
    for predicate in predicates:  # as `case.refutes`, without the call: most were looked at before
        found = refuted.get(id(predicate))
        if found is None:
            found = refuted[id(predicate)] = predicate.surely_false(case)
        if found:
            return True
    return False


def judge(check: Check, protocol: Protocol, case: Case) -> Verdict:
    """A check's outcome with its reasons."""
    parts = []
    if check.all:
        parts.append(every(map(case.answer, check.all)))
        if parts[0].truth is False:
            return Verdict(protocol, check, parts[0])
    if check.any:
        parts.append(_some_of(check.any, case))
    if check.none and not _decided(parts):
        parts.append(none_of(map(case.answer, check.none)))
    branch = None
    if check.branches and not _decided(parts):
        branch, outcome = _by_branch(check, case)
        parts.append(outcome)
    outcome = parts[0] if len(parts) == 1 else every(parts)
    if outcome.truth is not False and check.unless:
        excluded = some([case.answer(predicate) for predicate in check.unless if not case.refutes(predicate)])
        if excluded.truth:
            because = step("unless", True, f"does not apply: {excluded.because[0].text}")
            outcome = Outcome(False, (*outcome.because, because), outcome.readings)
    return Verdict(protocol, check, outcome, branch)


def is_clear(check: Check, case: Case) -> bool:
    """Whether `judge` would call a check clear, without the reasons."""
    return (
        _one_is(check.all, case, truth=False)
        or (bool(check.any) and not _may_hold(check.any, case))
        or _one_is(check.none, case, truth=True)
        or (bool(check.branches) and all(_one_is(branch.all, case, truth=False) for branch in check.branches))
        or _one_is(check.unless, case, truth=True)
    )


def _one_is(predicates: Iterable[Predicate], case: Case, *, truth: bool) -> bool:
    return any(
        (not truth) if case.refutes(predicate) else case.answer(predicate).truth is truth for predicate in predicates
    )


def _may_hold(predicates: Iterable[Predicate], case: Case) -> bool:
    return any(not case.refutes(predicate) and case.answer(predicate).truth is not False for predicate in predicates)


def _some_of(predicates: Sequence[Predicate], case: Case) -> Outcome:
    """As `some`: those that plainly fail are asked only where none of the others may hold."""
    outcome = some([case.answer(predicate) for predicate in predicates if not case.refutes(predicate)])
    return some(map(case.answer, predicates)) if outcome.truth is False else outcome


def _by_branch(check: Check, case: Case) -> tuple[BranchFile | None, Outcome]:
    """The first branch that holds, and its outcome; without one, what all of them answer together."""
    outcomes = []
    for branch in check.branches:
        if _one_fails(branch.all, case):
            continue
        outcome = every(map(case.answer, branch.all))
        if outcome.truth:
            return branch.file, outcome
        outcomes.append(outcome)
    found = some(outcomes)
    if found.truth is False:
        found = some([every(map(case.answer, branch.all)) for branch in check.branches])
    return None, found


def _decided(parts: Sequence[Outcome]) -> bool:
    return bool(parts) and parts[-1].truth is False
