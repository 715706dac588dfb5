"""Conditions of a protocol file in words, with the numbers and units that one profile gives them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from cds_hooks.judgement.knowledge.kinds import KINDS
from cds_hooks.judgement.predicates.predicate import ALL_OF
from cds_hooks.presentation.told.circumstances import CIRCUMSTANCES
from cds_hooks.presentation.told.computed import COMPUTED
from cds_hooks.presentation.told.doubts import DOUBTS
from cds_hooks.presentation.told.draws import DRAWS
from cds_hooks.presentation.told.results import RESULTS
from cds_hooks.presentation.told.terms import Terms, listed

Told = Mapping[str, Any]


def told(written: Told, terms: Terms) -> str:
    """One condition."""
    if ALL_OF in written:
        return listed([told(part, terms) for part in written[ALL_OF]], "and")
    keyword = next(keyword for keyword in KINDS if keyword in written)
    return TELL[keyword](KINDS[keyword].read(written), terms)


TELL: Mapping[str, Callable[[Any, Terms], str]] = {**RESULTS, **COMPUTED, **CIRCUMSTANCES, **DOUBTS, **DRAWS}
