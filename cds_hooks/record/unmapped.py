"""Notes codes that nobody understood, for whoever keeps the site's code map."""

from __future__ import annotations

from collections.abc import Sequence

from cds_hooks.facts import Unmapped, UnreadReason
from cds_hooks.record.drugs.named import Named
from cds_hooks.record.fhir.concepts import clean, texts_of
from cds_hooks.record.fhir.datatypes import CodeableConcept, Coding, Quantity

# A unit the analyte is never written in may be a spelling of the site; one that cannot be converted is understood.
UNIT_REASONS = (UnreadReason.UNIT_UNKNOWN, UnreadReason.UNIT_DIMENSION)
_NO_CODE = Coding()


class Missed:
    """Results whose codes name nothing known. Most recur in a chart, so each is noted from the first one's words."""

    def __init__(self) -> None:
        self._noted: dict[tuple[str | None, ...], Unmapped] = {}

    def of(self, concept: CodeableConcept, quantity: Quantity) -> Unmapped:
        """The note on a result, by its first code; without any code only its name is noted."""
        codings = concept.coding
        coding = codings[0] if codings and codings[0].code else _first_coded(codings)
        key = (coding.system, coding.code, concept.text, quantity.unit, quantity.code)
        noted = self._noted.get(key)
        if noted is None:
            name = next(iter(texts_of(concept)), "")
            code = (coding.code or "").strip()
            noted = Unmapped("laboratory", coding.system or "", code, None, unit_of(quantity), name)
            self._noted[key] = noted
        return noted


def _first_coded(codings: Sequence[Coding] | None) -> Coding:
    return next((coding for coding in codings or () if coding.code), _NO_CODE)


def unit_of(quantity: Quantity) -> str | None:
    """The unit as written, else its code."""
    written = (clean(text) for text in (quantity.unit, quantity.code) if text)
    return next(filter(None, written), None)


def unmapped_drugs(named: Named) -> Sequence[Unmapped]:
    """The code of a drug that is not recognised."""
    name = next(iter(named.all_texts), "")
    return [Unmapped("drug", system, code, name=name) for system, code, _ in named.all_codings[:1]]
