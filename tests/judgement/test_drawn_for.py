"""The draws that one protocol asks for alone are those of all protocols, as far as it asks for them."""

from __future__ import annotations

import json
from typing import Any

import pytest

from cds_hooks.facts import Facts
from cds_hooks.findings import Draw
from cds_hooks.judgement.evaluate import evaluate
from cds_hooks.judgement.stories import moment
from service.evaluation import facts_of
from tests.charts import chart
from tests.engine import site
from tests.test_stories import STORIES


def reasons(draws: tuple[Draw, ...]) -> set[str]:
    return {reason for draw in draws for reason in draw.reasons}


def drawn_by(draws: tuple[Draw, ...], later: Draw) -> set[str]:
    """What is drawn no later than that: nothing is drawn twice, so another protocol's draw may answer it."""
    return {analyte for draw in draws if draw.due <= later.due for analyte in draw.analytes}


def facts(story: dict[str, Any]) -> Facts:
    return facts_of(site(), json.dumps(chart(story)).encode(), moment(story["today"]))


@pytest.mark.parametrize("story", STORIES[::5], ids=lambda story: story["name"])
def test_the_protocols_together_ask_for_what_all_ask_for(story: dict[str, Any]) -> None:
    told, knowledge, today, profiles = facts(story), site().knowledge, moment(story["today"]), story.get("profile", ())
    together = evaluate(told, knowledge, today, profiles)
    apart = {one.id: evaluate(told, knowledge, today, profiles, one.id) for one in together.protocols}
    assert reasons(together.draws) <= set().union(*(reasons(judged.draws) for judged in apart.values()))
    for draw in (draw for judged in apart.values() for draw in judged.draws):
        assert set(draw.reasons) <= reasons(together.draws) or set(draw.analytes) <= drawn_by(together.draws, draw)
    checks = {file.id: {check.id for check in file.check} for file in knowledge.protocols}
    for name, judged in apart.items():
        assert judged.findings == together.findings
        assert {reason for reason in reasons(judged.draws) if "-" in reason and reason.isupper()} <= checks[name]
        visits = {
            f"{visit.name} visit"
            for one in knowledge.variants.values()
            if one.id == name
            for visit in one.schedule.visits
        }
        assert reasons(judged.draws) <= checks[name] | visits | {"dose change"}


def test_a_protocol_that_does_not_apply_asks_for_nothing() -> None:
    story = STORIES[0]
    assert evaluate(facts(story), site().knowledge, moment(story["today"]), (), "no-such-protocol").draws == ()
