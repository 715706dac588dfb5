"""Which codes of the registry a local code could stand for, for a person to decide; nothing is ever judged by it."""

from __future__ import annotations

from terminology.vocabulary import Conversion, LoincCode, UnitProblem, Vocabulary

MOST = 3


def suggest(name: str, unit: str | None, vocabulary: Vocabulary) -> tuple[LoincCode, ...]:
    """The likeliest codes for a test of this name whose results come in this unit.

    Analytes that are never measured in the unit are left out, and of one analyte the codes of another kind of quantity.
    A unit that nobody knows rules out nothing: it may be the site's own spelling.
    """
    found = []
    for analyte in vocabulary.names.likely(name, MOST):
        read = vocabulary.unit(analyte, unit, unit, True) if unit else None
        if not isinstance(read, UnitProblem):
            found.extend(_codes(analyte, read, vocabulary))
        elif read.reason == "unit-unknown":
            found.extend(_codes(analyte, None, vocabulary))
    return tuple(found[:MOST])


def _codes(analyte: str, conversion: Conversion | None, vocabulary: Vocabulary) -> list[LoincCode]:
    """The preferred codes, or of a known unit the first whose kind of quantity it is."""
    ranked = [
        code
        for role in ("primary", "separate", "accept")
        for code in vocabulary.loinc.values()
        if code.analyte == analyte and code.role == role and code.kind != "order"
    ]
    if conversion is None:
        return [code for code in ranked if code.role != "accept"]
    return [code for code in ranked if not vocabulary.property_mismatch(code.code, conversion)][:1]
