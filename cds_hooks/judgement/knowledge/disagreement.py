"""Where the shipped profiles of a protocol set a limit or a target differently: what each of them says."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from cds_hooks.judgement.predicates.predicate import ALL_OF
from cds_hooks.judgement.protocol.protocol import Protocol
from cds_hooks.judgement.written.threshold import in_words, span
from cds_hooks.judgement.written.written import CheckFile

Condition = Mapping[str, Any]
Stances = tuple[tuple[str, tuple[str, ...]], ...]


@dataclass(frozen=True, slots=True)
class Disagreement:
    """One number. `said` is how the steps of a finding name it, by whatever profile the finding was judged."""

    said: frozenset[str]
    stances: Stances  # "above 54 %", and the titles of the profiles that say so


def disagreements(
    variants: Mapping[tuple[str, str], Protocol], added_by: Mapping[tuple[str, str], str]
) -> dict[tuple[str, str], tuple[Disagreement, ...]]:
    """By protocol and check; profiles that a site added say nothing here, though what they decide is recognised."""
    by_protocol: dict[str, list[Protocol]] = {}
    for variant in variants.values():
        by_protocol.setdefault(variant.id, []).append(variant)
    return {
        (name, check.id): found
        for name, each in by_protocol.items()
        for check in each[0].file.check
        if (found := tuple(_of_check(check, each, added_by)))
    }


def _of_check(
    check: CheckFile, variants: Sequence[Protocol], added_by: Mapping[tuple[str, str], str]
) -> Iterator[Disagreement]:
    for condition in _conditions((*check.all, *check.any, *(one for branch in check.branch for one in branch.all))):
        said = {variant.profile: words for variant in variants if (words := _told(condition, variant)) is not None}
        stances: dict[str, list[str]] = {}
        for variant in variants:
            if variant.profile in said and (variant.id, variant.profile) not in added_by:
                title = variant.file.profile[variant.profile].title
                stances.setdefault(said[variant.profile][1], []).append(title)
        if len(stances) > 1:
            pooled = tuple((words, tuple(titles)) for words, titles in stances.items())
            yield Disagreement(frozenset(step for step, _ in said.values()), pooled)


def _conditions(written: Iterable[Condition]) -> Iterator[Condition]:
    for condition in written:
        yield from _conditions(condition[ALL_OF]) if ALL_OF in condition else (condition,)


def _told(condition: Condition, variant: Protocol) -> tuple[str, str] | None:
    """How a step of the trace names the number, and how a card does; None where the condition names no number."""
    limit, band = variant.limits.get(condition.get("limit", "")), variant.bands.get(condition.get("band", ""))
    if limit is not None:
        ((operator, text),) = limit.operators().items()
        return in_words(operator, text), in_words(operator, text)
    if band is not None:
        text = span(band.low, band.high)
        return f"{condition.get('side', '')} {text}".lstrip(), text
    return None
