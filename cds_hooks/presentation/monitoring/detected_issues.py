"""Each raised finding as a DetectedIssue.

`status` tells how firm the finding is, by the meaning of the required value set: `final`, all that belongs to it was
judged; `preliminary`, a result it rests on is itself preliminary, so that the laboratory may still change it. Neither
says that a person confirmed it: `author` is the service, and `detail` says how well the check is supported.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache

from cds_hooks.findings import Citation, Evidence, Finding, Silenced, Urgency
from cds_hooks.presentation import canonical
from cds_hooks.presentation.markdown import plain
from cds_hooks.presentation.monitoring import resources
from cds_hooks.presentation.monitoring.elements import Cited, Concept, Extension
from cds_hooks.presentation.monitoring.resources import DetectedIssue, Mitigation, Severity
from cds_hooks.presentation.monitoring.scene import Scene, Seen
from cds_hooks.presentation.wording import Words, card_title, reading
from cds_hooks.wire.response import Coding

KIND = "DetectedIssue"
SEVERITIES: Mapping[Urgency, Severity] = {"critical": "high", "warning": "moderate", "info": "low"}
_EVIDENCE = {True: "evidence_verified", False: "evidence_unverified"}


def detected_issues(scene: Scene, seen: Seen) -> Iterator[DetectedIssue]:
    """One for each raised finding, the most urgent first. Of one that another holds back nothing is advised."""
    quiet = {(one.protocol, one.check): one for one in seen.judged.silenced}
    preliminary = {one.reference for one in seen.facts.readings if one.status == "preliminary"}
    for finding in raised(seen):
        yield _issue(scene, finding, quiet.get((finding.protocol, finding.check)), preliminary)


def raised(seen: Seen) -> list[Finding]:
    """Every raised finding, the most urgent first; those that share a card with another too."""
    found = [finding for finding in seen.judged.telling if finding.state == "raised"]
    return sorted(found, key=lambda finding: _ORDER[finding.urgency])


def coded(words: Words, finding: Finding) -> Concept:
    """The check, as the code of its cards."""
    return _code(finding.check, card_title(words, finding.check, finding.topic or finding.check))


def _issue(scene: Scene, finding: Finding, quiet: Silenced | None, preliminary: set[str]) -> DetectedIssue:
    references = list(dict.fromkeys([item.reference for item in finding.evidence]))
    return DetectedIssue(
        id=scene.identify(KIND, finding.protocol, finding.check),
        extension=tuple([_source(source) for source in finding.sources]),
        status="final" if preliminary.isdisjoint(references) else "preliminary",
        code=coded(scene.words, finding),
        severity=SEVERITIES[finding.urgency],
        patient=scene.subject,
        identifiedDateTime=scene.at,
        author=scene.author,
        implicated=tuple([scene.pointing(reference) for reference in references]),
        evidence=tuple([_evidence(scene, item) for item in finding.evidence]),
        detail=_detail(scene.words, finding, quiet),
        reference=next((source.url for source in finding.sources if source.url), None),
        mitigation=(Mitigation(Concept(text=finding.advice)),) if finding.advice and quiet is None else (),
    )


def _evidence(scene: Scene, item: Evidence) -> resources.Evidence:
    return resources.Evidence((Concept(text=plain(reading(scene.words, item))),), (scene.pointing(item.reference),))


def _detail(words: Words, finding: Finding, quiet: Silenced | None) -> str:
    """What is wrong, why it matters, what holds it back, and how well it is supported; a line each."""
    held_back = words["held_back"].format(reason=quiet.reason) if quiet is not None else None
    lines = (plain(finding.summary), finding.detail, held_back, _support(words, finding))
    return "\n".join([line for line in lines if line])


def _support(words: Words, finding: Finding) -> str:
    strength = finding.strength
    return words[_EVIDENCE[strength.verified]].format(
        check=finding.check, grade=strength.grade, confidence=strength.confidence
    )


# Both hold knowledge only, nothing of a patient.
@lru_cache(maxsize=1024)
def _code(check: str, title: str) -> Concept:
    return Concept((Coding(canonical.CHECKS, canonical.card_code(check), title),), check)


@lru_cache(maxsize=1024)
def _source(source: Citation) -> Extension:
    return Extension(canonical.SOURCE, Cited("citation", source.title, source.url))


_ORDER: Mapping[Urgency, int] = {"critical": 0, "warning": 1, "info": 2}
