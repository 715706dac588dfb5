"""Conditions over numbers worked out from several results in words: computed, averaged, divided."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from cds_hooks.judgement.predicates.several.calculated import WrittenCalculated
from cds_hooks.judgement.predicates.several.mean import WrittenMean
from cds_hooks.judgement.predicates.several.ratio import WrittenRatio
from cds_hooks.presentation.told.results import compared
from cds_hooks.presentation.told.terms import Terms, days


def _calculated(asked: WrittenCalculated, terms: Terms) -> str:
    within = f", of the last {days(asked.within)}" if asked.within is not None else ""
    label = asked.calculated.replace("_", " ")
    return f"{label} from total testosterone and SHBG of one draw {compared(asked.as_written())}{within}"


def _mean(asked: WrittenMean, terms: Terms) -> str:
    within = f", itself of the last {days(asked.within)}," if asked.within is not None else ""
    over = f"in the {days(asked.over)} up to the newest{within}"
    return f"{terms.label(asked.mean)} on average {over} {compared(asked.as_written())}"


def _ratio(asked: WrittenRatio, terms: Terms) -> str:
    over, under = map(terms.label, asked.ratio)
    within = f", of the last {days(asked.within)}," if asked.within is not None else ""
    return f"{over} over {under} of one day{within} above {asked.above} (both in {asked.unit})"


COMPUTED: Mapping[str, Callable[[Any, Terms], str]] = {"calculated": _calculated, "mean": _mean, "ratio": _ratio}
