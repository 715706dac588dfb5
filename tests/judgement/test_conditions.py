"""Each condition a protocol file may write: true, false and unknown, asked of a small story."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from msgspec.structs import replace

from cds_hooks.facts import Facts
from cds_hooks.judgement.evaluate import evaluate
from cds_hooks.judgement.knowledge.building import SHARED, build
from cds_hooks.judgement.stories import facts_of, moment
from cds_hooks.judgement.written.examples import Example
from service.site.site import packaged_files
from tests.engine import site

FILES = packaged_files("cds_hooks.protocols", ".toml")
PROTOCOL = """
id = "asked"
version = "1"
title = "Asked"
about = "One check."
drug = "testosterone"
[applies]
taking = ["testosterone"]
[profile.one]
title = "One"
default = true
[[check]]
id = "ASKED-01"
topic = "asked"
urgency = "info"
action = "no-change"
says = "Asked."
advice = "None."
source = ["local"]
grade = "expert"
confidence = "E"
{condition}
"""
TODAY = date(2026, 9, 4)
GEL = {"text": "testosterone gel 1.62 %", "start": date(2026, 6, 1)}
FINASTERIDE = {"text": "finasteride 5 mg", "start": date(2026, 3, 1)}


def asked(condition: str, facts: Facts) -> str:
    """The state of a check with this condition."""
    written = PROTOCOL.replace("{condition}", f"all = [{condition}]").encode()
    shared = {name: FILES[name] for name in SHARED}  # no other protocol is asked, so none need be read
    knowledge = build({**shared, "asked.toml": written}, site().knowledge.vocabulary)
    judged = evaluate(facts, knowledge, moment(TODAY))
    return next(finding.state for finding in judged.findings if finding.check == "ASKED-01")


def told(**story: Any) -> Facts:
    """The facts of a story of a man on gel."""
    fields = {"name": "story", "today": TODAY, "born": date(1981, 1, 1), "therapies": [GEL]} | story
    return facts_of(Example.read(fields), site().knowledge.vocabulary)


@pytest.mark.parametrize(
    ("condition", "story", "state"),
    [
        ('{ taking = ["finasteride"] }', {}, "clear"),
        ('{ taking = ["finasteride"] }', {"therapies": [GEL, FINASTERIDE]}, "raised"),
        ('{ taking = ["5-alpha-reductase-inhibitor"] }', {"therapies": [GEL, FINASTERIDE]}, "raised"),
        ('{ taking = ["finasteride"] }', {"therapies": [GEL, FINASTERIDE | {"ended": TODAY}]}, "clear"),
        ('{ taking = ["finasteride"], at_least = "187 d" }', {"therapies": [GEL, FINASTERIDE]}, "raised"),
        ('{ taking = ["finasteride"], at_least = "188 d" }', {"therapies": [GEL, FINASTERIDE]}, "clear"),
        ('{ taking = ["finasteride"], less_than = "188 d" }', {"therapies": [GEL, FINASTERIDE]}, "raised"),
        ('{ taking = ["finasteride"], at_least = "90 d" }', {"therapies": [GEL, {"text": "finasteride"}]}, "unknown"),
        ('{ treated_for = "at_least", days = "95 d" }', {}, "raised"),
        ('{ treated_for = "at_least", days = "96 d" }', {}, "clear"),
        ('{ treated_for = "at_most", days = "95 d" }', {}, "raised"),
        ('{ treated_for = "at_most", days = "94 d" }', {}, "clear"),
        ('{ treated_for = "at_least", days = "1 d" }', {"therapies": [{"text": "testosterone gel"}]}, "unknown"),
        ('{ form = ["GEL162"] }', {}, "raised"),
        ('{ form = ["TE-W"] }', {}, "clear"),
        ('{ form = ["TE-W"] }', {"therapies": [{"text": "testosterone"}]}, "unknown"),
        ('{ organ = "prostate" }', {}, "raised"),
        ('{ organ = "uterus" }', {}, "clear"),
        ('{ organ = "uterus" }', {"organs": ["uterus"]}, "raised"),
        ('{ organ = "prostate" }', {"organs_absent": ["prostate"]}, "clear"),
        ('{ organ = "prostate" }', {"sex": "other"}, "unknown"),
        ("{ age_at_least = 45 }", {}, "raised"),
        ("{ age_at_least = 46 }", {}, "clear"),
        ("{ age_at_least = 46 }", {"born": None}, "unknown"),
        ('{ profile = ["one"] }', {}, "raised"),
        ('{ profile = ["two"] }', {}, "clear"),
        ('{ condition = ["breast-symptoms"] }', {"conditions": ["breast-symptoms"]}, "raised"),
        ('{ condition = ["breast-symptoms"] }', {"conditions": ["infertility"]}, "clear"),
        ('{ drawn = "testosterone_total", at = ["mid"] }', {}, "unknown"),
        ('{ no_result = "hematocrit", within = "90 d" }', {}, "raised"),
        ('{ no_result = "hematocrit", within = "90 d" }', {"ordered": ["hematocrit"]}, "clear"),
        ('{ all_of = [{ age_at_least = 45 }, { organ = "uterus" }] }', {}, "clear"),
    ],
)
def test_a_condition_is_true_false_or_unknown(condition: str, story: dict[str, Any], state: str) -> None:
    assert asked(condition, told(**story)) == state


@pytest.mark.parametrize(
    ("condition", "absent", "state"),
    [
        ('{ condition = ["breast-symptoms"] }', {"conditions"}, "unknown"),
        ('{ condition = ["breast-symptoms"] }', {"procedures"}, "clear"),
        ('{ condition = ["prostatectomy"], looked_up_in = ["procedures", "conditions"] }', {"procedures"}, "unknown"),
    ],
)
def test_what_nobody_supplied_is_unknown_where_it_would_be_looked_up(
    condition: str, absent: set[str], state: str
) -> None:
    assert asked(condition, replace(told(), absent=frozenset(absent))) == state


@pytest.mark.parametrize(
    ("condition", "incomplete", "state"),
    [
        ('{ condition = ["breast-symptoms"] }', {"conditions"}, "unknown"),
        ('{ condition = ["breast-symptoms"] }', {"procedures", "labs"}, "clear"),
        ('{ condition = ["prostatectomy"], looked_up_in = ["procedures", "conditions"] }', {"procedures"}, "unknown"),
    ],
)
def test_what_may_stand_on_a_page_that_was_not_supplied_is_unknown(
    condition: str, incomplete: set[str], state: str
) -> None:
    assert asked(condition, replace(told(), incomplete=frozenset(incomplete))) == state


def test_nothing_is_missing_while_older_pages_were_not_supplied() -> None:
    condition = '{ no_result = "hematocrit", within = "90 d" }'
    assert asked(condition, replace(told(), incomplete=frozenset({"labs"}))) == "unknown"
    overdue = replace(told(therapies=[GEL | {"start": date(2026, 1, 1)}]), incomplete=frozenset({"labs"}))
    assert asked('{ no_result = "hematocrit", within = "90 d" }', overdue) == "unknown"
    judged = evaluate(overdue, site().knowledge, moment(TODAY))
    assert {f.state for f in judged.findings if f.check == "SC-OVER-01"} == {"unknown"}
    assert not any(finding.in_range for finding in judged.findings)
