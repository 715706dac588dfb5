"""Everything the knowledge exports, by type and id."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from cds_hooks.judgement.knowledge.knowledge import Knowledge
from cds_hooks.presentation.artifacts.activities import activities
from cds_hooks.presentation.artifacts.artifact import KINDS, Artifact
from cds_hooks.presentation.artifacts.libraries import libraries
from cds_hooks.presentation.artifacts.protocols.plans import plans


def exported(knowledge: Knowledge, version: str) -> Mapping[str, Mapping[str, Artifact]]:
    """The artifacts of one knowledge. `version` is the service's: of those that have none of their own."""
    every = [*activities(knowledge, version), *libraries(knowledge, version), *plans(knowledge)]
    return {kind: _by_id(one for one in every if one.kind == kind) for kind in KINDS}


def _by_id(artifacts: Iterable[Artifact]) -> dict[str, Artifact]:
    found = list(artifacts)
    by_id = {one.id: one for one in found}
    if len(by_id) != len(found):
        raise ValueError("two exported resources have one id")
    return by_id
