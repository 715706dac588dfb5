"""What may stay silent, and what never: judged on the demo's charts, with a memory that knows every problem."""

from __future__ import annotations

from datetime import timedelta

import pytest

from cds_hooks.facts import Facts
from cds_hooks.findings import Urgency
from cds_hooks.judged import Judged
from cds_hooks.judgement.evaluate import evaluate
from cds_hooks.judgement.stories import moment
from cds_hooks.presentation.silences.keep import Past, Remembered, described, keep_silent, topics_of
from service.evaluation import facts_of
from service.examples.chart import DEMO_DAY, chart_json
from tests.engine import site

TODAY = moment(DEMO_DAY)


def judged_of(chart: str) -> tuple[Judged, Facts]:
    facts = facts_of(site(), chart_json(chart), TODAY)
    return evaluate(facts, site().knowledge, TODAY), facts


def silent(chart: str, urgency: Urgency, reason: str = "") -> set[str]:
    """The checks that stay silent where every problem of the chart was seen with this urgency."""
    judged, facts = judged_of(chart)
    until = DEMO_DAY + timedelta(days=90)
    marks = [described(topic, facts) for topic in topics_of(judged, site().knowledge)]
    cards = tuple([Past(mark, urgency, DEMO_DAY, until, reason) for mark in marks])
    remembered = Remembered(lambda text: text, cards)
    return {one.check for one in keep_silent(judged, facts, site().knowledge, remembered).silenced if one.until}


@pytest.mark.parametrize(("before", "is_silent"), [("critical", True), ("warning", True), ("info", False)])
def test_a_warning_stays_silent_only_if_it_was_no_less_urgent_before(before: Urgency, is_silent: bool) -> None:
    assert ("DQ-UNIT-01" in silent("unit", before)) == is_silent


@pytest.mark.parametrize("reason", ["", "patient-refuses"])
def test_a_critical_problem_is_never_silent(reason: str) -> None:
    judged, _ = judged_of("hematocrit")
    critical = {one.check for one in judged.telling if one.state == "raised" and one.urgency == "critical"}
    assert "MT-HCT-01" in critical
    assert not silent("hematocrit", "critical", reason) & critical
