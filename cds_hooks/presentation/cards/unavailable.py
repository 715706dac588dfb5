"""The card that stands in place of an error when required data could not be had: never read as "all is well"."""

from __future__ import annotations

import uuid
from collections.abc import Mapping

from cds_hooks.judgement.knowledge.knowledge import Knowledge
from cds_hooks.presentation.cards.cards import pooled_card
from cds_hooks.presentation.cards.detail import closed
from cds_hooks.presentation.cards.occasion import occasion
from cds_hooks.presentation.markdown import fill, line
from cds_hooks.presentation.wording import name, names
from cds_hooks.wire.prefetch.lacks import Lack
from cds_hooks.wire.response import Card


def unavailable_card(
    knowledge: Knowledge, lacks: Mapping[str, Lack], namespace: uuid.UUID, service_version: str | None = None
) -> Card:
    """The only card when what nothing can be judged without is lacking: which data, and why."""
    scene = occasion(knowledge, namespace, service_version)
    words = scene.words
    reasons = [line(name(words, key).capitalize(), words[f"lack_{lack.name.lower()}"]) for key, lack in lacks.items()]
    detail = closed(scene, [*reasons, fill(words["unavailable_line"])])
    summary = words["unavailable"].format(names=names(words, lacks))
    return pooled_card(scene, "unavailable", summary, "warning", detail, parts=sorted(lacks))
