"""A repeat that was asked for and did not happen makes its check more urgent by one band, and is said (SC-LOOP-01)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

import pytest

from cds_hooks.facts import Facts
from cds_hooks.findings import Finding
from cds_hooks.judgement.evaluate import evaluate
from cds_hooks.judgement.knowledge.building import build
from cds_hooks.judgement.knowledge.knowledge import Knowledge
from cds_hooks.judgement.stories import facts_of, moment
from cds_hooks.judgement.written.examples import Example, ExampleTherapy
from service.site.site import packaged_files
from tests.engine import site

DRAWN = date(2026, 6, 1)
WINDOW = 42  # the last day the repeat was asked for
GRACE = 14
PROTOCOL = b"""
id = "loops"
version = "1"
title = "Loops"
about = "A check that asks for a repeat, and the one that tells of missed ones."
[applies]
taking = ["testosterone"]
[profile.only]
title = "Only"
default = true
[[check]]
id = "L-1"
topic = "psa"
urgency = "info"
action = "repeat"
escalates = true
says = "PSA {value}: repeat."
advice = "Repeat."
source = ["local"]
grade = "expert"
confidence = "E"
all = [{ latest = "psa_total", above = "4.0 ng/mL" }]
next = { analytes = ["psa_total"], after = "28 d", before = "42 d" }
[[check]]
id = "L-2"
topic = "schedule"
urgency = "warning"
action = "order"
says = "{names}: {asked} asked to repeat it by {by}."
advice = "Draw it."
source = ["local"]
grade = "expert"
confidence = "E"
all = [{ repeat_missed = true }]
"""


@pytest.fixture(scope="module")
def knowledge() -> Knowledge:
    files = {**packaged_files("cds_hooks.protocols", ".toml"), "loops.toml": PROTOCOL}
    return build(files, site().knowledge.vocabulary)


def facts(*readings: tuple[str, str, date], today: date, ordered: tuple[str, ...] = ()) -> Facts:
    taken = (ExampleTherapy(text="testosterone gel 1.62 %", start=date(2025, 1, 1)),)
    story = Example(name="", today=today, therapies=taken, readings=readings, ordered=ordered)
    return facts_of(story, site().knowledge.vocabulary)


def found(chart: Facts, today: date, knowledge: Knowledge) -> dict[str, Finding]:
    findings: Sequence[Finding] = evaluate(chart, knowledge, moment(today)).findings
    return {finding.check: finding for finding in findings if finding.protocol == "loops"}


@pytest.mark.parametrize(
    ("days", "urgency", "told"),
    [(WINDOW, "info", "clear"), (WINDOW + GRACE, "info", "clear"), (WINDOW + GRACE + 1, "warning", "raised")],
)
def test_a_check_is_one_band_more_urgent_once_its_repeat_is_missed(
    days: int, urgency: str, told: str, knowledge: Knowledge
) -> None:
    today = DRAWN + timedelta(days=days)
    judged = found(facts(("psa_total", "4.1 ng/mL", DRAWN), today=today), today, knowledge)
    assert (judged["L-1"].state, judged["L-1"].urgency, judged["L-2"].state) == ("raised", urgency, told)
    if told == "raised":
        assert judged["L-1"].summary == "Repeat overdue: PSA 4.1 ng/mL: repeat."
        assert judged["L-2"].summary == "PSA: L-1 asked to repeat it by 2026-07-13."


def test_a_repeat_that_is_ordered_is_not_missed(knowledge: Knowledge) -> None:
    today = DRAWN + timedelta(days=90)
    judged = found(facts(("psa_total", "4.1 ng/mL", DRAWN), today=today, ordered=("psa_total",)), today, knowledge)
    assert (judged["L-1"].urgency, judged["L-2"].state) == ("info", "clear")


def test_a_repeat_that_was_made_counts_anew_from_its_own_day(knowledge: Knowledge) -> None:
    today = DRAWN + timedelta(days=90)
    again = today - timedelta(days=10)
    chart = facts(("psa_total", "4.1 ng/mL", DRAWN), ("psa_total", "4.2 ng/mL", again), today=today)
    judged = found(chart, today, knowledge)
    assert (judged["L-1"].urgency, judged["L-2"].state) == ("info", "clear")
