"""The GuidanceResponse: that the chart was judged, why, what came of it, and what would let more be judged."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache

from cds_hooks.findings import Finding
from cds_hooks.judgement.knowledge.knowledge import Knowledge
from cds_hooks.presentation.canonical import BASE, MONITORING, slug
from cds_hooks.presentation.markdown import plain
from cds_hooks.presentation.monitoring.elements import URI, Concept, Identifier, urn
from cds_hooks.presentation.monitoring.evaluation_messages import awaiting, hindered, lacks_therapy, messages
from cds_hooks.presentation.monitoring.resources import (
    CodeFilter,
    DataRequirement,
    GuidanceResponse,
    GuidanceStatus,
    OperationOutcome,
)
from cds_hooks.presentation.monitoring.scene import Scene, Seen
from cds_hooks.presentation.orders.service_request import Reference
from cds_hooks.presentation.wording import name

KIND = "GuidanceResponse"
_CONTAINED = "not-judged"


def guidance(scene: Scene, seen: Seen, result: Reference | None, service_version: str) -> GuidanceResponse:
    """The head of the answer; `result` is the plan of draws, if there is one."""
    said = tuple(messages(seen))
    return GuidanceResponse(
        id=scene.identify(KIND),
        contained=(OperationOutcome(id=_CONTAINED, issue=said),) if said else (),
        requestIdentifier=Identifier(URI, urn(str(scene.namespace))),
        moduleCanonical=f"{MONITORING}|{service_version}",
        status=_status(seen),
        subject=scene.subject,
        occurrenceDateTime=scene.at,
        performer=scene.author,
        reasonCode=tuple(_reasons(seen)),
        evaluationMessage=(Reference(f"#{_CONTAINED}"),) if said else (),
        result=result,
        dataRequirement=tuple(_wanted(seen)),
    )


def _status(seen: Seen) -> GuidanceStatus:
    """In FHIR's words: `data-required`, something stood in the way of a check; `data-requested`, with results that
    nobody sent more could be judged; `success`, every check was."""
    if hindered(seen) or lacks_therapy(seen):
        return "data-required"
    return "data-requested" if awaiting(seen) else "success"


def _reasons(seen: Seen) -> Iterator[Concept]:
    """Each protocol that was judged by, and why it applies to this patient."""
    because = {line.protocol: line.because for line in seen.judged.considered if line.applies}
    for used in seen.judged.protocols:
        yield Concept(text=plain(f"{used.id} ({used.profile}): {because.get(used.id, '')}".rstrip(": ")))


def _wanted(seen: Seen) -> list[DataRequirement]:
    """What would answer the checks that could not be judged, each once."""
    analytes = _analytes(_Known(seen.knowledge))
    return list(dict.fromkeys([_requirement(one, analytes) for one in _missing(hindered(seen))]))


def _missing(findings: tuple[Finding, ...]) -> dict[str, None]:
    return dict.fromkeys([step.missing for finding in findings for step in finding.because if step.missing])


def _requirement(missing: str, analytes: Mapping[str, str]) -> DataRequirement:
    """`Observation (TSH)`, `Patient.birthDate`: a type, with the codes or the element that is wanted."""
    kind, _, element = missing.partition(" ")[0].partition(".")
    analyte = analytes.get(missing.partition("(")[2].rstrip(")"))
    codes = (CodeFilter(f"{BASE}/ValueSet/{slug(analyte)}"),) if analyte is not None else ()
    return DataRequirement(kind, (element,) if element else (), codes)


class _Known:
    """A knowledge as a cache key: the same object is the same knowledge, so nothing in it needs hashing."""

    __slots__ = ("knowledge",)

    def __init__(self, knowledge: Knowledge) -> None:
        self.knowledge = knowledge

    def __hash__(self) -> int:
        return id(self.knowledge)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Known) and other.knowledge is self.knowledge


@lru_cache(maxsize=2)
def _analytes(known: _Known) -> Mapping[str, str]:
    """Analytes by what clinicians call them."""
    words = known.knowledge.words
    return {name(words, analyte): analyte for analyte in known.knowledge.vocabulary.analytes}
