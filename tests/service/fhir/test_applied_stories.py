"""Every patient story, applied to every plan that is for its patient: what comes out is valid to all judges."""

from __future__ import annotations

import json
from typing import Any

from fhir.resources.R4B.careplan import CarePlan

from cds_hooks.judgement.evaluate import evaluate
from cds_hooks.judgement.stories import moment
from cds_hooks.presentation.artifacts.artifact import Artifact
from cds_hooks.presentation.artifacts.exported import exported
from cds_hooks.presentation.artifacts.protocols.plans import plan_id
from service.evaluation import facts_of
from service.fhir.apply.answer import apply_plan
from service.fhir.apply.sent import Application
from tests.charts import chart
from tests.engine import site
from tests.judges import hl7_problems, medplum_problems
from tests.test_stories import STORIES


def plans_for(body: bytes, story: dict[str, Any]) -> list[str]:
    """The plans of the protocols, as a story is judged by them, that may have something to say: raised or to draw."""
    today, knowledge = moment(story["today"]), site().knowledge
    judged = evaluate(facts_of(site(), body, today), knowledge, today, tuple(story.get("profile", ())))
    speaking = {finding.protocol for finding in judged.telling if finding.state == "raised"}
    return [
        plan_id(one.id, one.profile)
        for one in judged.protocols
        if one.id in speaking or knowledge.variants[one.id, one.profile].schedule.visits
    ]


def test_every_story_gets_valid_care_plans() -> None:
    plans: dict[str, Artifact] = dict(exported(site().knowledge, "1")["PlanDefinition"])
    answers, steps = [], 0
    for story in STORIES:
        body = json.dumps(chart(story)).encode()
        for name in plans_for(body, story):
            sent = Application(body, None, moment(story["today"]).text)
            answer, _ = apply_plan(site(), plans[name], sent)
            steps += len(CarePlan.model_validate_json(answer).contained or ())
            answers.append(answer)
    assert len(answers) > len(STORIES)
    assert steps > len(STORIES)
    assert [problems for problems in hl7_problems(answers) if problems] == []
    assert [problems for problems in medplum_problems(answers) if problems] == []
