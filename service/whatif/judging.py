"""Judges charts twice, by the knowledge in force and with another number in it, as every other door judges."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from cds_hooks.facts import Moment
from cds_hooks.judgement.evaluate import evaluate
from cds_hooks.judgement.knowledge.knowledge import KnowledgeError
from cds_hooks.judgement.supposed.effect import Effect
from cds_hooks.judgement.supposed.number import Number, judged_by_its_profile, supposing
from cds_hooks.record.hl7v2.bundle import NOT_TOLD
from cds_hooks.refusal import Refusal
from service.evaluation import facts_of
from service.pages.trying.given import Given, all_in, bundle_with, resources_of
from service.pages.trying.readings import write
from service.site.site import Site


class Chart(NamedTuple):
    """A patient's Bundle, and the kinds of data that one of its sort never tells of."""

    bundle: bytes
    absent: frozenset[str] = frozenset()


@dataclass
class Outcome:
    """What became of the charts, and the places (from 1) of those that could not be judged."""

    effect: Effect = field(default_factory=Effect)
    unjudged: list[int] = field(default_factory=list)


def both(site: Site, number: Number, texts: tuple[str, ...], asked: Sequence[str]) -> tuple[Site, Site]:
    """The site as it is and with that number, both judging by the number's profile; `asked`: the profiles in force.

    Raises:
        Refusal: a site may not write it; in the words it is told of its own files.
    """
    try:
        changed = supposing(site.knowledge, number, texts)
    except KnowledgeError as refused:
        raise Refusal(400, "business-rule", f"{refused}.", "value") from None
    before, after = (judged_by_its_profile(one, number, asked) for one in (site.knowledge, changed))
    return replace(site, knowledge=before), replace(site, knowledge=after)


def charts_in(content: bytes, most: int) -> list[Chart]:
    """Every patient's chart of what was sent.

    Raises:
        Refusal: there is nothing, or it cannot be read.
    """
    if not content.strip():
        raise Refusal(400, "required", "Send charts: Bundles, NDJSON, HL7 v2 or a CDS Hooks request.", "content")
    return [_chart(one) for one in all_in(content, most)]


def _chart(given: Given) -> Chart:
    if given.kind == "hook":
        return Chart(write(bundle_with(resources_of(given.node))))
    return Chart(given.body, NOT_TOLD if given.kind == "laboratory" else frozenset())


async def judged(
    sites: tuple[Site, Site],
    charts: Iterable[Chart],
    today: Moment,
    profiles: tuple[str, ...],
    turn: Callable[[], Awaitable[None]],
) -> Outcome:
    """Each chart judged by both; `turn` lets others go first."""
    found = Outcome()
    for place, chart in enumerate(charts, 1):
        await turn()
        try:
            facts = facts_of(sites[0], chart.bundle, today, chart.absent)
        except Refusal:
            found.unjudged.append(place)
            continue
        before, after = (evaluate(facts, one.knowledge, today, profiles) for one in sites)
        found.effect.add(place, before, after)
    return found
