"""The differential proves itself: every story of its file is judged, and one that fails is named."""

from __future__ import annotations

from collections.abc import Callable

from cds_hooks.facts import Facts
from cds_hooks.judged import Judged
from cds_hooks.judgement.differential.ready import Differential
from cds_hooks.judgement.differential.written import FactorExample
from cds_hooks.judgement.stories import facts_of
from terminology.vocabulary import Vocabulary

Evaluate = Callable[[Facts, FactorExample], Judged]


def failing(known: Differential, vocabulary: Vocabulary, evaluate: Evaluate) -> list[str]:
    """Where the stories promise what the engine does not answer, in words."""
    return [
        f"context-factors.toml, example {story.name!r}: {'; '.join(differences)}"
        for story in known.examples
        if (differences := _differing(story, known, vocabulary, evaluate))
    ]


def _differing(story: FactorExample, known: Differential, vocabulary: Vocabulary, evaluate: Evaluate) -> list[str]:
    if not known.file.strict and not _can_be_told(story, known):
        return []
    try:
        facts = facts_of(story, vocabulary)
    except (ValueError, KeyError) as problem:
        return [str(problem)] if known.file.strict else []
    judged = evaluate(facts, story)
    kinds, ids = {one.id for one in judged.discordances}, [one.id for one in judged.differential]
    problems = [f"{name} is not a discordance" for name in story.discordances if name not in kinds]
    problems += [f"{name} is not shown" for name in story.shows if name not in ids]
    problems += [f"{name} is shown" for name in story.hides if name in ids]
    placed = [name for name in ids if name in story.order]
    if story.order and placed != list(story.order):
        problems.append(f"shown in the order {', '.join(placed) or 'of none'}")
    return problems


def _can_be_told(story: FactorExample, known: Differential) -> bool:
    """Whether this knowledge has the checks and conditions that the story speaks of."""
    missing = {one.file.id for one in known.discordances if not one.ways}
    missing |= {one.file.id for one in known.factors if len(one.ways) < len(one.file.way)}
    missing |= {one.id for one in known.file.ask} - {one.file.id for one in known.questions}
    return missing.isdisjoint((*story.discordances, *story.shows, *story.order))
