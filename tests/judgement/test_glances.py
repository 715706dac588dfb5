"""What is told at a glance is what judging tells, and what no card speaks of is clear once it is explained."""

from __future__ import annotations

from functools import cache

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from cds_hooks.judgement.case import Case
from cds_hooks.judgement.checks import glance, judge
from cds_hooks.judgement.evaluate import evaluate
from cds_hooks.judgement.predicates.predicate import Predicate
from cds_hooks.judgement.protocol import Check, Protocol
from cds_hooks.judgement.stories import facts_of, moment
from cds_hooks.judgement.written import Example
from tests.engine import site
from tests.judgement.test_predicates_never_fail import any_case

ANY_CASE = st.randoms(use_true_random=False).map(any_case)
THOROUGH = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
EXAMPLES = [(protocol.id, story) for protocol in site().knowledge.protocols for story in protocol.example]


@cache
def checks() -> tuple[tuple[Protocol, Check], ...]:
    """Every check of every profile."""
    return tuple((protocol, check) for protocol in site().knowledge.variants.values() for check in protocol.checks)


@cache
def predicates() -> tuple[Predicate, ...]:
    """Every condition that some check has."""
    found = {
        id(predicate): predicate
        for _, check in checks()
        for group in (check.all, check.any, check.none, check.unless, *(branch.all for branch in check.branches))
        for predicate in group
    }
    return tuple(found.values())


@given(ANY_CASE)
@THOROUGH
def test_a_condition_that_plainly_fails_is_false_and_doubts_nothing(case: Case) -> None:
    for predicate in predicates():
        if predicate.surely_false(case):
            outcome = predicate.judge(case)
            assert outcome.truth is False, predicate
            assert not outcome.doubts, predicate


@given(ANY_CASE)
@THOROUGH
def test_a_check_that_is_plainly_clear_is_clear_when_judged(case: Case) -> None:
    for protocol, check in checks():
        seen, judged = glance(check, protocol, case), judge(check, protocol, fresh(case))
        if seen.reasoned:
            assert seen == judged
        else:
            assert judged.outcome.truth is False, check.file.id
            assert not judged.outcome.doubts, check.file.id


@given(ANY_CASE)
@THOROUGH
def test_plain_results_are_judged_as_any_others(case: Case) -> None:
    readings = {
        analyte: tuple(replace(reading, status="final") for reading in found)
        for analyte, found in case.readings.items()
    }
    same = replace(fresh(case), readings=readings, unusable={}, held={})
    plain = replace(fresh(case), readings=readings, unusable={}, held={}, plain=True)
    for predicate in predicates():
        assert predicate.judge(same) == predicate.judge(plain), predicate


@pytest.mark.parametrize(("protocol", "story"), EXAMPLES, ids=lambda value: getattr(value, "name", value))
def test_what_cards_are_not_told_of_is_clear(protocol: str, story: Example) -> None:
    knowledge = site().knowledge
    judged = evaluate(facts_of(story, knowledge.vocabulary), knowledge, moment(story.today), story.profile)
    telling = list(judged.telling)
    for finding in judged.findings:
        if telling and finding == telling[0]:
            telling.pop(0)
        else:
            assert finding.state == "clear"
            assert not finding.in_range
            assert finding.because
    assert not telling, protocol


def fresh(case: Case) -> Case:
    """The same case before anything was asked of it."""
    return case.with_due(case.due).with_held(case.held)
