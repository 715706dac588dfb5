"""Which findings share a card, in which order cards stand, and what may be called in range."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from cds_hooks.findings import URGENCIES, Evidence, Finding, Urgency
from cds_hooks.judged import Judged

DATA_QUALITY = frozenset({"unit", "unreadable", "data-quality"})
SCHEDULE = "schedule"
_STATUS = "status"
_CHANGE = "change"  # how a result moved says nothing of the range it lies in
_SEVERITY = {urgency: index for index, urgency in enumerate(reversed(URGENCIES))}


Checks = frozenset[tuple[str, str]]  # (protocol, check)


class Topic(msgspec.Struct, frozen=True, gc=False):
    """The raised findings of one topic, the most urgent first."""

    name: str
    findings: tuple[Finding, ...]

    @property
    def lead(self) -> Finding:
        """The finding that speaks for the card."""
        return self.findings[0]

    @property
    def rank(self) -> int:
        """Place in the order of cards: critical, data quality, warning, info."""
        return rank(self.lead.urgency, self.name in DATA_QUALITY)


def rank(urgency: Urgency, data_quality: bool = False) -> int:
    """Critical, data quality, warning, info: 0 to 3."""
    severity = _SEVERITY[urgency]
    return 0 if severity == 0 else 1 if data_quality else severity + 1


def raised(judged: Judged) -> tuple[Finding, ...]:
    """Raised findings that may have a card."""
    silenced = {(quiet.protocol, quiet.check) for quiet in judged.silenced}
    return tuple([f for f in judged.telling if f.state == "raised" and (f.protocol, f.check) not in silenced])


def split_topics(
    findings: Iterable[Finding], no_change: Checks, insisting: Checks = frozenset()
) -> tuple[list[Topic], list[Finding]]:
    """Topics that need a card of their own, ranked, and the findings that only need to be noted.

    What is `insisting` is never only noted.
    """
    by_topic: dict[str, list[Finding]] = {}
    for finding in findings:
        by_topic.setdefault(finding.topic or finding.check, []).append(finding)
    topics: list[Topic] = []
    noted: list[Finding] = []
    for name, members in by_topic.items():
        if all(_only_noted(finding, no_change) and _name(finding) not in insisting for finding in members):
            noted.extend(members)
        else:
            topics.append(Topic(name, by_severity(members)))
    return sorted(topics, key=lambda topic: (topic.rank, topic.name == SCHEDULE)), noted


def by_severity(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Most urgent first, else as given."""
    return tuple(sorted(findings, key=lambda finding: _SEVERITY[finding.urgency]))


def unknown(judged: Judged) -> tuple[Finding, ...]:
    """Checks that something stood in the way of, safety first; a result that is only not there yet is not named."""
    return by_severity([finding for finding in judged.telling if finding.state == "unknown" and finding.blocked_by])


def in_range(judged: Judged, no_change: Checks) -> tuple[Evidence, ...]:
    """The latest result of every analyte that some check found clear and no check doubts."""
    doubted = _doubted(judged.telling, no_change)
    latest: dict[str, Evidence] = {}
    for finding in judged.telling:
        if not finding.in_range:
            continue
        for evidence in finding.evidence:
            if evidence.analyte not in doubted and _is_later(evidence, latest.get(evidence.analyte)):
                latest[evidence.analyte] = evidence
    return tuple(latest.values())


def about(finding: Finding) -> tuple[str, ...]:
    """The analytes a finding speaks of, else its topic."""
    return tuple(dict.fromkeys([item.analyte for item in finding.evidence])) or (finding.topic or finding.check,)


def _only_noted(finding: Finding, no_change: Checks) -> bool:
    """Info that advises no change, or only says which draw comes next."""
    if finding.urgency != "info":
        return False
    return not finding.advice or finding.topic == SCHEDULE or (finding.protocol, finding.check) in no_change


def _name(finding: Finding) -> tuple[str, str]:
    return (finding.protocol, finding.check)


def _doubted(findings: Iterable[Finding], no_change: Checks) -> set[str]:
    """Analytes that a raised or unknown check speaks of; a note on a result's status or unit is no doubt."""
    return {
        evidence.analyte
        for finding in findings
        if finding.state != "clear" and finding.topic != _CHANGE and not _is_annotation(finding, no_change)
        for evidence in finding.evidence
    }


def _is_annotation(finding: Finding, no_change: Checks) -> bool:
    about_result = finding.topic in DATA_QUALITY or finding.topic == _STATUS
    return about_result and finding.state == "raised" and _only_noted(finding, no_change)


def _is_later(evidence: Evidence, other: Evidence | None) -> bool:
    if evidence.value is None and evidence.canonical is None:
        return False
    return other is None or (evidence.effective or "") > (other.effective or "")
