"""What exported knowledge is about, in codes that it can be found by."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from cds_hooks.judgement.knowledge.knowledge import Knowledge
from cds_hooks.judgement.protocol.protocol import Protocol
from cds_hooks.judgement.written.written import ProtocolFile
from cds_hooks.presentation.artifacts.artifact import Shape
from cds_hooks.presentation.artifacts.quantities import UCUM
from cds_hooks.presentation.canonical import ANALYTES, CONDITIONS, DRUGS
from cds_hooks.presentation.told.terms import plain
from cds_hooks.presentation.wording import name

DEFINITION_TOPIC = "http://terminology.hl7.org/CodeSystem/definition-topic"
CONTEXT_TYPE = "http://terminology.hl7.org/CodeSystem/usage-context-type"
_ASSESSMENT = {"system": DEFINITION_TOPIC, "code": "assessment", "display": "Assessment"}


def analyte_topics(analytes: Iterable[str], words: Mapping[str, str]) -> list[Shape]:
    """Analytes as topics."""
    return [_concept(ANALYTES, analyte, name(words, analyte)) for analyte in analytes]


def protocol_topics(variants: Iterable[Protocol], knowledge: Knowledge) -> list[Shape]:
    """What a protocol does, the drugs it is about, and what it judges and draws."""
    every = list(variants)
    named = (*every[0].file.drugs, *every[0].file.applies.taking)
    analytes = sorted({analyte for one in every for analyte in one.analytes} & knowledge.vocabulary.analytes.keys())
    return [
        {"coding": [_ASSESSMENT]},
        *[_drug(drug, knowledge) for drug in dict.fromkeys(named)],
        *analyte_topics(analytes, knowledge.words),
    ]


def use_contexts(file: ProtocolFile, knowledge: Knowledge) -> list[Shape]:
    """Whom a protocol is for, as far as codes can say it: age, drugs, results, diagnoses."""
    rule, words = file.applies, knowledge.words
    adult = {"low": {"value": knowledge.policy.adult_from, "unit": "years", "system": UCUM, "code": "a"}}
    drugs = [_drug(drug, knowledge) for drug in rule.taking]
    results = [_concept(ANALYTES, analyte, name(words, analyte)) for analyte in rule.results]
    diagnoses = [_concept(CONDITIONS, one, plain([one])[0]) for one in rule.conditions]
    focus = [{"code": _context("focus"), "valueCodeableConcept": one} for one in (*drugs, *results, *diagnoses)]
    return [{"code": _context("age"), "valueRange": adult}, *focus]


def _drug(named: str, knowledge: Knowledge) -> Shape:
    """An ingredient, or a class by every ingredient of it."""
    known = knowledge.vocabulary.ingredients
    meant = [named] if named in known else [name for name, drug in known.items() if named in drug.classes]
    coding = [{"system": DRUGS, "code": name, "display": name} for name in meant]
    return ({"coding": coding} if coding else {}) | {"text": plain([named])[0]}


def _context(code: str) -> Shape:
    return {"system": CONTEXT_TYPE, "code": code}


def _concept(system: str, code: str, text: str) -> Shape:
    return {"coding": [{"system": system, "code": code, "display": text}], "text": text}
