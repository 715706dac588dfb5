"""The public code systems as far as the tables have them: fragments, with their owners' names and notices."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from cds_hooks.presentation.canonical import slug
from cds_hooks.presentation.terminology import notices
from cds_hooks.presentation.terminology.definitions import CATEGORY, CodeSystem, Concept, Property, is_code
from terminology.conditions import ICD_10, ICD_10_CM, ICD_10_GM, SNOMED
from terminology.drugs.drugs import ATC, RXNORM
from terminology.units.conversion import Conversion
from terminology.vocabulary import Vocabulary

UCUM = "http://unitsofmeasure.org"
_SUBSTANCE = 7  # characters of an ATC code for a single substance; shorter ones are groups


class Table(NamedTuple):
    """One listed code system, and what its codes mean to us: `drug` or `condition`."""

    id: str
    url: str
    title: str
    meaning: str
    notice: str
    has_categories: bool = False


TABLES = (
    Table("rxnorm", RXNORM, "RxNorm", "drug", notices.RXNORM),
    Table("atc", ATC, "ATC", "drug", notices.ATC, has_categories=True),
    Table("icd-10-cm", ICD_10_CM, "ICD-10-CM", "condition", notices.ICD_10_CM, has_categories=True),
    Table("icd-10", ICD_10, "ICD-10", "condition", notices.ICD_10, has_categories=True),
    Table("icd-10-gm", ICD_10_GM, "ICD-10-GM", "condition", notices.ICD_10, has_categories=True),
    Table("snomed-ct", SNOMED, "SNOMED CT", "condition", notices.SNOMED),
)


def listed_systems(vocabulary: Vocabulary) -> Iterator[CodeSystem]:
    """The code systems whose table the site has."""
    return (_listed(table, vocabulary) for table in TABLES if table.url in vocabulary.listed)


def ucum_system(vocabulary: Vocabulary) -> CodeSystem:
    """UCUM: whatever its grammar makes of a code; listed are the units laboratories write."""
    units = dict.fromkeys(unit for analyte in vocabulary.analytes.values() for unit in analyte.written)

    def understood(code: str) -> Concept | None:
        return _unit(vocabulary, code) if is_code(code) and vocabulary.is_ucum(code) else None

    return CodeSystem(
        id="ucum",
        url=UCUM,
        name="UCUM",
        label="UCUM",
        title="UCUM units that hormone-cds meets",
        description="Listed are the units in which laboratories report what this service judges. $lookup and "
        "$validate-code understand every UCUM expression, by UCUM's grammar.",
        content="fragment",
        concepts={unit: _unit(vocabulary, unit) for unit in units},
        properties={
            "usable": "Whether any analyte's result may be in this unit.",
            "analyte": "An analyte whose results are read in this unit: a code of the CodeSystem analyte.",
        },
        version="2.2",
        notice=notices.UCUM,
        grammar=understood,
    )


def meanings(vocabulary: Vocabulary, table: Table, code: str) -> tuple[str, ...]:
    """The drugs or conditions a code is read as."""
    if table.meaning == "condition":
        return vocabulary.conditions([(table.url, code)])
    match = vocabulary.drug([(table.url, code, "")], [])
    return (match.drug, *match.others) if match is not None else ()


def _listed(table: Table, vocabulary: Vocabulary) -> CodeSystem:
    concepts = [_concept(table, vocabulary, code, name) for code, name in vocabulary.listed[table.url].items()]
    meaning = {table.meaning: f"What this service reads the code as: a code of the CodeSystem {table.meaning}."}
    return CodeSystem(
        id=table.id,
        url=table.url,
        name=slug(table.title).replace("-", "_").upper(),
        label=table.title,
        title=f"{table.title} codes that hormone-cds knows",
        description=f"The {table.title} codes this service knows, with {table.title}'s names where their owner lets "
        "them be shown. Codes it lacks may be valid all the same.",
        content="fragment",
        concepts={concept.code: concept for concept in concepts},
        properties=meaning | (_CATEGORIES if table.has_categories else {}),
        notice=table.notice,
    )


def _concept(table: Table, vocabulary: Vocabulary, code: str, name: str | None) -> Concept:
    said = tuple(_properties(table, vocabulary, code))
    label = name or ", ".join(str(one.value) for one in said if one.code == table.meaning) or code
    return Concept(code.rstrip("*"), name, label, said)


def _properties(table: Table, vocabulary: Vocabulary, code: str) -> Iterator[Property]:
    for meaning in meanings(vocabulary, table, code.rstrip("*")):
        yield Property(table.meaning, meaning)
    if code.endswith("*") or (table.url == ATC and len(code) < _SUBSTANCE):
        yield CATEGORY


def _unit(vocabulary: Vocabulary, code: str) -> Concept:
    fitting = [name for name in vocabulary.analytes if isinstance(vocabulary.unit(name, code, code, True), Conversion)]
    analytes = [Property("analyte", name) for name in fitting]
    return Concept(code, code, code, (Property("usable", bool(fitting)), *analytes))


_CATEGORIES = {"category": "True where every code beneath this one is read alike, unless it is listed itself."}
