"""What checks go through together is what each of their conditions tells alone, at every edge of every limit."""

from __future__ import annotations

import tomllib
from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from cds_hooks.judgement.chart.case import Case
from cds_hooks.judgement.knowledge.kinds import KINDS
from cds_hooks.judgement.predicates.predicate import Numbers, Predicate, read_predicate
from cds_hooks.judgement.protocol.sieve import Needs, sieve_of
from cds_hooks.judgement.written.threshold import OPERATORS
from tests.asking import TODAY, case, policy, result, vocabulary

LIMITS = [(operator, value) for operator in OPERATORS for value in ("50", "54", "54.5", "60")]


def condition(written: str) -> Predicate:
    asked = tomllib.loads(f"asked = {written}", parse_float=Decimal)["asked"]
    return read_predicate(asked, KINDS, Numbers(vocabulary(), policy(), {}, {}))


@pytest.fixture(scope="module")
def limits() -> list[Predicate]:
    return [condition(f'{{latest = "hematocrit", {operator} = "{value} %"}}') for operator, value in LIMITS]


def measured(value: str, ago: int = 1, **more: object) -> Case:
    day = (TODAY - timedelta(days=ago)).isoformat()
    found = case(readings=(result("hematocrit", f"{value} %", day),), **more)
    return with_doubts(found, frozenset())


def with_doubts(found: Case, doubtful: frozenset[str]) -> Case:
    return replace(found, doubtful=doubtful)


def left_and_open(conditions: list[Predicate], chart: Case) -> tuple[list[bool], list[bool]]:
    left, open_ = sieve_of([Needs((one,), ()) for one in conditions]).left(chart)
    return tuple([bool(bits >> place & 1) for place in range(len(conditions))] for bits in (left, open_))  # type: ignore[return-value]


@settings(deadline=None)
@given(st.decimals(min_value=45, max_value=65, places=1) | st.sampled_from([Decimal(50), Decimal(54), Decimal("54.5")]))
def test_a_number_among_limits_leaves_those_it_reaches(limits: list[Predicate], value: Decimal) -> None:
    chart = measured(str(value))
    left, open_ = left_and_open(limits, chart)
    assert left == [one.judge(chart).truth for one in limits]
    assert not any(open_)


@pytest.mark.parametrize("value", ["<50", ">54", "<=54.5", ">=60"])
def test_a_bound_is_asked_of_every_limit(limits: list[Predicate], value: str) -> None:
    chart = measured(value)
    left, _ = left_and_open(limits, chart)
    assert left == [one.judge(chart).truth is not False for one in limits]


def test_a_result_in_doubt_settles_nothing(limits: list[Predicate]) -> None:
    chart = with_doubts(measured("47"), frozenset({"hematocrit"}))
    left, open_ = left_and_open(limits, chart)
    assert left == [not one.surely_false(chart) for one in limits]
    assert not any(open_)


def test_two_results_of_one_moment_settle_a_limit_only_together(limits: list[Predicate]) -> None:
    day = TODAY.isoformat()
    twice = tuple(result("hematocrit", f"{value} %", day, reference=f"Observation/{value}") for value in ("52", "58"))
    chart = with_doubts(case(readings=twice), frozenset())
    left, _ = left_and_open(limits, chart)
    assert left == [one.judge(chart).truth is not False for one in limits]


@pytest.mark.parametrize(("ago", "is_open"), [(455, False), (456, True)])
def test_a_result_that_is_too_old_leaves_a_check_open(limits: list[Predicate], ago: int, is_open: bool) -> None:
    assert policy().results_for == 455
    left, open_ = left_and_open(limits, measured("70", ago))
    assert open_ == [is_open] * len(limits)
    assert all(left) is is_open


def test_what_was_never_measured_leaves_a_check_open_unless_part_of_the_history_is_missing(
    limits: list[Predicate],
) -> None:
    chart = with_doubts(case(), frozenset())
    assert left_and_open(limits, chart) == ([True] * len(limits), [True] * len(limits))
    in_part = with_doubts(case(incomplete=frozenset({"labs"})), frozenset())
    assert left_and_open(limits, in_part) == ([True] * len(limits), [False] * len(limits))


def test_a_check_falls_once_all_of_its_alternatives_have() -> None:
    high = condition('{latest = "hematocrit", at_least = "54 %"}')
    taken = condition('{taking = ["finasteride"]}')
    sieve = sieve_of([Needs((), (((high,), (taken,)),)), Needs((), (((high, taken), (high,)),))])
    assert [sieve.left(measured(value)).all for value in ("47", "54")] == [0, 0b11]
    unmeasured = with_doubts(case(), frozenset())
    assert sieve.left(unmeasured).open == 0b11


def test_a_check_without_its_drug_falls_at_the_first_look() -> None:
    asked = Needs(
        (condition('{taking = ["finasteride"]}'), condition('{latest = "hematocrit", at_least = "54 %"}')), ()
    )
    assert sieve_of([asked]).left(measured("60")).all == 0
