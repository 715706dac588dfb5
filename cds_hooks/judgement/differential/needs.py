"""What a condition cannot do without, so that a chart that holds nothing of it need not be asked."""

from __future__ import annotations

from collections.abc import Iterable

from cds_hooks.judgement.chart.case import Case
from cds_hooks.judgement.predicates.drugs.taking import Taking
from cds_hooks.judgement.predicates.person.recorded import Recorded
from cds_hooks.judgement.predicates.predicate import Predicate
from cds_hooks.judgement.predicates.several.mean import Mean
from cds_hooks.judgement.predicates.single.latest import Latest

Named = frozenset[tuple[str, str]]  # kind, name


def needs_of(predicate: Predicate) -> Named:
    """One of these must be in a chart for the condition to hold; empty where that is not known."""
    if isinstance(predicate, Latest | Mean):
        return _named("result", predicate.asks_about)
    if isinstance(predicate, Recorded):
        return _named("diagnosis", predicate.condition)
    return _named("drug", predicate.taking) if isinstance(predicate, Taking) else frozenset()


def held_by(case: Case) -> Named:
    """What results, diagnoses and drugs a chart holds."""
    facts = case.facts
    drugs = {name for therapy in facts.therapies for name in (*therapy.ingredients, *therapy.classes)}
    concepts = {condition.concept for condition in facts.conditions}
    return _named("result", case.readings) | _named("diagnosis", concepts) | _named("drug", drugs)


def _named(kind: str, names: Iterable[str]) -> Named:
    return frozenset((kind, name) for name in names)
