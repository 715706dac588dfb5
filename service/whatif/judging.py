"""Judges charts twice, by the knowledge in force and with another number in it, as every other door judges."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace

from cds_hooks.facts import Moment
from cds_hooks.judgement.evaluate import evaluate
from cds_hooks.judgement.knowledge import KnowledgeError
from cds_hooks.judgement.supposed.effect import Effect
from cds_hooks.judgement.supposed.number import Number, supposing
from cds_hooks.refusal import Refusal
from service.evaluation import facts_of
from service.pages.trying.given import all_in, bundle_with, resources_of
from service.pages.trying.readings import write
from service.site import Site


@dataclass
class Outcome:
    """What became of the charts, and the places (from 1) of those that could not be judged."""

    effect: Effect = field(default_factory=Effect)
    unjudged: list[int] = field(default_factory=list)


def changed_site(site: Site, number: Number, texts: tuple[str, ...]) -> Site:
    """The site with that number.

    Raises:
        Refusal: a site may not write it; in the words it is told of its own files.
    """
    try:
        return replace(site, knowledge=supposing(site.knowledge, number, texts))
    except KnowledgeError as refused:
        raise Refusal(400, "business-rule", f"{refused}.", "value") from None


def profiles_with(site: Site, number: Number, base: Sequence[str]) -> tuple[str, ...]:
    """The profiles to judge by: the number's own, asked for by name only where its protocol is judged by another."""
    file = site.knowledge.protocol(number.protocol)
    if file is None:
        return tuple(base)
    in_force = next((name for name in base if name in file.profile), file.default_profile)
    if number.profile == in_force:
        return tuple(base)
    return (*(name for name in base if name not in file.profile), number.profile)


def charts_in(content: bytes, most: int) -> list[bytes]:
    """Every patient's Bundle of what was sent.

    Raises:
        Refusal: there is nothing, or it cannot be read.
    """
    if not content.strip():
        raise Refusal(400, "required", "Send charts: Bundles, NDJSON, HL7 v2 or a CDS Hooks request.", "content")
    found = all_in(content, most)
    return [one.body if one.kind != "hook" else write(bundle_with(resources_of(one.node))) for one in found]


async def judged(
    site: Site,
    other: Site,
    charts: Iterable[bytes],
    today: Moment,
    profiles: tuple[str, ...],
    turn: Callable[[], Awaitable[None]],
) -> Outcome:
    """Each chart judged by both; `turn` lets others go first."""
    found = Outcome()
    for place, chart in enumerate(charts, 1):
        await turn()
        try:
            facts = facts_of(site, chart, today)
        except Refusal:
            found.unjudged.append(place)
            continue
        before, after = (evaluate(facts, one.knowledge, today, profiles) for one in (site, other))
        found.effect.add(place, before, after)
    return found
