"""Every answer to every story and every protocol's example is valid FHIR, by two judges that are not ours.

Those two run in node and take long: `make test` asks them of every third answer, `make test-all` of all.
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from fhir.resources.R4B import get_fhir_model_class

from cds_hooks.judgement import stories
from cds_hooks.judgement.evaluate import evaluate
from cds_hooks.presentation.monitoring.evaluation_messages import awaiting
from cds_hooks.presentation.monitoring.scene import Seen
from tests.charts import chart
from tests.engine import report_of, site
from tests.extent import ALL
from tests.judges import hl7_problems, medplum_problems
from tests.presentation.monitoring.answers import encoded, encoded_for, of_type

FILES = sorted((Path(__file__).parents[2] / "stories").glob("*.toml"))
STORIES = [story for file in FILES for story in tomllib.loads(file.read_text(encoding="utf-8"))["story"]]


@cache
def answers_to_stories() -> list[bytes]:
    """One for each story; every other one with a time zone, in which the hours of draws have an offset."""
    zones = (None, ZoneInfo("America/New_York"))
    return [
        encoded_for(chart(story), story["today"], profiles=story.get("profile", ()), zone=zones[place % 2])
        for place, story in enumerate(STORIES)
    ]


@cache
def answers_to_examples() -> list[bytes]:
    """One for each example of a protocol file."""
    knowledge = site().knowledge
    return [
        encoded(stories.facts_of(example, knowledge.vocabulary), example.today, example.profile)
        for protocol in knowledge.protocols
        for example in protocol.example
    ]


@cache
def shorter_answers() -> list[bytes]:
    """Answers as `Prefer` asks for them."""
    return [
        encoded_for(chart(story), story["today"], profiles=story.get("profile", ()), wanted=wanted)
        for story in STORIES[::10]
        for wanted in ("minimal", "OperationOutcome")
    ]


ANSWERS = {"stories": answers_to_stories, "examples": answers_to_examples, "shorter": shorter_answers}


def tried(answers: list[bytes]) -> list[bytes]:
    """What those outside are asked about."""
    return answers if ALL or len(answers) < 200 else answers[::3]


@pytest.mark.parametrize("answers", ANSWERS.values(), ids=list(ANSWERS))
def test_medplum_finds_nothing_wrong(answers: Any) -> None:
    resources = list(distinct(tried(answers())))
    found = medplum_problems(resources)
    assert len(found) == len(resources) > 50
    assert not [one for problems in found for one in problems if not is_of_a_urn(one)]


@pytest.mark.parametrize("answers", ANSWERS.values(), ids=list(ANSWERS))
def test_the_schema_of_hl7_finds_nothing_wrong(answers: Any) -> None:
    bodies = tried(answers())
    found = hl7_problems(bodies)
    assert len(found) == len(bodies) > 50
    assert not [problems for problems in found if problems]


def is_of_a_urn(problem: str) -> bool:
    """Medplum warns of every urn where a type is wanted; in a Bundle that is how its own entries are referred to, and
    that each leads to one is tested below."""
    return problem.startswith("warning at ") and 'Invalid reference: got "urn:uuid:' in problem


def distinct(answers: list[bytes]) -> dict[bytes, None]:
    """Bundles whole, then what is in them: an outside judge may not look into an entry, nor at what is contained."""
    found: dict[bytes, None] = {}
    for body in answers:
        found[body] = None
        for entry in json.loads(body).get("entry", ()):
            for resource in (entry["resource"], *entry["resource"].get("contained", ())):
                found[json.dumps(resource).encode()] = None
    return found


def test_the_judges_would_object() -> None:
    wrong = json.dumps({"resourceType": "DetectedIssue", "severity": "critical"}).encode()
    assert medplum_problems([wrong])[0]
    assert hl7_problems([wrong])[0]


@pytest.mark.parametrize("answers", ANSWERS.values(), ids=list(ANSWERS))
def test_fhir_resources_accepts_every_answer(answers: Any) -> None:
    for body in answers():
        get_fhir_model_class(json.loads(body)["resourceType"]).model_validate_json(body)


def test_every_raised_finding_of_the_report_is_a_detected_issue() -> None:
    for story, body in zip(STORIES, answers_to_stories(), strict=True):
        report = report_of(chart(story), story["today"], story.get("profile", ()))
        raised = sorted(one["check"] for one in report["findings"] if one["state"] == "raised")
        answer = json.loads(body)
        assert sorted(issue["code"]["text"] for issue in of_type(answer, "DetectedIssue")) == raised, story["name"]


def test_every_check_and_every_result_that_was_not_judged_is_told() -> None:
    for story, body in zip(STORIES, answers_to_stories(), strict=True):
        report = report_of(chart(story), story["today"], story.get("profile", ()))
        told = "\n".join(messages(json.loads(body)))
        unknown = {one["check"] for one in report["findings"] if one["state"] == "unknown"}
        assert {check for check in unknown if check not in told} <= covered(report), story["name"]
        assert not {item["reference"] for item in report["unread"] if item["reference"] not in told}, story["name"]


def covered(report: dict[str, Any]) -> set[str]:
    """The checks that need not be judged, since a raised one covers them."""
    raised = {one["check"] for one in report["findings"] if one["state"] == "raised"}
    checks = [check for protocol in site().knowledge.protocols for check in protocol.check]
    return {check.id for check in checks if raised.intersection(check.yields_to)}


def messages(answer: dict[str, Any]) -> Iterator[str]:
    """What the answer says of the call."""
    for outcome in of_type(answer, "GuidanceResponse")[0].get("contained", ()):
        yield from (issue["diagnostics"] for issue in outcome["issue"])


def test_every_reference_into_the_answer_leads_somewhere() -> None:
    for body in (*answers_to_stories(), *answers_to_examples()):
        answer = json.loads(body)
        addresses = [entry["fullUrl"] for entry in answer["entry"]]
        assert len(set(addresses)) == len(addresses)
        assert {one for one in references(answer) if one.startswith("urn:uuid:")} <= set(addresses)


def references(part: Any) -> Iterator[str]:
    """Every reference anywhere in a resource."""
    if isinstance(part, list):
        for one in part:
            yield from references(one)
    elif isinstance(part, dict):
        for name, value in part.items():
            if name == "reference" and isinstance(value, str) and not value.startswith("http"):
                yield value
            else:
                yield from references(value)


def test_what_an_answer_says_it_waits_for_is_unknown_in_the_findings() -> None:
    knowledge = site().knowledge
    for protocol in knowledge.protocols:
        for example in protocol.example:
            today = stories.moment(example.today)
            facts = stories.facts_of(example, knowledge.vocabulary)
            judged = evaluate(facts, knowledge, today, example.profile)
            unknown = {one.check for one in judged.findings if one.state == "unknown"}
            assert set(awaiting(Seen(judged, facts, knowledge))) <= unknown, example.name
