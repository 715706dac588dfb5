"""The value sets published: what is read as each analyte, drug and condition, and the units of each analyte."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from cds_hooks.judgement.knowledge.knowledge import Knowledge
from cds_hooks.presentation.canonical import CONDITIONS, DRUGS, LOINC, slug
from cds_hooks.presentation.terminology.definitions import CATEGORY, CodeSystem, Group, Property, ValueSet, is_beneath
from cds_hooks.presentation.terminology.loinc import usable_codes
from cds_hooks.presentation.terminology.public import UCUM
from terminology.context_factors import FACTORS, QUANTITIES
from terminology.vocabulary import Vocabulary

LABORATORY = "laboratory-codes"


def value_sets(vocabulary: Vocabulary, systems: Mapping[str, CodeSystem]) -> Iterator[ValueSet]:
    """Every value set; `systems` are the code systems by url."""
    yield ValueSet(
        LABORATORY,
        "Laboratory codes",
        "Every LOINC code of a laboratory result that this service asks an EHR for: those it reads, and those it "
        "knows and answers with the reason why it cannot use them.",
        (Group(LOINC, vocabulary.laboratory_codes),),
    )
    yield from _of_analytes(vocabulary)
    yield from _of_units(vocabulary)
    yield from _of_meaning("drug", systems[DRUGS], _RECOGNISED, systems)
    yield from _of_meaning("condition", systems[CONDITIONS], _DIAGNOSED, systems)


def protocol_value_sets(knowledge: Knowledge) -> Iterator[ValueSet]:
    """For each protocol the codes of every result that it judges or draws."""
    for file in knowledge.protocols:
        codes = _protocol_codes(file.id, knowledge)
        if codes:
            said = f"The LOINC codes of the results that the protocol {file.id} judges or draws, by analyte."
            yield ValueSet(_protocol_id(file.id), f"LOINC codes of {file.title}", said, (Group(LOINC, codes),))


def protocol_set_id(protocol: str, knowledge: Knowledge) -> str | None:
    """The id of that value set; None where a protocol judges no result that has a code."""
    return _protocol_id(protocol) if _protocol_codes(protocol, knowledge) else None


def _protocol_id(protocol: str) -> str:
    return f"protocol-{slug(protocol)}"


def _protocol_codes(protocol: str, knowledge: Knowledge) -> tuple[str, ...]:
    usable = usable_codes(knowledge.vocabulary)
    variants = [variant for (name, _), variant in knowledge.variants.items() if name == protocol]
    analytes = sorted({analyte for variant in variants for analyte in variant.analytes})
    return tuple(dict.fromkeys(code for analyte in analytes for code in usable.get(analyte, ())))


def _of_analytes(vocabulary: Vocabulary) -> Iterator[ValueSet]:
    codes = usable_codes(vocabulary)
    for name, analyte in vocabulary.analytes.items():
        if name in codes:
            said = f"The LOINC codes whose results are read as {analyte.label}, the preferred first."
            yield ValueSet(slug(name), _title(analyte.label), said, (Group(LOINC, codes[name]),))
    for code in QUANTITIES.values():
        label = vocabulary.analytes[code.analyte].label
        said = f"The code of a context factor whose results are read as {label}: LOINC has none."
        yield ValueSet(slug(code.analyte), _title(label), said, (Group(FACTORS, (code.code,)),))


def _of_units(vocabulary: Vocabulary) -> Iterator[ValueSet]:
    for name, analyte in vocabulary.analytes.items():
        said = (
            f"The UCUM units in which laboratories report {analyte.label}; it is judged in the first, {analyte.unit}. "
            "Other units of the same kind are understood too: $validate-code and CodeSystem/$lookup say so."
        )
        title = f"Units of {analyte.label}"
        yield ValueSet(f"{slug(name)}-units", title, said, (Group(UCUM, analyte.written),), Property("analyte", name))


def _of_meaning(kind: str, ours: CodeSystem, description: str, systems: Mapping[str, CodeSystem]) -> Iterator[ValueSet]:
    """One value set for each of our concepts that some public code means."""
    for concept in ours.concepts.values():
        groups = [_group(system, kind, concept.code) for system in systems.values()]
        filled = tuple(group for group in groups if group.listed)
        if filled:
            title = f"{_title(concept.label)} ({kind})"
            yield ValueSet(f"{kind}-{slug(concept.code)}", title, description.format(concept.label), filled)


def _group(system: CodeSystem, kind: str, code: str) -> Group:
    """The codes of one system with this meaning; a code with another meaning is no part of the category above it."""
    meant = [concept for concept in system.concepts.values() if (kind, code) in concept.properties]
    categories = tuple(concept.code for concept in meant if CATEGORY in concept.properties)
    others = [other for other in system.concepts if is_beneath(other, categories)] if categories else []
    return Group(
        system.url,
        tuple(concept.code for concept in meant if CATEGORY not in concept.properties),
        categories,
        _excluded(others, {concept.code for concept in meant}),
    )


def _excluded(beneath: Sequence[str], meant: set[str]) -> tuple[str, ...]:
    return tuple(code for code in beneath if code not in meant)


def _title(label: str) -> str:
    return label[:1].upper() + label[1:]


_RECOGNISED = (
    "The codes by which an order is recognized as {0}, alone or in combination. An order without such a code is "
    "recognized by its name."
)
_DIAGNOSED = "The codes of diagnoses and procedures that are read as {0}."
