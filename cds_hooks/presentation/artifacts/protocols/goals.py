"""The target bands of a profile as goals of its PlanDefinition."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from cds_hooks.judgement.knowledge.kinds import KINDS
from cds_hooks.judgement.written.profiles import BandFile
from cds_hooks.presentation.artifacts.artifact import Shape
from cds_hooks.presentation.artifacts.evidence import citations, tables_in
from cds_hooks.presentation.artifacts.quantities import amount
from cds_hooks.presentation.canonical import ANALYTES
from cds_hooks.presentation.told.terms import Terms, span


def goals(terms: Terms) -> list[Shape]:
    """Every band, with the analyte it is of."""
    return [_goal(name, band, terms) for name, band in terms.variant.bands.items()]


def _goal(name: str, band: BandFile, terms: Terms) -> Shape:
    note = f". {band.note}" if band.note else ""
    target: Shape = {"detailRange": {"low": amount(band.low), "high": amount(band.high)}}
    analyte = next(_measured_by(name, terms.variant.file.check), None)
    if analyte is not None:
        label = terms.label(analyte)
        target["measure"] = {"coding": [{"system": ANALYTES, "code": analyte, "display": label}], "text": label}
    return {
        "id": name,
        "description": {"text": f"{name.replace('-', ' ')}: {span(band.low, band.high)}{note}"},
        "documentation": citations(terms.knowledge.sources[source] for source in band.source),
        "target": [target],
    }


def _measured_by(band: str, written: Any) -> Iterator[str]:
    """The analytes that some condition holds against a band."""
    tables = (table for table in tables_in(written) if table.get("band") == band)
    yield from (found for table in tables for keyword in KINDS if isinstance(found := table.get(keyword), str))
