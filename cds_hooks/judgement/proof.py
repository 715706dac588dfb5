"""Knowledge proves itself: every example of every protocol file is judged, and one that fails is named."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from cds_hooks.findings import State
from cds_hooks.judgement.differential.proof import failing
from cds_hooks.judgement.evaluate import Judging, evaluate, judge_checks
from cds_hooks.judgement.knowledge.building import build
from cds_hooks.judgement.knowledge.knowledge import Knowledge, KnowledgeError
from cds_hooks.judgement.knowledge.overlays import Overlay, laid_over, read_overlays
from cds_hooks.judgement.protocol.protocol import Verdict
from cds_hooks.judgement.reference.site import Laboratory
from cds_hooks.judgement.stories import facts_of, missed, moment
from cds_hooks.judgement.written.examples import Example
from terminology.vocabulary import Vocabulary

_SAYS_MOST: Mapping[State, int] = {"clear": 0, "unknown": 1, "raised": 2}
_STATES: Mapping[bool | None, State] = {False: "clear", None: "unknown", True: "raised"}
Needs = Mapping[str, frozenset[str]]  # a check: those that must be judged to know its state


def proven(files: Mapping[str, bytes], vocabulary: Vocabulary) -> Knowledge:
    """Knowledge whose examples all hold. Raises KnowledgeError naming the protocol, the example and the difference."""
    knowledge = build(files, vocabulary)
    needs = _needs(knowledge)
    _refuse(
        f"{protocol.id}, example {story.name!r}: {'; '.join(differences)}"
        for protocol in knowledge.protocols
        for story in protocol.example
        if (differences := differing(story, knowledge, needs))
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
    needs = _needs(widened)
    _refuse(
        f"{overlay.name}: example {story.name!r}: {'; '.join(differences)}"
        for overlay in overlays
        for story in overlay.file.example
        if (differences := _differing_for(overlay, story, widened, needs))
    )
    return widened


def differing(story: Example, knowledge: Knowledge, needs: Needs) -> list[str]:
    """What a story promises and the engine does not answer."""
    judged = _judged(story, knowledge, needs)
    return [judged] if isinstance(judged, str) else missed(story, _states(judged.settled()))


def _differing_for(overlay: Overlay | Laboratory, story: Example, knowledge: Knowledge, needs: Needs) -> list[str]:
    """As `differing`; of a site's profiles, of the checks of their own protocol with one of them."""
    if isinstance(overlay, Laboratory):
        return differing(story, knowledge, needs)
    judged, file = _judged(story, knowledge, needs), overlay.file
    if isinstance(judged, str):
        return [judged]
    used = {protocol.id: protocol.profile for protocol in judged.protocols}
    if used.get(file.protocol) not in file.profile:
        return [f"{file.protocol} is not judged with {' or '.join(file.profile)}"]
    return missed(story, _states([one for one in judged.settled() if one.protocol.id == file.protocol]))


def _judged(story: Example, knowledge: Knowledge, needs: Needs) -> Judging | str:
    """The verdicts on the checks a story speaks of, or why it cannot be told."""
    try:
        facts = facts_of(story, knowledge.vocabulary)
    except (ValueError, KeyError) as problem:
        return str(problem)
    names = frozenset((*story.raises, *story.clears, *story.unknown))
    among = names.union(*(needs.get(name, ()) for name in names))
    return judge_checks(facts, knowledge, moment(story.today), story.profile, among)


def _needs(knowledge: Knowledge) -> Needs:
    """Those that a check yields to; of one that speaks of missed repeats, all that may have asked for one."""
    checks = [check for protocol in knowledge.variants.values() for check in protocol.checks]
    every = frozenset(check.file.id for check in checks)
    needs: dict[str, frozenset[str]] = {}
    for check in checks:
        name, others = check.file.id, every if check.asks_for_repeats else check.file.yields_to
        needs[name] = needs.get(name, frozenset()).union(others)
    return needs


def _states(verdicts: Sequence[Verdict]) -> dict[str, State]:
    """By check; of one that several protocols have, the state that says most."""
    states = [(verdict.id, _STATES[verdict.outcome.truth]) for verdict in verdicts]
    return dict(sorted(states, key=lambda state: _SAYS_MOST[state[1]]))


def _refuse(failures: Iterable[str]) -> None:
    failed = list(failures)
    if failed:
        raise KnowledgeError("\n".join(failed))
