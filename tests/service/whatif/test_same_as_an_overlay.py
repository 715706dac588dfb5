"""What another number would do is what a site's own file with that number does, once that is its default."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from random import Random

import pytest

from cds_hooks.facts import Facts
from cds_hooks.judged import Judged
from cds_hooks.judgement.evaluate import evaluate
from cds_hooks.judgement.knowledge.knowledge import Knowledge
from cds_hooks.judgement.knowledge.overlays import laid_over, read_overlays
from cds_hooks.judgement.supposed.number import Named, Number, numbers_of
from service.evaluation import facts_of, moment_of
from service.whatif.judging import both
from tests.engine import site
from tests.service.population.populations import TODAY, bundles, invented

MOMENT = moment_of(site(), [TODAY])
FREE = [one for one in numbers_of(site().knowledge) if one.is_free]


@pytest.fixture(scope="module")
def people(tmp_path_factory: pytest.TempPathFactory) -> Sequence[Facts]:
    """Invented patients."""
    export = invented(tmp_path_factory.mktemp("people"), 40, seed=5)
    return [facts_of(site(), bundle, MOMENT) for bundle in bundles(export).values()]


def texts_of(named: Named, percent: int) -> tuple[str, ...]:
    """The number, or both ends of a range, made so much of what it is."""
    parts = [text.split(" ", 1) for text in named.texts]
    return tuple(f"{Decimal(number) * percent / 100:f} {unit}" for number, unit in parts)


def overlaid(named: Named, texts: tuple[str, ...]) -> Knowledge:
    """The knowledge with a site's file that has the number and is the default."""
    protocol, profile, name = named.number
    limits = site().knowledge.variants[protocol, profile].limits
    if name in limits:
        (operator,) = limits[name].operators()
        written = f'[profile.ours.limit.{name}]\n{operator} = "{texts[0]}"'
    else:
        written = f'[profile.ours.band.{name}]\nlow = "{texts[0]}"\nhigh = "{texts[1]}"'
    files = {
        "ours.toml": f"""
protocol = "{protocol}"
[source.ours]
title = "ours"
[profile.ours]
title = "ours"
extends = "{profile}"
default = true
{written}
source = ["ours"]
[[example]]
name = "at it"
today = 2026-09-04
profile = ["ours"]
raises = ["-"]
""".encode()
    }
    return laid_over(site().knowledge, read_overlays(files), files)


def told(judged: Judged) -> set[tuple[str, ...]]:
    """Every finding that is not clear."""
    return {(one.protocol, one.check, one.state, one.urgency, one.summary) for one in judged.not_clear}


@pytest.mark.parametrize("named", FREE, ids=[one.number.key for one in FREE])
def test_the_findings_are_those_of_a_sites_file_with_the_number(people: Sequence[Facts], named: Named) -> None:
    texts = texts_of(named, Random(named.number.key).randint(40, 99))
    _, changed = both(site(), named.number, texts, ())
    theirs = overlaid(named, texts)
    for facts in people:
        ours = evaluate(facts, changed.knowledge, MOMENT)
        assert told(ours) == told(evaluate(facts, theirs, MOMENT))


def test_whoever_looks_at_another_profiles_number_sees_only_its_protocol_judged_by_it(people: Sequence[Facts]) -> None:
    number = Number("testosterone-men", "aua2018", "testosterone-goal")
    before, _ = both(site(), number, ("400 ng/dL", "500 ng/dL"), ("es2018",))
    for facts in people:
        used = {one.id: one.profile for one in evaluate(facts, site().knowledge, MOMENT, ("es2018",)).protocols}
        now = {one.id: one.profile for one in evaluate(facts, before.knowledge, MOMENT, ("es2018",)).protocols}
        assert now == used | ({"testosterone-men": "aua2018"} if "testosterone-men" in used else {})
