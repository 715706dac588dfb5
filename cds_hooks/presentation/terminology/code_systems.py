"""The code systems published: fragments of the public ones, and our own."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping

from cds_hooks.judgement.knowledge import Knowledge
from cds_hooks.presentation import canonical
from cds_hooks.presentation.overrides import OWN, override_reasons
from cds_hooks.presentation.terminology import notices
from cds_hooks.presentation.terminology.definitions import CodeSystem, Concept, Property
from cds_hooks.presentation.terminology.loinc import loinc_system
from terminology.conditions import ICD_10_CM, SNOMED
from terminology.conversion import Conversion
from terminology.drugs import ATC, RXNORM
from terminology.vocabulary import Vocabulary

UCUM = "http://unitsofmeasure.org"
_DRUG = {"drug": "The drug this service reads the code as: a code of its CodeSystem hormone-cds-drug."}
_CONDITION = {"condition": "What this service reads the code as: a code of its CodeSystem hormone-cds-condition."}
_CATEGORY = {"category": "True where every code beneath this one is read alike, unless it is listed itself."}
_UNIT = {
    "usable": "Whether any analyte's result may be in this unit.",
    "analyte": "An analyte whose results are read in this unit: a code of the CodeSystem hormone-cds-analyte.",
}
_KNOWN = "The {0} codes this service knows, with {0}'s names. Codes it lacks may be valid all the same."


def code_systems(knowledge: Knowledge, service_version: str) -> tuple[CodeSystem, ...]:
    """Every code system; those whose table the site has removed are left out."""
    vocabulary = knowledge.vocabulary
    loinc_release = knowledge.words["terminology_release"].rpartition(" ")[2]
    public = (_rxnorm(vocabulary), _atc(vocabulary), _icd(vocabulary), _snomed(vocabulary))
    return (
        loinc_system(vocabulary, loinc_release),
        *[system for system in public if system.url in vocabulary.listed],
        _ucum(vocabulary),
        _analytes(vocabulary, service_version),
        _drugs(vocabulary, service_version),
        _conditions(vocabulary, service_version),
        _override_reasons(knowledge, service_version),
    )


def concepts_of(vocabulary: Vocabulary) -> tuple[str, ...]:
    """Our condition concepts, each once."""
    codes = ((system, code.rstrip("*")) for system in (ICD_10_CM, SNOMED) for code in vocabulary.listed.get(system, ()))
    return tuple(dict.fromkeys(concept for coding in codes for concept in vocabulary.conditions([coding])))


def drugs_of(vocabulary: Vocabulary, system: str, code: str) -> tuple[str, ...]:
    """The drugs, by name, that a code means."""
    match = vocabulary.drug([(system, code, "")], [])
    return (match.drug, *match.others) if match is not None else ()


def is_category(system: str, code: str) -> bool:
    """Whether a listed code stands for every code beneath it: `I26*`, and the ATC groups above single substances."""
    return code.endswith("*") or (system == ATC and len(code) < 7)


def _rxnorm(vocabulary: Vocabulary) -> CodeSystem:
    return CodeSystem(
        "rxnorm",
        RXNORM,
        "RxNorm",
        "RxNorm codes that hormone-cds knows",
        _KNOWN.format("RxNorm"),
        "fragment",
        _listed(vocabulary, RXNORM, lambda code: _drug_properties(vocabulary, RXNORM, code)),
        _DRUG,
        notice=notices.RXNORM,
    )


def _atc(vocabulary: Vocabulary) -> CodeSystem:
    return CodeSystem(
        "atc",
        ATC,
        "ATC",
        "ATC codes that hormone-cds knows",
        _KNOWN.format("ATC"),
        "fragment",
        _listed(vocabulary, ATC, lambda code: _drug_properties(vocabulary, ATC, code)),
        _DRUG | _CATEGORY,
        notice=notices.ATC,
    )


def _icd(vocabulary: Vocabulary) -> CodeSystem:
    return CodeSystem(
        "icd-10-cm",
        ICD_10_CM,
        "ICD10CM",
        "ICD-10-CM codes that hormone-cds knows",
        _KNOWN.format("ICD-10-CM") + " Of a category only its own code is listed.",
        "fragment",
        _listed(vocabulary, ICD_10_CM, lambda code: _condition_properties(vocabulary, ICD_10_CM, code)),
        _CONDITION | _CATEGORY,
        notice=notices.ICD_10_CM,
    )


def _snomed(vocabulary: Vocabulary) -> CodeSystem:
    return CodeSystem(
        "snomed-ct",
        SNOMED,
        "SNOMEDCT",
        "SNOMED CT codes that hormone-cds knows",
        _KNOWN.format("SNOMED CT"),
        "fragment",
        _listed(vocabulary, SNOMED, lambda code: _condition_properties(vocabulary, SNOMED, code)),
        _CONDITION,
        notice=notices.SNOMED,
    )


def _listed(
    vocabulary: Vocabulary, system: str, properties: Callable[[str], Iterator[Property]]
) -> Mapping[str, Concept]:
    names = vocabulary.listed.get(system, {})
    found = [Concept(code.rstrip("*"), name, name, tuple(properties(code))) for code, name in names.items()]
    return {concept.code: concept for concept in found}


def _drug_properties(vocabulary: Vocabulary, system: str, code: str) -> Iterator[Property]:
    for drug in drugs_of(vocabulary, system, code):
        yield Property("drug", canonical.slug(drug))
    if is_category(system, code):
        yield Property("category", True)


def _condition_properties(vocabulary: Vocabulary, system: str, code: str) -> Iterator[Property]:
    for concept in vocabulary.conditions([(system, code.rstrip("*"))]):
        yield Property("condition", concept)
    if is_category(system, code):
        yield Property("category", True)


def _ucum(vocabulary: Vocabulary) -> CodeSystem:
    units = dict.fromkeys(unit for analyte in vocabulary.analytes.values() for unit in analyte.units)

    def understood(code: str) -> Concept | None:
        return _unit(vocabulary, code) if vocabulary.is_ucum(code) else None

    return CodeSystem(
        "ucum",
        UCUM,
        "UCUM",
        "UCUM units that hormone-cds meets",
        "Every UCUM expression is understood, by UCUM's grammar; listed are the units laboratories write.",
        "fragment",
        {unit: _unit(vocabulary, unit) for unit in units},
        _UNIT,
        version="2.2",
        notice=notices.UCUM,
        grammar=understood,
    )


def _unit(vocabulary: Vocabulary, code: str) -> Concept:
    fitting = [name for name in vocabulary.analytes if isinstance(vocabulary.unit(name, code, code, True), Conversion)]
    analytes = [Property("analyte", canonical.slug(name)) for name in fitting]
    return Concept(code, code, code, (Property("usable", bool(fitting)), *analytes))


def _analytes(vocabulary: Vocabulary, version: str) -> CodeSystem:
    return CodeSystem(
        "hormone-cds-analyte",
        canonical.ANALYTES,
        "HormoneCdsAnalyte",
        "Analytes",
        "What this service judges: one code for each thing measured, whatever the method and the unit.",
        "complete",
        {
            canonical.slug(analyte.name): Concept(
                canonical.slug(analyte.name), analyte.label, analyte.label, (Property("unit", analyte.unit),)
            )
            for analyte in vocabulary.analytes.values()
        },
        {"unit": "The UCUM unit in which it is judged."},
        version=version,
    )


def _drugs(vocabulary: Vocabulary, version: str) -> CodeSystem:
    found = [
        Concept(canonical.slug(drug.name), drug.name, drug.name, tuple(Property("class", one) for one in drug.classes))
        for drug in vocabulary.ingredients.values()
    ]
    return CodeSystem(
        "hormone-cds-drug",
        canonical.DRUGS,
        "HormoneCdsDrug",
        "Drugs",
        "The ingredients this service knows.",
        "complete",
        {concept.code: concept for concept in found},
        {"class": "A class of drugs that checks ask for."},
        version=version,
    )


def _conditions(vocabulary: Vocabulary, version: str) -> CodeSystem:
    names = concepts_of(vocabulary)
    return CodeSystem(
        "hormone-cds-condition",
        canonical.CONDITIONS,
        "HormoneCdsCondition",
        "Conditions",
        "What diagnoses and procedures mean to this service's checks.",
        "complete",
        {name: Concept(name, spoken(name), spoken(name)) for name in names},
        {},
        version=version,
    )


def _override_reasons(knowledge: Knowledge, version: str) -> CodeSystem:
    own = {coding.code: coding.display for coding in override_reasons(knowledge.words) if coding.code in OWN}
    return CodeSystem(
        "hormone-cds-override-reason",
        canonical.OVERRIDE_REASONS,
        "HormoneCdsOverrideReason",
        "Override reasons",
        "Reasons for not following a card, beside HL7's non-adherence-reason-codes.",
        "complete",
        {code: Concept(code, display, display or code) for code, display in own.items()},
        {},
        version=version,
    )


def spoken(name: str) -> str:
    """A concept's name as one says it."""
    return re.sub(r"[-_]", " ", name)
