"""Notes codes that nobody understood, for whoever keeps the site's code map."""

from __future__ import annotations

from collections.abc import Sequence

from cds_hooks.facts import Unmapped, UnreadReason
from cds_hooks.record.codes import texts_of
from cds_hooks.record.elements import CodeableConcept
from cds_hooks.record.medications import Named

# A unit the analyte is never written in may be a spelling of the site; one that cannot be converted is understood.
UNIT_REASONS = (UnreadReason.UNIT_UNKNOWN, UnreadReason.UNIT_DIMENSION)


def unmapped_result(concept: CodeableConcept, unit: str | None) -> Unmapped:
    """A result whose codes name nothing known, by its first code; without any code only its name is noted."""
    name = next(iter(texts_of(concept)), "")
    for coding in concept.coding or ():
        if coding.code:
            return Unmapped("laboratory", coding.system or "", coding.code.strip(), None, unit, name)
    return Unmapped("laboratory", "", "", None, unit, name)


def unmapped_drugs(named: Named) -> Sequence[Unmapped]:
    """The codes of a drug that may be a hormone and is not recognised."""
    name = next(iter(named.texts), "")
    return [Unmapped("drug", system, code, name=name) for system, code, _ in named.codings[:1]]
