"""Our own code systems, each complete: analytes, drugs, conditions, and the reasons for not following a card."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from cds_hooks.judgement.knowledge import Knowledge
from cds_hooks.presentation import canonical
from cds_hooks.presentation.overrides import OWN, override_reasons
from cds_hooks.presentation.terminology.definitions import CodeSystem, Concept, Property
from cds_hooks.presentation.terminology.loinc import loinc_system
from cds_hooks.presentation.terminology.public import listed_systems, ucum_system
from terminology.vocabulary import Vocabulary


def code_systems(knowledge: Knowledge, version: str) -> tuple[CodeSystem, ...]:
    """Every code system; those whose table the site has removed are left out. `version` is the service's."""
    vocabulary = knowledge.vocabulary
    public = list(listed_systems(vocabulary))
    return (
        loinc_system(vocabulary),
        *public,
        ucum_system(vocabulary),
        _analytes(vocabulary, version),
        _drugs(vocabulary, version),
        _conditions(public, version),
        _override_reasons(knowledge, version),
    )


def spoken(name: str) -> str:
    """A name as one says it."""
    return name.replace("-", " ").replace("_", " ")


def _analytes(vocabulary: Vocabulary, version: str) -> CodeSystem:
    return _own(
        canonical.ANALYTES,
        "Analytes",
        "What this service judges: one code for each thing measured, whatever the method and the unit.",
        [
            Concept(name, analyte.label, analyte.label, (Property("unit", analyte.unit),))
            for name, analyte in vocabulary.analytes.items()
        ],
        {"unit": "The UCUM unit in which it is judged."},
        version,
    )


def _drugs(vocabulary: Vocabulary, version: str) -> CodeSystem:
    return _own(
        canonical.DRUGS,
        "Drugs",
        "The ingredients this service knows.",
        [
            Concept(name, name, name, tuple(Property("class", one) for one in drug.classes))
            for name, drug in vocabulary.ingredients.items()
        ],
        {"class": "A class of drugs that checks ask for."},
        version,
    )


def _conditions(public: Iterable[CodeSystem], version: str) -> CodeSystem:
    concepts = (concept for system in public for concept in system.concepts.values())
    names = dict.fromkeys(
        str(one.value) for concept in concepts for one in concept.properties if one.code == "condition"
    )
    return _own(
        canonical.CONDITIONS,
        "Conditions",
        "What diagnoses and procedures mean to this service's checks.",
        [Concept(name, spoken(name), spoken(name)) for name in names],
        {},
        version,
    )


def _override_reasons(knowledge: Knowledge, version: str) -> CodeSystem:
    own = [(coding.code, coding.display or "") for coding in override_reasons(knowledge.words) if coding.code in OWN]
    return _own(
        canonical.OVERRIDE_REASONS,
        "Override reasons",
        "Reasons for not following a card, beside HL7's non-adherence-reason-codes.",
        [Concept(code, display, display) for code, display in own],
        {},
        version,
    )


def _own(
    url: str, title: str, description: str, concepts: Iterable[Concept], properties: Mapping[str, str], version: str
) -> CodeSystem:
    name = url.rpartition("/")[2]
    return CodeSystem(
        id=name,
        url=url,
        name=canonical.programmatic(name),
        label=title,
        title=title,
        description=description,
        content="complete",
        concepts={concept.code: concept for concept in concepts},
        properties=properties,
        version=version,
    )
