"""How precisely a site's own laboratory measures, where what is exported rests on it."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from cds_hooks.findings import Citation
from cds_hooks.judgement.knowledge.knowledge import Knowledge
from cds_hooks.presentation.artifacts.evidence import tables_in
from cds_hooks.presentation.told.terms import Terms, listed

_COMPARES = "true_change"


def measured_here(written: Any, knowledge: Knowledge) -> tuple[str, ...]:
    """The analytes whose changes conditions tell from noise by the site's own imprecision."""
    if not knowledge.measured_by:
        return ()
    asked = [table[_COMPARES] for table in tables_in(written) if table.get(_COMPARES)]
    named = {name for one in asked if one is not True for name in one}
    return tuple(name for name in knowledge.measured_by if True in asked or name in named)


def site_files_behind(analytes: Sequence[str], knowledge: Knowledge) -> list[str]:
    """The site's files that say so, by path."""
    wanted = {knowledge.measured_by[name] for name in analytes}
    return [path for path in knowledge.site_files if path in wanted]


def sources_behind(analytes: Sequence[str], knowledge: Knowledge) -> list[Citation]:
    """What the variation of these analytes cites, the site's own sources too."""
    return [source for name in analytes for row in knowledge.tables.variation.rows[name] for source in row.sources]


def imprecision(analytes: Sequence[str], terms: Terms) -> list[str]:
    """It in words; none without analytes."""
    if not analytes:
        return []
    told = [f"{terms.label(name)} {_percent(_cv(name, terms.knowledge))}" for name in analytes]
    return [f"Analytical CV of this site's laboratory, in place of the typical one: {listed(told, 'and')}."]


def _cv(analyte: str, knowledge: Knowledge) -> Decimal:
    return knowledge.tables.variation.rows[analyte][0].file.analytical_cv


def _percent(share: Decimal) -> str:
    return f"{(share * 100).normalize():f} %"
