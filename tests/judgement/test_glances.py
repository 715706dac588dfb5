"""What is told at a glance is what judging tells, and what no card speaks of is clear once it is explained."""

from __future__ import annotations

import json
import random
import tomllib
from datetime import date, timedelta
from decimal import Decimal
from functools import cache
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from cds_hooks.facts import Moment, Reading, Unread, UnreadReason
from cds_hooks.findings import State
from cds_hooks.judged import Judged
from cds_hooks.judgement.chart.case import Case
from cds_hooks.judgement.checks import glance, is_clear, judge
from cds_hooks.judgement.evaluate import evaluate
from cds_hooks.judgement.knowledge.kinds import KINDS
from cds_hooks.judgement.predicates.predicate import Numbers, Predicate, read_predicate
from cds_hooks.judgement.protocol.check import Check
from cds_hooks.judgement.protocol.protocol import Protocol
from cds_hooks.judgement.stories import facts_of, moment
from cds_hooks.judgement.timing.sequence import newest_first
from cds_hooks.judgement.written.examples import Example
from service.evaluation import facts_of as chart_facts
from tests.asking import TODAY, case, drug, policy, result, vocabulary
from tests.charts import chart as chart_of
from tests.engine import site
from tests.judgement.predicates.test_never_fail import CONDITIONS, any_case
from tests.test_stories import STORIES

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


def crowded(seed: int) -> Case:
    """A chart with many results on few days, some of them not readable, of drugs taken for long."""
    chance = random.Random(seed)
    case = any_case(chance)
    days = [TODAY - timedelta(days=ago) for ago in (0, 1, 30, 100, 250, 420)]
    found = {
        analyte: newest_first([_moved(reading, chance.choice(days), chance) for reading in readings])
        for analyte, readings in case.readings.items()
    }
    unread = {
        analyte: (
            Unread("Observation/u", "", UnreadReason.UNIT_MISSING, "", analyte, effective=Moment(chance.choice(days))),
        )
        for analyte in found
        if chance.random() < 0.15
    }
    return replace(fresh(case), readings=found, unusable=unread, held=case.held if chance.random() < 0.3 else {})


def _moved(reading: Reading, day: date, chance: random.Random) -> Reading:
    factor = chance.choice((Decimal(1), Decimal("0.5"), Decimal("1.1"), Decimal("1.2"), Decimal(20)))
    return replace(
        reading,
        effective=replace(reading.effective, day=day),
        value=reading.value * factor,
        reported=reading.reported * factor,
        comparator=reading.comparator if chance.random() < 0.3 else None,
        status="final" if chance.random() < 0.6 else reading.status,
    )


@cache
def charts() -> tuple[Case, ...]:
    """Charts of every sort."""
    return tuple(crowded(seed) for seed in range(400))


@cache
def by_kind() -> dict[str, list[Predicate]]:
    """The conditions of all protocols, and those that other tests ask, by their kind."""
    asked = [
        read_predicate(tomllib.loads(f"asked = {condition}", parse_float=Decimal)["asked"], KINDS, numbers)
        for urgency in ("info", "critical")
        for numbers in (Numbers(vocabulary(), policy(), {}, {}, urgency),)
        for condition in CONDITIONS
    ]
    found: dict[str, list[Predicate]] = {}
    for predicate in (*asked, *predicates()):
        found.setdefault(type(predicate).__name__, []).append(predicate)
    return found


@pytest.mark.parametrize("kind", sorted(by_kind()))
def test_a_condition_that_plainly_fails_is_false_and_doubts_nothing(kind: str) -> None:
    chance, asked = random.Random(kind), by_kind()[kind]
    for chart in charts():
        for predicate in chance.sample(asked, min(len(asked), 8)):
            if predicate.surely_false(chart):
                outcome = predicate.judge(chart)
                assert outcome.truth is False, predicate
                assert not outcome.doubts, predicate


@pytest.mark.parametrize("kind", sorted(by_kind()))
def test_a_condition_without_any_of_its_marks_is_false_and_doubts_nothing(kind: str) -> None:
    chance, asked = random.Random(kind), by_kind()[kind]
    for chart in charts():
        for predicate in chance.sample(asked, min(len(asked), 8)):
            if predicate.marks is not None and chart.marks.isdisjoint(predicate.marks):
                outcome = predicate.judge(chart)
                assert outcome.truth is False, predicate
                assert not outcome.doubts, predicate


@pytest.mark.parametrize("kind", sorted(by_kind()))
def test_a_condition_that_plainly_lacks_a_result_never_holds_and_nothing_is_in_its_way(kind: str) -> None:
    chance, asked = random.Random(kind), by_kind()[kind]
    for chart in charts():
        for predicate in chance.sample(asked, min(len(asked), 8)):
            if predicate.surely_open(chart):
                outcome = predicate.judge(chart)
                assert outcome.truth is not True, predicate
                assert outcome.truth is False or not outcome.blocked, predicate


@given(ANY_CASE)
@THOROUGH
def test_a_check_that_is_plainly_clear_is_clear_when_judged(case: Case) -> None:
    for protocol, check in checks():
        seen, judged = glance(check, protocol, case), judge(check, protocol, fresh(case))
        if seen.reasoned:
            assert seen == judged
            continue
        assert not judged.outcome.doubts, check.file.id
        assert judged.outcome.truth is False or not judged.outcome.blocked, check.file.id
        assert check.in_range is None or not judged.outcome.readings, check.file.id
        allowed = (False,) if seen.outcome.truth is False else (False, None)
        assert judged.outcome.truth in allowed, check.file.id
        assert is_clear(check, fresh(case)) is (judged.outcome.truth is False), check.file.id


@given(ANY_CASE)
@THOROUGH
def test_plain_results_are_judged_as_any_others(case: Case) -> None:
    readings = {
        analyte: tuple(replace(reading, status="final") for reading in found)
        for analyte, found in case.readings.items()
    }
    same = replace(fresh(case), readings=readings, unusable={}, held={})
    plain = replace(fresh(case), readings=readings, unusable={}, held={}, doubtful=frozenset())
    for predicate in predicates():
        assert predicate.judge(same) == predicate.judge(plain), predicate


@pytest.mark.parametrize(("protocol", "story"), EXAMPLES, ids=lambda value: getattr(value, "name", value))
def test_what_cards_are_not_told_of_is_clear_or_not_there_yet(protocol: str, story: Example) -> None:
    knowledge = site().knowledge
    judged = evaluate(facts_of(story, knowledge.vocabulary), knowledge, moment(story.today), story.profile)
    telling = list(judged.telling)
    for finding in judged.findings:
        if telling and finding == telling[0]:
            telling.pop(0)
        else:
            assert finding.state == "clear" or (finding.state == "unknown" and not finding.blocked_by)
            assert not finding.in_range
            assert finding.because
    assert not telling, protocol


@pytest.mark.parametrize(("protocol", "story"), EXAMPLES, ids=lambda value: getattr(value, "name", value))
def test_the_states_of_an_example_are_those_of_its_findings(protocol: str, story: Example) -> None:
    knowledge = site().knowledge
    judged = evaluate(facts_of(story, knowledge.vocabulary), knowledge, moment(story.today), story.profile)
    assert judged.states() == states_of(judged)
    assert judged.not_clear == tuple(one for one in judged.findings if one.state != "clear")
    assert judged.checks == len(judged.findings)


@pytest.mark.parametrize("story", STORIES, ids=lambda story: story["name"])
def test_the_states_of_a_story_are_those_of_its_findings(story: dict[str, Any]) -> None:
    knowledge, today = site().knowledge, moment(story["today"])
    facts = chart_facts(site(), json.dumps(chart_of(story)).encode(), today)
    judged = evaluate(facts, knowledge, today, tuple(story.get("profile", ())))
    assert judged.states() == states_of(judged)
    assert judged.not_clear == tuple(one for one in judged.findings if one.state != "clear")
    assert judged.checks == len(judged.findings)


def states_of(judged: Judged) -> dict[State, list[str]]:
    """The checks in each state, as the findings have them."""
    found = judged.findings
    every: tuple[State, ...] = ("raised", "unknown", "clear")
    return {state: [one.check for one in found if one.state == state] for state in every} if found else {}


def fresh(case: Case) -> Case:
    """The same case before anything was asked of it."""
    return case.with_due(case.due).with_held(case.held)


@pytest.mark.parametrize(
    ("condition", "results"),
    [
        (
            '{above_nadir = "psa_total", at_least = "0.5 ng/mL", since_start_of = ["finasteride"]}',
            [("psa_total", "0.2 ng/mL", 99), ("psa_total", "0.2 ng/mL", 1), ("psa_total", "2 ng/mL", 1)],
        ),
        (
            '{again = "hematocrit", above = "54 %"}',
            [("hematocrit", "55 %", 99), ("hematocrit", "50 %", 50), ("hematocrit", "<60 %", 1)],
        ),
    ],
)
def test_a_tie_or_a_bound_is_never_settled_at_a_glance(condition: str, results: list[tuple[str, str, int]]) -> None:
    readings = tuple(
        result(name, text, (TODAY - timedelta(days=ago)).isoformat(), reference=f"Observation/{9 - place}")
        for place, (name, text, ago) in enumerate(results)
    )
    therapies = (drug("finasteride 5 mg"), drug("testosterone gel 1.62 %"))
    written = tomllib.loads(f"asked = {condition}", parse_float=Decimal)["asked"]
    predicate = read_predicate(written, KINDS, Numbers(vocabulary(), policy(), {}, {}))
    for order in (readings, readings[::-1]):
        asked = case(readings=order, therapies=therapies)
        assert not predicate.surely_false(asked)
        assert predicate.judge(asked).truth is not False
