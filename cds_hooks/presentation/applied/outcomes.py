"""How the checks of an applied plan came out, in sentences: silence is never ambiguous."""

from __future__ import annotations

from collections.abc import Iterator

from cds_hooks.facts import Facts, Moment
from cds_hooks.findings import State
from cds_hooks.judged import Judged

_STATES: tuple[State, ...] = ("raised", "unknown", "clear")


def notes_on(judged: Judged, facts: Facts, protocol: str, today: Moment) -> Iterator[str]:
    """Whether it applies and by which numbers, how its checks came out, and what could not be judged or read."""
    line = next(one for one in judged.considered if one.protocol == protocol)
    if not line.applies:
        yield f"{protocol} does not apply: {line.because}. Nothing was judged by it."
        return
    used = next(one for one in judged.protocols if one.id == protocol)
    yield f"Judged for {today.text} by {protocol} {used.version}, profile {used.profile}: {line.because}."
    yield f"Checks: {'; '.join(_counted(judged, protocol))}."
    for finding in judged.telling:
        if finding.protocol == protocol and finding.state == "unknown" and finding.blocked_by:
            yield f"{finding.check} could not be judged: {finding.summary}."
    for quiet in judged.silenced:
        if quiet.protocol == protocol:
            yield f"{quiet.check} is raised and said by none of the steps: {quiet.reason}."
    if judged.placed:
        yield f"Ordered already, and not proposed again: {', '.join(sorted(judged.placed)).replace('_', ' ')}."
    if not judged.draws:
        yield "This protocol asks for no blood test now."
    if facts.unread:
        yield f"Not read of the chart: {', '.join(sorted({item.reference for item in facts.unread}))}."


def _counted(judged: Judged, protocol: str) -> Iterator[str]:
    found = [finding for finding in judged.findings if finding.protocol == protocol]
    for state in _STATES:
        checks = [finding.check for finding in found if finding.state == state]
        named = f" ({', '.join(checks)})" if checks and state != "clear" else ""
        yield f"{len(checks)} {state}{named}"
