"""The answer of `$hormone-monitoring` to a chart, without HTTP around it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, date, datetime, tzinfo
from typing import Any

from cds_hooks.facts import Facts
from cds_hooks.judgement.evaluate import evaluate
from cds_hooks.judgement.stories import moment
from cds_hooks.presentation.monitoring.answer import Call, Return, encode_answer
from cds_hooks.presentation.monitoring.scene import Seen
from service.evaluation import facts_of, namespace_of
from tests.engine import site

RECORDED = datetime(2026, 11, 27, 15, 0, tzinfo=UTC)
Resource = dict[str, Any]


def encoded(
    facts: Facts,
    today: date | datetime,
    profiles: Sequence[str] = (),
    wanted: Return = "representation",
    zone: tzinfo | None = None,
) -> bytes:
    """The answer to facts."""
    now, knowledge = moment(today), site().knowledge
    seen = Seen(evaluate(facts, knowledge, now, tuple(profiles)), facts, knowledge)
    seed = namespace_of(facts.patient.reference.encode(), now.text)
    return encode_answer(seen, Call(seed, now, RECORDED, "1.2.3", zone), wanted)


def encoded_for(bundle: Resource, today: date | datetime, **more: Any) -> bytes:
    """The answer to a chart."""
    return encoded(facts_of(site(), json.dumps(bundle).encode(), moment(today)), today, **more)


def answer_to(bundle: Resource, today: date | datetime, **more: Any) -> Resource:
    """The answer to a chart, read."""
    read: Resource = json.loads(encoded_for(bundle, today, **more))
    return read


def of_type(answer: Resource, kind: str) -> list[Resource]:
    """The resources of a type in an answer."""
    return [entry["resource"] for entry in answer["entry"] if entry["resource"]["resourceType"] == kind]
