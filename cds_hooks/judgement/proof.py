"""Knowledge proves itself: every example of every protocol file is judged, and one that fails is named."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from cds_hooks.findings import Finding, State
from cds_hooks.judgement.evaluate import evaluate
from cds_hooks.judgement.knowledge import Knowledge, KnowledgeError, build
from cds_hooks.judgement.stories import facts_of, missed, moment
from cds_hooks.judgement.written import Example
from terminology.vocabulary import Vocabulary

_SAYS_MOST: Mapping[State, int] = {"clear": 0, "unknown": 1, "raised": 2}

def proven(files: Mapping[str, bytes], vocabulary: Vocabulary) -> Knowledge:
    """Knowledge whose examples all hold. Raises KnowledgeError naming the protocol, the example and the difference."""
    knowledge = build(files, vocabulary)
    failures = [
        f"{protocol.id}, example {story.name!r}: {'; '.join(differences)}"
        for protocol in knowledge.protocols
        for story in protocol.example
        if (differences := differing(story, knowledge))
    ]
    if failures:
        raise KnowledgeError("\n".join(failures))
    return knowledge


def differing(story: Example, knowledge: Knowledge) -> list[str]:
    """What a story promises and the engine does not answer."""
    try:
        facts = facts_of(story, knowledge.vocabulary)
    except (ValueError, KeyError) as problem:
        return [str(problem)]
    judged = evaluate(facts, knowledge, moment(story.today), story.profile)
    return missed(story, _states(judged.findings))


def _states(findings: Sequence[Finding]) -> dict[str, State]:
    """By check; of one that several protocols have, the state that says most."""
    return {finding.check: finding.state for finding in sorted(findings, key=lambda each: _SAYS_MOST[each.state])}
