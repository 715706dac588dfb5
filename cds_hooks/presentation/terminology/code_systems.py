"""Our own code systems, each complete: analytes, drugs, conditions, kinds of cards, reasons for not following one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from cds_hooks.judgement.knowledge.knowledge import Knowledge
from cds_hooks.judgement.written.written import CheckFile
from cds_hooks.presentation import canonical
from cds_hooks.presentation.overrides import OWN, override_reasons
from cds_hooks.presentation.terminology.definitions import CodeSystem, Concept, Property
from cds_hooks.presentation.terminology.loinc import loinc_system
from cds_hooks.presentation.terminology.public import listed_systems, ucum_system
from cds_hooks.presentation.wording import card_title, name
from terminology import context_factors, organs
from terminology.vocabulary import Vocabulary

_POOLED = "topic_"  # words for cards that speak for several checks


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
        _organs(version),
        _context_factors(version),
        _checks(knowledge, version),
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


def _organs(version: str) -> CodeSystem:
    return _own(
        canonical.ORGANS,
        "Organ inventory",
        "Which organs a person has: an Observation is coded with an organ and answered with present or absent. It "
        "decides, before any sex or gender, whose limits are judged.",
        [Concept(code, code, code, (Property("kind", kind),)) for code, kind in organs.KINDS.items()],
        {"kind": "organ: what is asked; answer: what may be answered."},
        version,
    )


def _context_factors(version: str) -> CodeSystem:
    concepts = {**context_factors.CODES, **{answer: answer for answer in context_factors.ANSWERS}}
    return _own(
        canonical.CONTEXT_FACTORS,
        "Context factors",
        "What may explain a poor response to treatment and has no LOINC code: an Observation is coded with a factor. A "
        "quantity is sent as valueQuantity, a flag as interpretation or as high, low or normal, a state as present or "
        "absent. None of them ever changes a dose.",
        [
            Concept(code, name, name, (Property("kind", context_factors.kind_of(code)),))
            for code, name in concepts.items()
        ],
        {"kind": "quantity, flag or state: what is asked; answer: what may be answered."},
        version,
    )


def _checks(knowledge: Knowledge, version: str) -> CodeSystem:
    words = knowledge.words
    written: dict[str, list[tuple[str, CheckFile]]] = {}
    for file in knowledge.protocols:
        for check in file.check:
            written.setdefault(check.id, []).append((file.id, check))
    checks = [
        Concept(
            canonical.card_code(check.id),
            (title := card_title(words, check.id, check.topic)),
            title,
            (Property("topic", name(words, check.topic)), *(Property("protocol", one) for one, _ in each)),
            " ".join(dict.fromkeys(sentence for _, one in each for sentence in _says(one))),
        )
        for each in written.values()
        for _, check in each[:1]
    ]
    pooled = {key.removeprefix(_POOLED): title for key, title in words.items() if key.startswith(_POOLED)}
    kinds = [Concept(canonical.card_code(kind.upper()), title, title) for kind, title in pooled.items()]
    return _own(
        canonical.CHECKS,
        "Checks",
        "Kinds of cards: one code per check, and one for each card that speaks for several. A definition is what the "
        "card says; what stands in braces is filled from the chart.",
        [*checks, *kinds],
        {"topic": "What the check is about.", "protocol": "The id of a protocol it belongs to."},
        version,
    )


def _says(check: CheckFile) -> list[str]:
    """Every sentence a check may say when it is raised."""
    return [said for said in (check.says, *(branch.says for branch in check.branch)) if said]


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
