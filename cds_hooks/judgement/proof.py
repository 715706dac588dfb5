"""Knowledge proves itself: every example of every protocol file is judged, and one that fails is named."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from msgspec.structs import replace

from cds_hooks.findings import Judged, State
from cds_hooks.judgement.differential.proof import failing
from cds_hooks.judgement.evaluate import evaluate
from cds_hooks.judgement.knowledge import Knowledge, KnowledgeError, build
from cds_hooks.judgement.overlays import Overlay, laid_over, read_overlays
from cds_hooks.judgement.reference.site import Laboratory
from cds_hooks.judgement.stories import facts_of, missed, moment
from cds_hooks.judgement.written import Example
from terminology.vocabulary import Vocabulary

_SAYS_MOST: Mapping[State, int] = {"clear": 0, "unknown": 1, "raised": 2}


def proven(files: Mapping[str, bytes], vocabulary: Vocabulary) -> Knowledge:
    """Knowledge whose examples all hold. Raises KnowledgeError naming the protocol, the example and the difference."""
    knowledge = build(files, vocabulary)
    _refuse(
        f"{protocol.id}, example {story.name!r}: {'; '.join(differences)}"
        for protocol in knowledge.protocols
        for story in protocol.example
        if (differences := differing(story, knowledge))
    )
    if knowledge.differential is not None:
        _refuse(
            failing(
                knowledge.differential,
                vocabulary,
                lambda facts, story: evaluate(facts, knowledge, moment(story.today), story.profile),
            )
        )
    return knowledge


def proven_with(knowledge: Knowledge, files: Mapping[str, bytes]) -> Knowledge:
    """Proven knowledge with a site's own files laid over it, whose examples hold too.

    The shipped examples were judged before: a site's default is none of theirs. Raises KnowledgeError naming the file.
    """
    if not files:
        return knowledge
    overlays = read_overlays(files)
    widened = laid_over(knowledge, overlays, files)
    _refuse(
        f"{overlay.name}: example {story.name!r}: {'; '.join(differences)}"
        for overlay in overlays
        for story in overlay.file.example
        if (differences := _differing_for(overlay, story, widened))
    )
    return widened


def differing(story: Example, knowledge: Knowledge) -> list[str]:
    """What a story promises and the engine does not answer."""
    judged = _judged(story, knowledge)
    if isinstance(judged, str):
        return [judged]
    return missed(story, _states(judged, knowledge))


def _differing_for(overlay: Overlay | Laboratory, story: Example, knowledge: Knowledge) -> list[str]:
    """As `differing`; of a site's profiles, of the checks of their own protocol with one of them."""
    if isinstance(overlay, Laboratory):
        return differing(story, knowledge)
    judged, file = _judged(story, knowledge), overlay.file
    if isinstance(judged, str):
        return [judged]
    used = {protocol.id: protocol.profile for protocol in judged.protocols}
    if used.get(file.protocol) not in file.profile:
        return [f"{file.protocol} is not judged with {' or '.join(file.profile)}"]
    own = replace(
        judged,
        protocols=tuple(protocol for protocol in judged.protocols if protocol.id == file.protocol),
        telling=tuple(finding for finding in judged.telling if finding.protocol == file.protocol),
    )
    return missed(story, _states(own, knowledge))


def _judged(story: Example, knowledge: Knowledge) -> Judged | str:
    """What the engine answers, or why the story cannot be told."""
    try:
        facts = facts_of(story, knowledge.vocabulary)
    except (ValueError, KeyError) as problem:
        return str(problem)
    return evaluate(facts, knowledge, moment(story.today), story.profile)


def _states(judged: Judged, knowledge: Knowledge) -> dict[str, State]:
    """By check; of one that several protocols have, the state that says most. What no card is told of is clear."""
    used = [knowledge.variants[protocol.id, protocol.profile] for protocol in judged.protocols]
    clear: dict[str, State] = {check.file.id: "clear" for protocol in used for check in protocol.checks}
    told = sorted(judged.telling, key=lambda finding: _SAYS_MOST[finding.state])
    return clear | {finding.check: finding.state for finding in told}


def _refuse(failures: Iterable[str]) -> None:
    failed = list(failures)
    if failed:
        raise KnowledgeError("\n".join(failed))
